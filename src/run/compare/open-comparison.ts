// What a comparison is asked for, looked up before anything is trained: its trainings, its folder, its images. The same for one that
// trains here and for one whose trainings are tasks of an array job.
import { basename, join, resolve } from "node:path";
import { anObject, aPath, checkArgument } from "../../core/check-options.js";
import { AppError } from "../../core/errors.js";
import { lockFileName } from "../../core/folder-lock.js";
import { madeFolder } from "../../core/output-folder.js";
import { defaultCacheFolder } from "../../dataset/load-images.js";
import { weightsFolder } from "../../interchange/weight-download/pretrained-weights.js";
import { examineProcessor } from "../../machine/processor.js";
import { comparisonFiles } from "../../report/comparison/write-comparison.js";
import { openForTraining } from "../prepare-data.js";
import type { RunOptions } from "../train.js";
import { type ComparisonSettings, type PlannedRun, planRuns } from "./plan.js";

/** What a comparison keeps for its tasks: the trainings that it consists of, and the checksum of their images. */
export const planFile = "plan.json";
export const imagesFile = "images.json";

export interface OpenedComparison {
  readonly cwd: string;
  /** Absolute, as the others. */
  readonly data: string;
  readonly folder: string;
  readonly cacheFolder: string;
  readonly weightsFolder: string;
  /** At least one. */
  readonly planned: readonly PlannedRun[];
}

export type OpenComparisonOptions = RunOptions & { readonly folder?: string | undefined };

/**
 * What is mistyped leaves no folder behind, and is not found hours later.
 * @throws AppError as `planRuns` and `openForTraining`
 */
export async function openComparison(
  asked: ComparisonSettings,
  options: OpenComparisonOptions,
): Promise<OpenedComparison> {
  checkArgument("settings", asked, anObject);
  checkArgument("data", asked.data, aPath);
  const { cwd = process.cwd(), models } = options;
  const data = resolve(cwd, asked.data);
  const folder = resolve(cwd, options.folder ?? join("comparisons", `${basename(data)}-${asked.protocol ?? "sound"}`));
  const planned = planRuns(folder, asked, { cwd, processor: await examineProcessor(), models });
  const cacheFolder = resolve(cwd, options.cacheFolder ?? defaultCacheFolder);
  const [{ settings }] = planned as [PlannedRun]; // all are trained on the same data
  await openForTraining({ ...settings, folder: data, cacheFolder });
  return {
    cwd,
    data,
    folder,
    cacheFolder,
    weightsFolder: weightsFolder({ folder: options.weightsFolder, cwd }),
    planned,
  };
}

/** The comparison's own folder, new or made before. @throws AppError FILE_UNWRITABLE, RUN_FOLDER_TAKEN */
export async function makeComparisonFolder(folder: string): Promise<void> {
  const own: ReadonlySet<string> = new Set(["runs", "figures", planFile, imagesFile, ...comparisonFiles]);
  const entries = await madeFolder(folder, "comparison's folder");
  const foreign = entries.filter((name) => !own.has(name) && !name.startsWith(lockFileName) && !name.endsWith(".tmp"));
  if (foreign.length === 0) return;
  throw new AppError("RUN_FOLDER_TAKEN", {
    place: folder,
    rule: "a comparison needs a new folder, an empty one, or its own from before",
    received: foreign.slice(0, 3).join(", "),
    remedy: "Choose another",
  });
}
