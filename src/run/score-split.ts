// Where the predictions of `evaluate` come from: a split of a dataset that a model scores now, or a predictions.csv that
// was saved before. Both give the same rows, so both give the same numbers.
import { resolve } from "node:path";
import { throwIfAborted } from "../core/aborted.js";
import { aFunction, aPath, aSignal, type OptionRules, oneOf } from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { defaultCacheFolder, type LoadedImages, type LoadProgress, loadImages } from "../dataset/load-images.js";
import { type Dataset, openDataset, type SkippedEntry } from "../dataset/open-dataset.js";
import { type Sample, type SplitName, splitNames } from "../dataset/sample.js";
import { type PatientSource, patientSources } from "../dataset/split.js";
import type { Prediction } from "../evaluation/prediction.js";
import { readPredictions } from "../evaluation/predictions-file.js";
import { limitsOf } from "../images/image-limits.js";
import type { ImageWarningCode } from "../images/image-warning.js";
import { aPixelLimit } from "../images/pixel-limit.js";
import type { InferenceModel } from "../inference/inference-model.js";
import { predictionOf } from "./prediction-of.js";

export interface SkippedImage {
  /** Path inside the dataset. */
  readonly name: string;
  readonly error: AppError;
}

export interface ScoredSplit {
  readonly predictions: readonly Prediction[];
  /** Null for saved predictions, which do not tell. */
  readonly remarks: SplitRemarks | null;
  readonly skipped: readonly SkippedImage[];
  /** Entries of the dataset's folders that are not taken for images, of every split. */
  readonly unused: readonly SkippedEntry[];
  /** Why decoded images could not be kept for the next time; undefined where they are, or none was decoded. */
  readonly cacheProblem: string | undefined;
}

/** What speaks against using the scores of some images; they are measured all the same. */
export interface SplitRemarks {
  /** Images that do not look like an upright frontal chest radiograph. */
  readonly outOfScope: number;
  /** Images with a warning of their DICOM file. */
  readonly warned: number;
  /** How many images have each of these warnings. */
  readonly warnings: Readonly<Partial<Record<ImageWarningCode, number>>>;
}

/** A split that was scored, with its images. */
export interface ScoredImages {
  readonly scored: ScoredSplit;
  readonly kind: Dataset["kind"];
  readonly images: LoadedImages;
}

/** Images become ready, or scored. */
export interface EvaluationEvent {
  readonly type: "images" | "scoring";
  readonly done: number;
  readonly total: number;
}

