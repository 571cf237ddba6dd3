// What may happen to training images: an augmentation is a name for parts that change images one after the other. Parts and
// augmentations stand in the files beside this one, each with its words; registry.ts lists the augmentations.
import type { Random } from "../../core/random.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { BatchShare } from "../data-parallel/batch-share.js";

/** One way in which images are changed. */
export interface AugmentationPart {
  /** With its ranges, for reports: "contrast ±25 %". */
  readonly description: string;
  /** Tells its random stream from those of other parts; geometry, which was there first, has none. */
  readonly stream: readonly string[];
  /** The images of `share` [n, 1, h, w] with grey values 0..255, each changed in its own way; draws for the whole batch. */
  apply(images: Tensor, random: Random, share: BatchShare): Tensor;
}

export interface Augmentation {
  /** In a few words, for help: "rotation, zoom, shift, flip"; empty where nothing happens. */
  readonly summary: string;
  /** For reports. */
  readonly sentence: string;
  readonly parts: readonly AugmentationPart[];
}

/** Whether images differ from epoch to epoch. Where they do not, what frozen layers make of them is computed once. */
export const changesImages = ({ parts }: Pick<Augmentation, "parts">): boolean => parts.length > 0;
