// A comparison whose trainings are tasks of an array job: Slurm or Kubernetes start them, on any number of machines with one shared
// folder, and a task knows nothing of the others but by what lies in that folder.
import { existsSync } from "node:fs";
import { aPath, checkArgument, checkOptions, type OptionRules, wholeNumber } from "../../core/check-options.js";
import { lockFolder } from "../../core/folder-lock.js";
import { runPaths } from "../../core/run-folder.js";
import { openRun, type Run } from "../run.js";
import { isFinished } from "../saved-run.js";
import { runOptionRules } from "../train.js";
import type { TrainAndCompareOptions } from "./compare-runs.js";
import { makeComparisonFolder, openComparison } from "./open-comparison.js";
import type { ComparisonSettings, PlannedRun } from "./plan.js";
import { agreeOnImages, agreeOnPlan, writePlan } from "./plan-file.js";
import { trainPlanned } from "./train-missing.js";
import { requireSameSettings } from "./unchanged.js";

/** As `TrainAndCompareOptions`; the folder is the comparison's, which all tasks share. */
export type TaskOptions = Omit<TrainAndCompareOptions, "also">;

/** The trainings of a comparison, each a task of its own. */
export interface ComparisonPlan {
  /** The comparison's; absolute. */
  readonly folder: string;
  /** In the order of their numbers. */
  readonly tasks: readonly PlannedTask[];
}

/** One training of a plan. */
export interface PlannedTask {
  /** From 1. */
  readonly number: number;
  readonly run: PlannedRun;
  /** "begun": it is being trained, or was stopped and goes on. */
  readonly state: "finished" | "begun" | "to do";
}

const taskRules: OptionRules<TaskOptions> = { ...runOptionRules, folder: aPath };

/**
 * Lists the trainings of a comparison and keeps the list in its folder, in place of one that was planned before. Nothing is trained.
 * @throws AppError as `trainAndCompare`
 */
export async function planComparison(asked: ComparisonSettings, options: TaskOptions = {}): Promise<ComparisonPlan> {
  checkOptions("planComparison", options, taskRules);
  const { cwd, folder, planned } = await openComparison(asked, options);
  await makeComparisonFolder(folder);
  for (const run of planned) await requireSameSettings(run, cwd);
  await writePlan(folder, planned);
  const tasks = planned.map((run, i) => ({ number: i + 1, run, state: stateOf(run) }));
  return { folder, tasks };
}

/**
 * Does one training of a comparison, beside any others that do theirs in the same folder. A finished one is given back as it is, one that was
 * stopped goes on. `trainAndCompare` with the same settings then compares.
 * @param task its number in the plan, from 1
 * @throws AppError OPTION_INVALID for a number that the plan does not have; RUN_SETTINGS_CHANGED where the folder was planned with other
 *   settings; DATASET_CHANGED where other tasks see other images; RUN_FOLDER_LOCKED where another process does this task; as `train`
 */
export async function trainTask(asked: ComparisonSettings, task: number, options: TaskOptions = {}): Promise<Run> {
  checkOptions("trainTask", options, taskRules);
  const { onEvent: emit = () => undefined, signal, models } = options;
  const { cwd, data, folder, cacheFolder, weightsFolder, planned } = await openComparison(asked, options);
  checkArgument("task", task, wholeNumber(1, planned.length));
  const run = planned[task - 1] as PlannedRun;
  await makeComparisonFolder(folder);
  await agreeOnPlan(folder, planned, cwd);
  await requireSameSettings(run, cwd);
  if (isFinished(run.folder)) return openRun(run.folder, { cwd, models });
  if (existsSync(run.folder)) {
    // Started again on another machine, a task finds the lock of itself.
    const patience = { onWait: () => emit({ type: "comparison run held", run }), signal };
    await (await lockFolder(run.folder, patience)).release();
  }
  emit({ type: "comparison run", run, position: task, of: planned.length });
  let refusal: unknown;
  const checkImages = (sha256: string) =>
    agreeOnImages(folder, sha256, { data }).catch((thrown: unknown) => {
      refusal = thrown;
      throw thrown;
    });
  const places = { cwd, cacheFolder, weightsFolder, models, frozenProtocol: options.frozenProtocol };
  return trainPlanned(run, { ...places, signal, onEvent: emit, checkImages }).catch((thrown: unknown) => {
    throw refusal ?? thrown;
  });
}

function stateOf({ folder }: PlannedRun): PlannedTask["state"] {
  if (isFinished(folder)) return "finished";
  return existsSync(runPaths(folder).args) ? "begun" : "to do";
}
