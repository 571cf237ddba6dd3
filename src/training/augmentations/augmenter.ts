// Augmentation of whole batches: every image is changed in its own way, drawn from streams that belong to one seed, purpose
// and epoch. What is drawn stands in the parts' own files.
import { Random } from "../../core/random.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type BatchShare, wholeBatch } from "../data-parallel/batch-share.js";
import type { Augmentation, AugmentationPart } from "./augmentation.js";

export class Augmenter {
  readonly #parts: readonly (readonly [AugmentationPart, Random])[];

  /** @param stream seed, purpose and epoch: what tells this stream of draws from all others */
  constructor({ parts }: Pick<Augmentation, "parts">, ...stream: readonly (string | number)[]) {
    this.#parts = parts.map((part) => [part, Random.of(...stream, ...part.stream)]);
  }

  /** The images [n, 1, h, w] with grey values 0..255, changed; takes the streams' next draws, of the whole batch that they are a share of. */
  apply(images: Tensor, share: BatchShare = wholeBatch(images.shape[0] as number)): Tensor {
    return this.#parts.reduce((changed, [part, random]) => part.apply(changed, random, share), images);
  }
}
