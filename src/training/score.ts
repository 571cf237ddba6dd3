// A network's scores for many images, batch by batch in inference mode and float32: the one way every score is made.
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import { inArena } from "../tensor/arena.js";
import { gatherImages, type PixelArray, scaleImages } from "./image-batch.js";
import type { Network } from "./network.js";

export interface ScoreOptions {
  readonly scaling: PixelScaling;
  readonly batchSize: number;
  readonly onProgress?: (done: number) => void;
}

/** P(pneumonia) for each index, in order. Gives the event loop a turn after every batch. */
export function scoreImages(
  network: Network,
  images: PixelArray,
  indices: Int32Array,
  { scaling, batchSize, onProgress }: ScoreOptions,
): Promise<Float32Array> {
  const score = async (batch: Int32Array) =>
    inArena(() => network.predict(scaleImages(gatherImages(images, batch, network.device), scaling)));
  return scoreBatches(indices, batchSize, score, onProgress);
}

/** What `score` gives for each index, in order. Gives the event loop a turn after every batch. */
export async function scoreBatches(
  indices: Int32Array,
  batchSize: number,
  score: (batch: Int32Array) => Promise<Float32Array>,
  onProgress?: (done: number) => void,
): Promise<Float32Array> {
  const scores = new Float32Array(indices.length);
  let done = 0;
  for (const batch of batchesInOrder(indices, batchSize)) {
    scores.set(await score(batch), done);
    done += batch.length;
    onProgress?.(done);
    await new Promise(setImmediate);
  }
  return scores;
}

export function* batchesInOrder(indices: Int32Array, batchSize: number): Generator<Int32Array> {
  for (let start = 0; start < indices.length; start += batchSize) yield indices.slice(start, start + batchSize);
}
