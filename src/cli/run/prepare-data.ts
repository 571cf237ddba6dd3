// From a dataset's folder to what a training takes: parts by patient or as published, pixels, labels, class weights.
import { createHash } from "node:crypto";
import { AppError } from "../../core/errors.js";
import { type ClassWeights, classWeights } from "../../dataset/class-weights.js";
import { type LoadedImages, type LoadProgress, loadImages } from "../../dataset/load-images.js";
import { type Dataset, openDataset } from "../../dataset/open-dataset.js";
import type { Sample } from "../../dataset/sample.js";
import { splitBy, type ValidationPolicy } from "../../dataset/split.js";
import type { TrainingData } from "../../training/trainer.js";

export interface PreparedData {
  readonly dataset: Dataset;
  /** Training and validation samples by their position in `trainingData`. */
  readonly samples: readonly Sample[];
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly test: readonly Sample[];
  readonly trainingData: TrainingData;
  readonly classWeights: ClassWeights;
  readonly skipped: LoadedImages["skipped"];
  /** Of names, labels, parts and pixels of the training and validation images: tells whether a resumed run sees the same. */
  readonly sha256: string;
}

export interface PrepareOptions {
  readonly folder: string;
  readonly validation: ValidationPolicy;
  readonly seed: number;
  readonly imageSize: number;
  readonly interpolation: "linear" | "area";
  readonly cacheFolder: string;
  readonly onProgress: (progress: LoadProgress) => void;
}

/** @throws AppError as `openDataset`, `splitBy`; DATASET_LAYOUT without test images. */
export async function prepareData(options: PrepareOptions): Promise<PreparedData> {
  const dataset = await openDataset(options.folder);
  const test = dataset.samples.filter(({ split }) => split === "test");
  if (test.length === 0) {
    throw new AppError(
      "DATASET_LAYOUT",
      `${dataset.root}: a training is evaluated on test/, which should hold NORMAL and PNEUMONIA. Received no test images. Add a test folder with patients that train/ does not have.`,
    );
  }
  const split = splitBy(options.validation, dataset.samples, { seed: options.seed });
  const images = await loadImages([...split.training, ...split.validation], {
    size: options.imageSize,
    interpolation: options.interpolation,
    cacheFolder: options.cacheFolder,
    onProgress: options.onProgress,
  });
  const inTraining = new Set(split.training);
  const positions = [...images.loaded.keys()];
  const isTraining = (position: number) => inTraining.has(images.loaded[position] as Sample);
  const train = Int32Array.from(positions.filter(isTraining));
  const validation = Int32Array.from(positions.filter((position) => !isTraining(position)));
  const labels = Uint8Array.from(images.loaded, ({ label }) => label);
  const at = (indices: Int32Array) => Array.from(indices, (position) => images.loaded[position] as Sample);
  return {
    dataset,
    samples: images.loaded,
    training: at(train),
    validation: at(validation),
    test,
    trainingData: { pixels: images.pixels, size: images.size, labels, train, validation },
    classWeights: classWeights(at(train).map(({ label }) => label)),
    skipped: images.skipped,
    sha256: fingerprint(images, (position) => (isTraining(position) ? "train" : "validation")),
  };
}

/** sha256 of the images' names, labels, parts and pixels, in their order. */
export function fingerprint(images: LoadedImages, partOf: (position: number) => string): string {
  const hash = createHash("sha256");
  for (const [position, { name, label }] of images.loaded.entries()) {
    hash.update(`${name}\n${label}\n${partOf(position)}\n`);
  }
  return hash.update(images.pixels).digest("hex");
}
