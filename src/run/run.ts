// A finished run as its folder keeps it, with what it amounts to: what `train` gives and `openRun` opens.
import { resolve } from "node:path";
import { aList, aPath, checkArgument, checkOptions } from "../core/check-options.js";
import { type RunPaths, runPaths } from "../core/run-folder.js";
import { type Evaluation, evaluate } from "../evaluation/evaluate.js";
import type { Prediction } from "../evaluation/prediction.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { bandOf } from "./band-of.js";
import { readSavedRun, type SavedRun } from "./saved-run.js";

/** A finished run: what was asked for, what was learned, what every test image scored and what that amounts to. */
export interface Run extends SavedRun {
  /** Absolute paths of everything in the folder. */
  readonly files: RunPaths;
  /** At the threshold that the run chose, intervals by patient-clustered bootstrap with the run's seed. */
  readonly evaluation: { readonly validation: Evaluation; readonly test: Evaluation };
}

/** Where a run lies, and which models it may be of. */
export interface OpenRunOptions {
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** Which models there are, by name; default the registry's. */
  readonly models?: readonly ZooEntry[] | undefined;
}

/**
 * @param folder relative to `cwd`
 * @throws AppError FILE_MISSING for a folder without a finished run; RUN_FILE_INVALID, PREDICTIONS_INVALID naming the file
 */
export async function openRun(folder: string, options: OpenRunOptions = {}): Promise<Run> {
  checkArgument("folder", folder, aPath);
  checkOptions("openRun", options, { cwd: aPath, models: aList });
  const { cwd = process.cwd(), models } = options;
  const saved = await readSavedRun(resolve(cwd, folder), { cwd, models });
  const { threshold, settings, validationPredictions } = saved;
  const unsure = bandOf(settings, validationPredictions);
  const evaluated = (rows: readonly Prediction[]) => evaluate(rows, { threshold, unsure });
  return {
    ...saved,
    files: runPaths(saved.folder),
    evaluation: { validation: evaluated(validationPredictions), test: evaluated(saved.predictions) },
  };
}
