// Comparisons as the public API has them: what each needs is loaded when it is called.

import type { CompareOptions, RunComparison, TrainAndCompareOptions } from "../run/compare/compare-runs.js";
import type { ComparisonSettings } from "../run/compare/plan.js";
import type { ComparisonPlan, TaskOptions } from "../run/compare/tasks.js";
import type { Run } from "../run/run.js";

/**
 * Puts finished runs side by side: paired tests, means over seeds, shortcut floors, the images that all get wrong.
 * @param runs folders of finished runs, which saw the same images
 *
 * @example
 * const { comparison } = await compareRuns(["runs/custom", "runs/mobilenet"], { folder: "comparisons/mine" });
 *
 * @throws AppError FILE_MISSING, RUN_FILE_INVALID, PREDICTIONS_INVALID naming the run; EVALUATION_INPUT, DATASET_CHANGED or
 *   OPTION_INVALID where the runs do not belong together; RUN_FOLDER_TAKEN
 */
export async function compareRuns(runs: readonly string[], options?: CompareOptions): Promise<RunComparison> {
  return (await import("../run/compare/compare-runs.js")).compareRuns(runs, options);
}

/**
 * Trains every model with every seed, each in a folder inside the comparison's, then compares them. The same call again
 * goes on where it was stopped. Trainings that fail are listed under `missing`.
 * @param settings models and seeds, with settings for all or for one
 * @param options `also` names finished runs to compare as well; they are looked at before anything is trained
 *
 * @example
 * await trainAndCompare({ data: "chest_xray", models: ["custom", { model: "mobilenet", epochs: 5 }], seeds: [1, 2, 3] });
 *
 * @throws AppError as `train` and `compareRuns`; RUN_SETTINGS_CHANGED where the folder holds runs made with other settings
 */
export async function trainAndCompare(
  settings: ComparisonSettings,
  options?: TrainAndCompareOptions,
): Promise<RunComparison> {
  return (await import("../run/compare/compare-runs.js")).trainAndCompare(settings, options);
}

/**
 * Lists the trainings that `trainAndCompare` would do, so that an array job can do them, each with `trainTask`. The list is kept in the
 * comparison's folder, in place of an earlier one. Nothing is trained.
 *
 * @example
 * const { tasks } = await planComparison({ data: "chest_xray", models: ["custom", "mobilenet"] });
 * for (const { number, run, state } of tasks) console.log(number, run.folder, state);
 *
 * @throws AppError as `trainAndCompare`
 */
export async function planComparison(settings: ComparisonSettings, options?: TaskOptions): Promise<ComparisonPlan> {
  return (await import("../run/compare/tasks.js")).planComparison(settings, options);
}

/**
 * Does one training of a comparison, on any machine that shares its folder, beside others that do theirs. A finished one is given back as
 * it is, one that was stopped goes on. When all are done, `trainAndCompare` with the same settings compares.
 * @param task its number in the plan, from 1
 *
 * @example
 * await trainTask({ data: "chest_xray", models: ["custom", "mobilenet"] }, arrayTask(process.env));
 *
 * @throws AppError OPTION_INVALID for a number that the plan does not have; RUN_SETTINGS_CHANGED where the folder was planned with other
 *   settings; DATASET_CHANGED where other tasks see other images; RUN_FOLDER_LOCKED where another process does this task; as `train`
 */
export async function trainTask(settings: ComparisonSettings, task: number, options?: TaskOptions): Promise<Run> {
  return (await import("../run/compare/tasks.js")).trainTask(settings, task, options);
}
