// A dataset by its folder: what it holds by names alone.
import { resolve } from "node:path";
import { aPath, checkArgument, checkOptions, type OptionRules, oneOf } from "../core/check-options.js";
import { type ClassWeights, classWeights } from "./class-weights.js";
import { type SplitSummary, summariseDataset as summariseSamples } from "./data-summary.js";
import { defaultCacheFolder } from "./load-images.js";
import { type Dataset, type OpenOptions, openDataset } from "./open-dataset.js";
import { type PatientSource, patientSources } from "./split.js";
import { isSynthetic } from "./synthesise.js";

/** What a dataset's folders and file names tell. */
export interface DatasetSummary {
  /** Absolute path of the folder that holds train/, val/ and test/. */
  readonly root: string;
  readonly synthetic: boolean;
  readonly splits: readonly SplitSummary[];
  /** Of train/; undefined when there is no training part. */
  readonly classWeights: ClassWeights | undefined;
  /** How a training would split it; null where it would refuse: patients are not known and nobody said so. */
  readonly splitBy: "patient" | "image" | null;
}

/** Where a dataset is looked for. */
export interface DatasetPlace {
  /** Where a relative folder starts; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** Who is on which image, as for a training: "names" takes the file names' word for it, "unknown" says that nobody knows; default "known". */
  readonly patients?: PatientSource | undefined;
  /** Where a file that holds a dataset (an archive, a table) is unpacked; default `.cache/pneumoscope` in `cwd`. */
  readonly cacheFolder?: string | undefined;
}

export const placeRules: OptionRules<DatasetPlace> = {
  cwd: aPath,
  patients: oneOf(patientSources),
  cacheFolder: aPath,
};

/** @throws AppError as `openDataset` */
export function openPlace(folder: string, place: DatasetPlace, options: OpenOptions = {}): Promise<Dataset> {
  const { cwd = process.cwd(), patients, cacheFolder = defaultCacheFolder } = place;
  const byName = patients === "names" ? ({ patients: "by name" } as const) : {};
  return openDataset(resolve(cwd, folder), { cacheFolder: resolve(cwd, cacheFolder), ...byName, ...options });
}

/**
 * Counts images, classes and patients per split, without reading the images.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, DATASET_EMPTY, DATASET_LAYOUT, DATASET_ONE_CLASS
 */
export async function summariseDataset(folder: string, options: DatasetPlace = {}): Promise<DatasetSummary> {
  checkArgument("folder", folder, aPath);
  checkOptions("summariseDataset", options, placeRules);
  const { root, samples } = await openPlace(folder, options, { facts: "dropped" });
  const train = samples.filter((sample) => sample.split === "train");
  const weights = train.length === 0 ? undefined : classWeights(train.map((sample) => sample.label));
  const unknown = options.patients === "unknown" ? "image" : null;
  const splitBy = samples.every(({ patient }) => patient !== null) ? "patient" : unknown;
  return { root, synthetic: isSynthetic(root), splits: summariseSamples(samples), classWeights: weights, splitBy };
}
