// Scores of dataset samples by a model, as rows of predictions.csv.
import type { LoadedImages } from "../dataset/load-images.js";
import type { Sample } from "../dataset/sample.js";
import type { Prediction } from "../evaluation/prediction.js";
import type { StoredContract } from "../model/stored-contract.js";
import type { PixelArray } from "../training/image-batch.js";
import type { Network } from "../training/network.js";
import { scoreImages } from "../training/score.js";
import { predictionOf } from "./prediction-of.js";

const batchSize = 16;

/**
 * One row per index, in order.
 * @param samples the samples of `images`, by position
 */
export async function scoreSamples(
  network: Network,
  contract: StoredContract,
  images: PixelArray,
  samples: readonly Sample[],
  indices: Int32Array,
  onProgress?: (done: number) => void,
): Promise<Prediction[]> {
  const scores = await scoreImages(network, images, indices, {
    scaling: contract.scaling,
    batchSize,
    ...(onProgress && { onProgress }),
  });
  return Array.from(indices, (position, i) => predictionOf(samples[position] as Sample, scores[i] as number));
}

/** Positions 0 … n-1 of loaded images. */
export function everyImage({ loaded }: LoadedImages): Int32Array {
  return Int32Array.from(loaded.keys());
}
