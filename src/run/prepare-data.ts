// From a dataset's folder to what a training takes: parts by patient or as published, pixels, labels, class weights.
import { AppError } from "../core/errors.js";
import { type ClassWeights, classWeights } from "../dataset/class-weights.js";
import { type Fold, samplesOfFold } from "../dataset/folds.js";
import { type LeakPolicy, refuseLeaks } from "../dataset/leaks.js";
import { type LoadedImages, loadImages } from "../dataset/load-images.js";
import { type Dataset, openDataset } from "../dataset/open-dataset.js";
import type { Sample, SplitName } from "../dataset/sample.js";
import { type PatientSource, requirePatients, splitBy, type ValidationPolicy } from "../dataset/split.js";
import { limitsOf } from "../images/image-limits.js";
import type { TrainingData } from "../training/trainer.js";
import { type Fingerprint, fingerprint } from "./fingerprint.js";

export interface PreparedData {
  readonly dataset: Dataset;
  /** Training and validation samples by their position in `trainingData`. */
  readonly samples: readonly Sample[];
  /** Of each of `samples`, as its file has it. */
  readonly sizes: LoadedImages["sizes"];
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly testImages: LoadedImages;
  readonly splitBy: ReturnType<typeof splitBy>["splitBy"];
  readonly trainingData: TrainingData;
  readonly classWeights: ClassWeights;
  /** Images of any part that could not be read. */
  readonly skipped: LoadedImages["skipped"];
  /** Why decoded images could not be kept for the next run; undefined where they are. */
  readonly cacheProblem: string | undefined;
  /** Of the training and validation images: tells whether a resumed run sees the same. */
  readonly fingerprint: Fingerprint;
}

export interface PrepareOptions {
  readonly folder: string;
  readonly validation: ValidationPolicy;
  readonly patients: PatientSource;
  readonly leaks: LeakPolicy;
  readonly fold: Fold | null;
  readonly seed: number;
  readonly imageSize: number;
  readonly interpolation: "linear" | "area";
  readonly maxPixels: number;
  readonly cacheFolder: string;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Reads the test images with the others, so that what is wrong with them shows before hours of training.
 * @throws AppError as `openDataset`, `splitBy`, `refuseLeaks`; DATASET_LAYOUT without test images, NO_IMAGE_SCORED where none can be read
 */
export async function prepareData(options: PrepareOptions): Promise<PreparedData> {
  const { patients } = options;
  const dataset = await openForTraining(options);
  const { fold, seed } = options;
  const samples = fold === null ? dataset.samples : samplesOfFold(dataset.samples, fold, seed);
  const test = samples.filter(({ split }) => split === "test");
  if (test.length === 0) {
    throw new AppError("DATASET_LAYOUT", {
      place: dataset.root,
      rule: "a training is evaluated on test/, which should hold NORMAL and PNEUMONIA",
      received: "no test images",
      remedy:
        "Add a test folder with patients that train/ does not have, draw a test set by patient as the dataset is imported, or cross-validate",
    });
  }
  const split = splitBy(options.validation, samples, { seed, patients });
  const fitting = [...split.training, ...split.validation];
  const load = (samples: readonly Sample[], before: number) =>
    loadImages(samples, {
      size: options.imageSize,
      interpolation: options.interpolation,
      limits: limitsOf(options.maxPixels),
      cacheFolder: options.cacheFolder,
      onProgress: ({ done }) => options.onProgress(before + done, fitting.length + test.length),
    });
  const images = await load(fitting, 0);
  const testImages = await load(test, fitting.length);
  const [unreadable] = testImages.skipped;
  if (testImages.loaded.length === 0 && unreadable !== undefined) {
    throw new AppError("NO_IMAGE_SCORED", {
      place: dataset.root,
      rule: "a training is evaluated on test/, of which at least one image should be readable",
      received: `${test.length} that are not`,
      remedy: `The first: ${unreadable.error.message}`,
    });
  }
  const inTraining = new Set(split.training);
  const positions = [...images.loaded.keys()];
  const isTraining = (position: number) => inTraining.has(images.loaded[position] as Sample);
  const train = Int32Array.from(positions.filter(isTraining));
  const validation = Int32Array.from(positions.filter((position) => !isTraining(position)));
  const labels = Uint8Array.from(images.loaded, ({ label }) => label);
  const at = (indices: Int32Array) => Array.from(indices, (position) => images.loaded[position] as Sample);
  const fitted = at(train);
  requireBothClasses(dataset.root, fitted, images.skipped);
  if (options.leaks === "refuse") {
    const used = (loaded: LoadedImages, partOf: (position: number) => SplitName) =>
      loaded.loaded.map((sample, i) => ({
        sample: { ...sample, split: partOf(i) },
        sha256: loaded.sha256[i] as string,
      }));
    refuseLeaks(dataset.root, [
      ...used(images, (position) => (isTraining(position) ? "train" : "val")),
      ...used(testImages, () => "test"),
    ]);
  }
  return {
    dataset,
    samples: images.loaded,
    sizes: images.sizes,
    training: fitted,
    validation: at(validation),
    testImages,
    splitBy: split.splitBy,
    trainingData: { pixels: images.pixels, size: images.size, labels, train, validation },
    classWeights: classWeights(fitted.map(({ label }) => label)),
    skipped: [...images.skipped, ...testImages.skipped],
    cacheProblem: images.cache.problem ?? testImages.cache.problem,
    fingerprint: fingerprint(images, (position) => (isTraining(position) ? "train" : "validation")),
  };
}

/**
 * Opens the dataset and looks at what can be known before an image is read.
 * @throws AppError as `openDataset` and `samplesOfFold`; DATASET_PATIENTS_UNKNOWN
 */
export async function openForTraining({
  folder,
  validation,
  patients,
  fold,
  seed,
  cacheFolder,
}: Pick<PrepareOptions, "folder" | "validation" | "patients" | "fold" | "seed" | "cacheFolder">): Promise<Dataset> {
  const dataset = await openDataset(folder, { cacheFolder, ...(patients === "names" ? { patients: "by name" } : {}) });
  if (validation !== "official" && patients !== "unknown") requirePatients(dataset.samples);
  if (fold !== null) samplesOfFold(dataset.samples, fold, seed);
  return dataset;
}

/** openDataset has checked that both classes are there; what is missing here was unreadable. */
function requireBothClasses(root: string, training: readonly Sample[], skipped: LoadedImages["skipped"]): void {
  const [first] = skipped;
  const pneumonia = training.filter(({ label }) => label === 1).length;
  const normal = training.length - pneumonia;
  if (first === undefined || (normal > 0 && pneumonia > 0)) return;
  throw new AppError("DATASET_ONE_CLASS", {
    place: root,
    rule: "a training needs readable images of both classes",
    received: `${normal} NORMAL and ${pneumonia} PNEUMONIA; ${skipped.length} skipped`,
    remedy: `The first: ${first.error.code}: ${first.error.message}`,
  });
}