/** Which labelled images are scored. */
export interface LabelledImages {
  /** The dataset's folder, or one that holds NORMAL/ and PNEUMONIA/ directly; a manifest; a file with a dataset inside. */
  readonly data: string;
  /** Which images: default "test", which is all of a folder with NORMAL/ and PNEUMONIA/. */
  readonly split?: SplitName | undefined;
  /** Where decoded images are kept; default `.cache/pneumoscope` in `cwd`. */
  readonly cacheFolder?: string | undefined;
  /**
   * Who is on an image: as manifest and known datasets say ("known", default), by file names as in the published dataset ("names"),
   * or nobody's ("unknown"). A patient's images are drawn together for the intervals, and left out together.
   */
  readonly patients?: PatientSource | undefined;
  /** Pixels that an image may have, 10,000..1,000,000,000; default 100 million. */
  readonly maxPixels?: number | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** Told of the progress. */
  readonly onEvent?: ((event: EvaluationEvent) => void) | undefined;
  /** Ends the work with an error ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export const labelledImagesRules: OptionRules<LabelledImages> = {
  data: aPath,
  split: oneOf(splitNames),
  cacheFolder: aPath,
  patients: oneOf(patientSources),
  maxPixels: aPixelLimit,
  cwd: aPath,
  onEvent: aFunction,
  signal: aSignal,
};

/** Absolute. */
export const cacheFolderOf = ({ cacheFolder = defaultCacheFolder, cwd = process.cwd() }: LabelledImages): string =>
  resolve(cwd, cacheFolder);

/** @throws AppError as `scoreSplit` */
export function scoreLabelled(
  model: Pick<InferenceModel, "contract" | "run">,
  options: LabelledImages,
): Promise<ScoredImages> {
  const { data, split = "test", patients = "known", maxPixels, cwd = process.cwd(), onEvent, signal } = options;
  return scoreSplit(model, {
    folder: resolve(cwd, data),
    split,
    patients,
    cacheFolder: cacheFolderOf(options),
    maxPixels,
    onLoad: ({ done, total }) => onEvent?.({ type: "images", done, total }),
    onScore: (done, total) => onEvent?.({ type: "scoring", done, total }),
    signal,
  });
}

interface ScoreSplitOptions {
  /** Absolute path of the dataset's folder, or of one that holds NORMAL/ and PNEUMONIA/ directly. */
  readonly folder: string;
  readonly split: SplitName;
  /** From what it is known who is on an image; by image where it is "unknown". */
  readonly patients: PatientSource;
  /** Where decoded images are kept. */
  readonly cacheFolder: string;
  readonly maxPixels: number | undefined;
  readonly onLoad: (progress: LoadProgress) => void;
  readonly onScore: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** @throws AppError as `openDataset`; DATASET_LAYOUT where the split has no images, NO_IMAGE_SCORED where none can be read */
async function scoreSplit(
  model: Pick<InferenceModel, "contract" | "run">,
  options: ScoreSplitOptions,
): Promise<ScoredImages> {
  const { split } = options;
  const { dataset, samples } = await samplesOf(options);
  const { contract } = model;
  const images = await loadImages(samples, {
    size: contract.imageSize,
    interpolation: contract.interpolation,
    cacheFolder: options.cacheFolder,
    limits: limitsOf(options.maxPixels),
    checksScope: true,
    onProgress: options.onLoad,
  });
  const skipped = images.skipped.map(({ sample, error }) => ({ name: sample.name, error }));
  if (images.loaded.length === 0) {
    throw new AppError("NO_IMAGE_SCORED", {
      place: dataset.root,
      rule: `at least one image of ${split}/ should be readable`,
      received: `${skipped.length} that are not`,
      remedy: `The first: ${skipped[0]?.error.message}`,
    });
  }
  const scored = {
    predictions: await predictionsOf(model, images, options),
    remarks: remarksOf(images),
    skipped,
    unused: dataset.skipped,
    cacheProblem: images.cache.problem,
  };
  return { scored, kind: dataset.kind, images };
}

/** Of one split, before any image is read. @throws AppError as `openDataset`; DATASET_LAYOUT where the split has no images */
export async function samplesOf({
  folder,
  split,
  patients,
  cacheFolder,
}: Pick<ScoreSplitOptions, "folder" | "split" | "patients" | "cacheFolder">): Promise<{
  readonly dataset: Dataset;
  readonly samples: readonly Sample[];
}> {
  const dataset = await openDataset(folder, {
    classFoldersAs: split,
    cacheFolder,
    ...(patients === "names" ? { patients: "by name" } : {}),
  });
  const known = dataset.samples.filter((sample) => sample.split === split);
  const samples = patients === "unknown" ? known.map((sample) => ({ ...sample, patient: null })) : known;
  if (samples.length === 0) {
    const present = [...new Set(dataset.samples.map((sample) => sample.split))].join(", ");
    throw new AppError("DATASET_LAYOUT", {
      place: dataset.root,
      rule: `should have images in ${split}/NORMAL and ${split}/PNEUMONIA`,
      received: `images in ${present} only`,
      remedy: "Choose one of these, or name another folder",
    });
  }
  return { dataset, samples };
}

function remarksOf({ warnings, scope }: LoadedImages): SplitRemarks {
  const outOfScope = scope.filter((findings) => findings.length > 0);
  const counts: Partial<Record<ImageWarningCode, number>> = {};
  for (const code of warnings.flat()) counts[code] = (counts[code] ?? 0) + 1;
  const warned = warnings.filter((codes) => codes.length > 0).length;
  return { outOfScope: outOfScope.length, warned, warnings: counts };
}

const batchSize = 16;

/** One row per image, in order. */
async function predictionsOf(
  model: Pick<InferenceModel, "run">,
  { pixels, size, loaded }: LoadedImages,
  { onScore, signal }: ScoreSplitOptions,
): Promise<Prediction[]> {
  const rows: Prediction[] = [];
  while (rows.length < loaded.length) {
    throwIfAborted(signal, "evaluate");
    const batch = loaded.slice(rows.length, rows.length + batchSize);
    const from = rows.length * size ** 2;
    const { scores } = await model.run(pixels.subarray(from, from + batch.length * size ** 2)); // [n, size, size]
    for (const [i, sample] of batch.entries()) rows.push(predictionOf(sample, scores[i] as number));
    onScore(rows.length, loaded.length);
  }
  return rows;
}

/**
 * The rows of one split of a predictions.csv; all rows where the file does not tell splits and none is asked for.
 * Runs call the patients they validate on "validation"; `val` finds them too.
 * @throws AppError as `readPredictions`; EVALUATION_INPUT where the split has no rows
 */
export async function savedSplit(path: string, asked: SplitName | undefined): Promise<readonly Prediction[]> {
  const rows = await readPredictions(path);
  if (asked === undefined && rows.every((row) => row.split === undefined)) return rows;
  const split = asked ?? "test";
  const names = split === "val" ? ["val", "validation"] : [split];
  const chosen = rows.filter((row) => row.split !== undefined && names.includes(row.split));
  if (chosen.length > 0) return chosen;
  const present = [...new Set(rows.map((row) => row.split ?? "(none)"))].join(", ");
  throw new AppError("EVALUATION_INPUT", {
    place: path,
    rule: `should have rows of split "${split}"`,
    received: `${rows.length} rows of: ${present || "nothing"}`,
    remedy: "Choose one of these",
  });
}
