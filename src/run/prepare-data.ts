// From a dataset's folder to what a training takes: parts by patient or as published, pixels, labels, class weights.
import { AppError } from "../core/errors.js";
import { type ClassWeights, classWeights } from "../dataset/class-weights.js";
import type { JoinedCopies } from "../dataset/copies/kept-together.js";
import { samplesOfFold } from "../dataset/folds.js";
import { type LoadedImages, loadImages } from "../dataset/load-images.js";
import { type Dataset, openDataset } from "../dataset/open-dataset.js";
import type { Sample } from "../dataset/sample.js";
import { requirePatients } from "../dataset/split.js";
import { limitsOf } from "../images/image-limits.js";
import { alone, type Processes } from "../tensor/process-group.js";
import { imagesOfProcess, type TrainingData } from "../training/trainer.js";
import { type DividedImages, type Division, divideImages, imagesTakingPart } from "./divide-images.js";
import { type Fingerprint, fingerprint, imagesFingerprint } from "./fingerprint.js";
import { broughtToFirst, loadTogether, movedImages } from "./processes/shared-images.js";

export interface PreparedData {
  readonly dataset: Dataset;
  /** Training and validation samples by their position in `trainingData`. */
  readonly samples: readonly Sample[];
  /** Of each of `samples`, as its file has it. */
  readonly sizes: LoadedImages["sizes"];
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly testImages: LoadedImages;
  readonly splitBy: DividedImages["splitBy"];
  /** Copies that were kept on one side. */
  readonly joined: JoinedCopies;
  readonly trainingData: TrainingData & Pick<LoadedImages, "holders">;
  readonly classWeights: ClassWeights;
  /** Images of any part that could not be read. */
  readonly skipped: LoadedImages["skipped"];
  /** Why decoded images could not be kept for the next run; undefined where they are. */
  readonly cacheProblem: string | undefined;
  /** Of the training and validation images: tells whether a resumed run sees the same. */
  readonly fingerprint: Fingerprint;
  /** Of all images, however they are divided: tells whether two trainings of a comparison see the same. */
  readonly imagesSha256: string;
}

export interface PrepareOptions extends Division {
  readonly folder: string;
  readonly imageSize: number;
  readonly interpolation: "linear" | "area";
  readonly maxPixels: number;
  readonly cacheFolder: string;
  readonly onProgress: (done: number, total: number) => void;
  /** Those that train together, and by how many images a step each; default: this one alone. Each has the pixels it needs. */
  readonly together?: { readonly processes: Processes; readonly batch: number } | undefined;
}

/**
 * Reads the test images with the others, so that what is wrong with them shows before hours of training.
 * @throws AppError as `openDataset`, `divideImages`; DATASET_LAYOUT without test images, NO_IMAGE_SCORED where none can be read
 */
export async function prepareData(options: PrepareOptions): Promise<PreparedData> {
  const dataset = await openForTraining(options);
  const { fold } = options;
  const taking = imagesTakingPart(dataset, fold);
  if (fold === null && !taking.some(({ split }) => split === "test")) {
    throw new AppError("DATASET_LAYOUT", {
      place: dataset.root,
      rule: "a training is evaluated on test/, which should hold NORMAL and PNEUMONIA",
      received: "no test images",
      remedy:
        "Add a test folder with patients that train/ does not have, draw a test set by patient as the dataset is imported, or cross-validate",
    });
  }
  const { processes = alone } = options.together ?? {};
  let begun = 0;
  let cacheProblem: string | undefined;
  const load = async (samples: readonly Sample[]) => {
    const before = begun;
    begun += samples.length;
    const images = await loadTogether(samples, processes, `images from ${before}`, (own) =>
      loadImages(own, {
        size: options.imageSize,
        interpolation: options.interpolation,
        limits: limitsOf(options.maxPixels),
        cacheFolder: options.cacheFolder,
        writer: processes,
        onProgress: ({ done }) =>
          options.onProgress(before + Math.min(done * processes.size, samples.length), taking.length),
      }),
    );
    cacheProblem ??= images.cache.problem;
    return images;
  };
  const { images, train, validation, testImages, splitBy, joined, skipped } = await divideImages(
    dataset,
    options,
    load,
  );
  requireScorable(dataset.root, testImages);
  const labels = Uint8Array.from(images.loaded, ({ label }) => label);
  const at = (indices: Int32Array) => Array.from(indices, (position) => images.loaded[position] as Sample);
  const training = at(train);
  requireBothClasses(dataset.root, training, images.skipped);
  const trainingData = await ownTrainingData({ ...images, labels, train, validation }, options);
  return {
    dataset,
    samples: images.loaded,
    sizes: images.sizes,
    training,
    validation: at(validation),
    testImages,
    splitBy,
    joined,
    trainingData,
    classWeights: classWeights(training.map(({ label }) => label)),
    skipped,
    cacheProblem,
    fingerprint: fingerprint(images, [
      ["train", train],
      ["validation", validation],
    ]),
    imagesSha256: imagesFingerprint(images, testImages),
  };
}

/** With the pixels that this process trains and validates on. @throws AppError OPTION_INVALID for more processes than images */
async function ownTrainingData(
  { pixels, size, rows, holders, labels, train, validation }: TrainingData & Pick<LoadedImages, "holders">,
  { seed, together }: PrepareOptions,
): Promise<PreparedData["trainingData"]> {
  const all = { pixels, size, labels, train, validation };
  if (together === undefined || together.processes.size === 1) return all;
  const { processes, batch: batchSize } = together;
  if (train.length < processes.size) {
    throw new AppError("OPTION_INVALID", {
      place: "processes",
      rule: "each of them needs an image to train on",
      received: `${processes.size} processes and ${train.length} images`,
      remedy: "Start fewer",
    });
  }
  const ownerOf = new Int32Array(labels.length).fill(-1);
  for (let rank = 0; rank < processes.size; rank++) {
    const own = imagesOfProcess(all, { batchSize, seed }, { rank, size: processes.size });
    for (const image of [...own.train, ...own.validation]) ownerOf[image] = rank;
  }
  return { ...all, ...(await movedImages({ pixels, size, rows, holders }, processes, ownerOf)) };
}

/**
 * The same with every pixel in process 0, for what is made of all images after a training. All processes call it.
 * @throws AppError PROCESS_LOST
 */
export async function dataOfFirst(data: PreparedData, processes: Processes): Promise<PreparedData> {
  const { trainingData, testImages, samples } = data;
  return {
    ...data,
    trainingData: await broughtToFirst(trainingData, processes, samples.length),
    testImages: await broughtToFirst(testImages, processes, testImages.loaded.length),
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
  if (fold !== null) samplesOfFold(dataset.samples, fold, { seed });
  return dataset;
}

/** @throws AppError NO_IMAGE_SCORED */
function requireScorable(root: string, { loaded, skipped: [unreadable, ...others] }: LoadedImages): void {
  if (loaded.length > 0 || unreadable === undefined) return;
  throw new AppError("NO_IMAGE_SCORED", {
    place: root,
    rule: "a training is evaluated on test/, of which at least one image should be readable",
    received: `${others.length + 1} that are not`,
    remedy: `The first: ${unreadable.error.message}`,
  });
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
