// A network's scores for many images, batch by batch in inference mode and float32: the one way every score is made.
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import { noGrad } from "../tensor/engine.js";
import { scope } from "../tensor/scope.js";
import type { Augmenter } from "./augmenter.js";
import { gatherImages, type PixelArray, scaleImages } from "./image-batch.js";
import type { Network } from "./network.js";

export interface ScoreOptions {
  readonly scaling: PixelScaling;
  readonly batchSize: number;
  /** The study augments its validation images. */
  readonly augmenter?: Augmenter;
  readonly onProgress?: (done: number) => void;
}

/** P(pneumonia) for each index, in order. Gives the event loop a turn after every batch. */
export async function scoreImages(
  network: Network,
  images: PixelArray,
  indices: Int32Array,
  { scaling, batchSize, augmenter, onProgress }: ScoreOptions,
): Promise<Float32Array> {
  const scores = new Float32Array(indices.length);
  for (let start = 0; start < indices.length; start += batchSize) {
    const batch = indices.slice(start, start + batchSize);
    scope(() => {
      const gathered = gatherImages(images, batch);
      const given = augmenter === undefined ? gathered : noGrad(() => augmenter.apply(gathered));
      scores.set(network.predict(scaleImages(given, scaling).toDevice(network.device)), start);
    });
    onProgress?.(start + batch.length);
    await new Promise(setImmediate);
  }
  return scores;
}
