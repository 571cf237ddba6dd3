// A finished run as its folder keeps it, with what it amounts to: what `train` gives and `openRun` opens.
import { resolve } from "node:path";
import { aPath, checkArgument, checkOptions } from "../core/check-options.js";
import { type RunPaths, runPaths } from "../core/run-folder.js";
import { type Evaluation, evaluate } from "../evaluation/evaluate.js";
import type { Prediction } from "../evaluation/prediction.js";
import { readSavedRun, type SavedRun } from "./saved-run.js";

/** A finished run: what was asked for, what was learned, what every test image scored and what that amounts to. */
export interface Run extends SavedRun {
  /** Absolute paths of everything in the folder. */
  readonly files: RunPaths;
  /** At the threshold that the run chose, intervals by patient-clustered bootstrap with the run's seed. */
  readonly evaluation: { readonly validation: Evaluation; readonly test: Evaluation };
}

/**
 * @param folder relative to `cwd`
 * @throws AppError FILE_MISSING for a folder without a finished run; RUN_FILE_INVALID, PREDICTIONS_INVALID naming the file
 */
export async function openRun(folder: string, options: { readonly cwd?: string } = {}): Promise<Run> {
  checkArgument("folder", folder, aPath);
  checkOptions("openRun", options, { cwd: aPath });
  const { cwd = process.cwd() } = options;
  const saved = await readSavedRun(resolve(cwd, folder), cwd);
  const { threshold, settings } = saved;
  const evaluated = (rows: readonly Prediction[]) => evaluate(rows, { threshold, seed: settings.seed });
  return {
    ...saved,
    files: runPaths(saved.folder),
    evaluation: { validation: evaluated(saved.validationPredictions), test: evaluated(saved.predictions) },
  };
}
