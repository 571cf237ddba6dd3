// The shortcut floors of a comparison: trained on all of train/, or all folds but one, read on the images that the models were
// tested on.
import { type LoadedImages, loadImages } from "../../dataset/load-images.js";
import type { Sample } from "../../dataset/sample.js";
import type { ComparedModel } from "../../evaluation/comparison.js";
import type { Prediction } from "../../evaluation/prediction.js";
import type { ImageLimits } from "../../images/image-limits.js";
import { predictionOf } from "../prediction-of.js";
import { everyImage } from "../score-samples.js";
import {
  detailStrengths,
  detailTitle,
  fileSizes,
  fileSizeTitle,
  floorScores,
  frames,
  frameTitle,
  type LabelledFeatures,
  thumbnails,
  thumbnailTitle,
} from "../shortcut-floor.js";

export interface FloorSettings {
  readonly size: number;
  readonly interpolation: "linear" | "area";
  readonly limits?: Partial<ImageLimits>;
  readonly cacheFolder: string;
}

/** What floors learn from and what they are read on. */
export interface FloorPart {
  readonly training: readonly Sample[];
  readonly test: LoadedImages;
}

/**
 * Four models of one run each, called at 0.5. Of several parts, each with its own floors, the predictions stand together.
 * @throws system errors for files that are gone
 */
export async function shortcutFloors(
  parts: readonly FloorPart[],
  settings: FloorSettings,
): Promise<readonly ComparedModel[]> {
  const predictions = new Map<string, readonly Prediction[]>();
  for (const { training, test } of parts) {
    const read = await floorsOf(await loadImages(training, settings), test);
    for (const [title, rows] of read) predictions.set(title, [...(predictions.get(title) ?? []), ...rows]);
  }
  return [...predictions].map(([title, rows]) => ({ title, runs: [{ seed: 1, predictions: rows, threshold: 0.5 }] }));
}

/** Each floor's title and predictions. */
async function floorsOf(training: LoadedImages, test: LoadedImages): Promise<[string, readonly Prediction[]][]> {
  const labelled = (images: LoadedImages) => ({
    images,
    indices: everyImage(images),
    labels: images.loaded.map(({ label }) => label),
  });
  const [trained, tested] = [labelled(training), labelled(test)];
  const [trainThumbnails, testThumbnails] = [thumbnails(trained), thumbnails(tested)];
  const sizes = (images: LoadedImages) => fileSizes(images.loaded.map(({ path }) => path));
  const pairs = [
    [thumbnailTitle, trainThumbnails, testThumbnails],
    [frameTitle, frames(trainThumbnails), frames(testThumbnails)],
    [detailTitle, detailStrengths(trained), detailStrengths(tested)],
    [fileSizeTitle, await sizes(training), await sizes(test)],
  ] as const;
  const part = (features: LabelledFeatures["features"], { labels }: typeof trained) => ({ features, labels });
  return pairs.map(([title, trainFeatures, testFeatures]) => {
    const scores = floorScores(part(trainFeatures, trained), part(testFeatures, tested));
    return [title, test.loaded.map((sample, i) => predictionOf(sample, scores[i] as number))];
  });
}
