// The shortcut floors of a comparison: trained on all of train/, read on the test images that the models were tested on.
import { type LoadedImages, loadImages } from "../../dataset/load-images.js";
import type { Dataset } from "../../dataset/open-dataset.js";
import type { ComparedModel } from "../../evaluation/comparison.js";
import type { Prediction } from "../../evaluation/prediction.js";
import type { ImageLimits } from "../../images/image-limits.js";
import { everyImage } from "../score-samples.js";
import {
  detailStrengths,
  detailTitle,
  type FloorPart,
  fileSizes,
  fileSizeTitle,
  floorScores,
  frames,
  frameTitle,
  thumbnails,
  thumbnailTitle,
} from "../shortcut-floor.js";

export interface FloorSettings {
  readonly size: number;
  readonly interpolation: "linear" | "area";
  readonly limits?: Partial<ImageLimits>;
  readonly cacheFolder: string;
}

/** Four models of one run each, called at 0.5. @throws system errors for files that are gone */
export async function shortcutFloors(
  dataset: Dataset,
  test: LoadedImages,
  settings: FloorSettings,
): Promise<readonly ComparedModel[]> {
  const training = await loadImages(
    dataset.samples.filter(({ split }) => split === "train"),
    settings,
  );
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
  const part = (features: FloorPart["features"], { labels }: typeof trained): FloorPart => ({ features, labels });
  return pairs.map(([title, trainFeatures, testFeatures]) => {
    const scores = floorScores(part(trainFeatures, trained), part(testFeatures, tested));
    const predictions = test.loaded.map(
      ({ name, patient, label, split }, i): Prediction => ({ name, patient, label, split, score: scores[i] as number }),
    );
    return { title, runs: [{ seed: 1, predictions, threshold: 0.5 }] };
  });
}
