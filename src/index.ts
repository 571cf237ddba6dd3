// The public API of Pneumoscope in Node.js: everything that the command line does, as functions. Heavy parts (training
// engine, ONNX Runtime, image decoders, figures) load when they are first used.
import type { Synthesis, SynthesisOptions } from "./dataset/synthesise.js";
import type { CompareOptions, RunComparison } from "./run/compare/compare-runs.js";
import type { ComparisonSettings } from "./run/compare/plan.js";
import type { TrainSettings } from "./run/resolve-settings.js";
import type { Run } from "./run/run.js";
import type { RunOptions, TrainOptions } from "./run/train.js";

export type { ErrorCode } from "./core/error-catalogue.js";
export { AppError, type ErrorFacts } from "./core/errors.js";
export { researchUse } from "./core/research-use.js";
export type {
  Synthesis as Phantoms,
  SynthesisCounts as PhantomCounts,
  SynthesisOptions as PhantomOptions,
} from "./dataset/synthesise.js";
export type { Evaluation } from "./evaluation/evaluation.js";
export { findModel, zoo as models } from "./model/zoo/registry.js";
export type { ZooEntry as Model } from "./model/zoo/zoo-entry.js";
export { evaluationText as formatEvaluation } from "./report/tables.js";
export type { CompareOptions, RunComparison } from "./run/compare/compare-runs.js";
export type { ComparisonEvent, FailedRun } from "./run/compare/comparison-events.js";
export type { ComparedModelSettings, ComparisonSettings, PlannedRun } from "./run/compare/plan.js";
export type { TrainSettings } from "./run/resolve-settings.js";
export type { Run } from "./run/run.js";
export type { RunEvent } from "./run/run-events.js";
export type { PlainValue } from "./run/setting-kinds.js";
export {
  type PlainSettings,
  parseSetting,
  type RunSettings,
  type Setting,
  type SettingName,
  settingGroups,
  settingNames,
  settingTable,
} from "./run/settings.js";
export type { RunOptions, TrainOptions } from "./run/train.js";

/**
 * Trains one model, evaluates it once on the test images and writes everything into one run folder.
 *
 * @example
 * const run = await train({ model: "mobilenet", data: "chest_xray", seed: 1 }, { folder: "runs/mine" });
 * const { value, interval, n } = run.evaluation.test.metrics.auc;
 *
 * @throws AppError OPTION_INVALID and MODEL_UNKNOWN for settings; DATASET_…, FILE_… for the data; WEIGHTS_… for the weights
 *   to start from; ENGINE_MISSING without the training engine; RUN_FOLDER_TAKEN, RUN_FOLDER_LOCKED; TRAINING_DIVERGED;
 *   TRAINING_INTERRUPTED when `options.signal` aborts: finished epochs are kept, and `resumeRun` goes on
 */
export async function train(settings: TrainSettings, options?: TrainOptions): Promise<Run> {
  return (await import("./run/train.js")).train(settings, options);
}

/**
 * Goes on with a training from its last finished epoch, by its own settings. A finished run is given back as it is.
 *
 * @example
 * const run = await resumeRun("runs/mine");
 *
 * @throws AppError as `train`; FILE_MISSING, RUN_FILE_INVALID, CHECKPOINT_INVALID; DATASET_CHANGED for other images
 */
export async function resumeRun(folder: string, options?: RunOptions): Promise<Run> {
  return (await import("./run/train.js")).resumeRun(folder, options);
}

/**
 * Opens a finished run: its settings, history, predictions and what they amount to. Nothing is scored.
 *
 * @example
 * const { settings, evaluation, files } = await openRun("runs/mine");
 *
 * @throws AppError FILE_MISSING for a folder without a finished run; RUN_FILE_INVALID, PREDICTIONS_INVALID naming the file
 */
export async function openRun(folder: string, options?: { readonly cwd?: string }): Promise<Run> {
  return (await import("./run/run.js")).openRun(folder, options);
}

/**
 * Puts finished runs side by side: paired tests, means over seeds, shortcut floors, the images that all get wrong.
 *
 * @example
 * const { comparison } = await compareRuns(["runs/custom", "runs/mobilenet"], { folder: "comparisons/mine" });
 *
 * @throws AppError FILE_MISSING, RUN_FILE_INVALID, PREDICTIONS_INVALID naming the run; EVALUATION_INPUT, DATASET_CHANGED or
 *   OPTION_INVALID where the runs do not belong together; RUN_FOLDER_TAKEN
 */
export async function compareRuns(runs: readonly string[], options?: CompareOptions): Promise<RunComparison> {
  return (await import("./run/compare/compare-runs.js")).compareRuns(runs, options);
}

/**
 * Trains every model with every seed, each in a run folder inside the comparison's folder, then compares them. The same
 * call again goes on where it was stopped and repeats nothing. Trainings that fail are listed under `missing`.
 *
 * @example
 * await trainAndCompare({ data: "chest_xray", models: ["custom", { model: "mobilenet", epochs: 5 }], seeds: [1, 2, 3] });
 *
 * @throws AppError as `train` and `compareRuns`; RUN_SETTINGS_CHANGED where the folder holds runs made with other settings
 */
export async function trainAndCompare(
  settings: ComparisonSettings,
  options?: CompareOptions & { readonly also?: readonly string[] },
): Promise<RunComparison> {
  return (await import("./run/compare/compare-runs.js")).trainAndCompare(settings, options);
}

/**
 * Draws a folder of synthetic chest phantoms in the layout of the published dataset, to try everything without real data.
 * The same options give the same images; a folder that already holds them is left alone.
 *
 * @example
 * await makePhantoms("phantoms", { seed: 1 });
 *
 * @throws AppError OPTION_INVALID, DATASET_FOLDER_TAKEN, FILE_UNWRITABLE
 */
export async function makePhantoms(folder: string, options?: SynthesisOptions): Promise<Synthesis> {
  return (await import("./dataset/synthesise.js")).synthesise(folder, options);
}
