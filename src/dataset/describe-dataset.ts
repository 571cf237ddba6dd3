// A dataset by its folder: what it holds, and what is wrong with it.
import { resolve } from "node:path";
import { aFunction, aPath, checkArgument, checkOptions } from "../core/check-options.js";
import { aPixelLimit } from "../images/pixel-limit.js";
import { type CheckOptions, checkDataset as checkOpened, type DataCheck } from "./check-dataset.js";
import { type ClassWeights, classWeights } from "./class-weights.js";
import { type SplitSummary, summariseDataset as summariseSamples } from "./data-summary.js";
import { openDataset } from "./open-dataset.js";
import { isSynthetic } from "./synthesise.js";

/** What a dataset's folders and file names tell. */
export interface DatasetSummary {
  /** Absolute path of the folder that holds train/, val/ and test/. */
  readonly root: string;
  readonly synthetic: boolean;
  readonly splits: readonly SplitSummary[];
  /** Of train/; undefined when there is no training part. */
  readonly classWeights: ClassWeights | undefined;
}

/** Where a dataset is looked for. */
export interface DatasetPlace {
  /** Where a relative folder starts; default the process's working folder. */
  readonly cwd?: string | undefined;
}

/**
 * Counts images, classes and patients per split, without reading the images.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, DATASET_EMPTY, DATASET_LAYOUT, DATASET_ONE_CLASS
 */
export async function summariseDataset(folder: string, options: DatasetPlace = {}): Promise<DatasetSummary> {
  checkArgument("folder", folder, aPath);
  checkOptions("summariseDataset", options, { cwd: aPath });
  const { cwd = process.cwd() } = options;
  const { root, samples } = await openDataset(resolve(cwd, folder));
  const train = samples.filter((sample) => sample.split === "train");
  const weights = train.length === 0 ? undefined : classWeights(train.map((sample) => sample.label));
  return { root, synthetic: isSynthetic(root), splits: summariseSamples(samples), classWeights: weights };
}

/**
 * Reads every image: unreadable files, exact duplicates, patients that cross splits.
 * @throws AppError as `summariseDataset`
 */
export async function checkDataset(folder: string, options: DatasetPlace & CheckOptions = {}): Promise<DataCheck> {
  checkArgument("folder", folder, aPath);
  checkOptions("checkDataset", options, { cwd: aPath, maxPixels: aPixelLimit, onProgress: aFunction });
  const { cwd = process.cwd(), ...others } = options;
  return checkOpened(await openDataset(resolve(cwd, folder)), others);
}
