// Trains what a comparison lacks, one run after the other: finished runs stay, unfinished ones go on from their last
// epoch. A run that fails is told and the others go on.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { AppError, messageOf } from "../../core/errors.js";
import { createRunFolderAt, runPaths } from "../../core/run-folder.js";
import type { Run } from "../run.js";
import { isFinished } from "../saved-run.js";
import { type PlannedRunOptions, type RunOptions, resumeIn, trainIn } from "../train.js";
import { textWithoutPaths } from "../without-paths.js";
import type { ComparisonEvent } from "./comparison-events.js";
import type { PlannedRun } from "./plan.js";

export interface UnfinishedRun extends PlannedRun {
  /** In one line without paths, beginning with the error's code if it has one: the comparison publishes it. */
  readonly reason: string;
}

export type TrainMissingOptions = Omit<RunOptions, "onEvent"> & { readonly emit: (event: ComparisonEvent) => void };

/** @throws AppError TRAINING_INTERRUPTED when stopped, DATASET_CHANGED where a run cannot go on with the images that are there */
export async function trainMissing(
  runs: readonly PlannedRun[],
  { emit, ...options }: TrainMissingOptions,
): Promise<readonly UnfinishedRun[]> {
  const failed: UnfinishedRun[] = [];
  for (const run of runs.filter(({ folder }) => !isFinished(folder))) {
    emit({ type: "comparison run", run, position: runs.indexOf(run) + 1, of: runs.length });
    try {
      const result = await trainPlanned(run, { ...options, onEvent: emit });
      emit({ type: "comparison run end", run, result });
    } catch (thrown) {
      if (endsAll(thrown)) throw thrown;
      emit({ type: "comparison run failed", run, error: thrown });
      failed.push({ ...run, reason: reasonOf(thrown, run, options) });
    }
  }
  return failed;
}

/** @throws AppError as `train`; TRAINING_INTERRUPTED and DATASET_CHANGED in the words of a comparison */
export async function trainPlanned({ folder, settings }: PlannedRun, options: PlannedRunOptions): Promise<Run> {
  const { data, threads, device } = settings;
  try {
    if (!existsSync(runPaths(folder).args)) return await trainIn(settings, options, () => createRunFolderAt(folder));
    return await resumeIn(folder, options, (saved) => ({ ...saved, data, threads, device }));
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const place = relative(options.cwd ?? process.cwd(), folder);
    if (thrown.code === "TRAINING_INTERRUPTED") {
      const rule = "the comparison was stopped";
      const remedy = "The finished runs and epochs are kept: start the same comparison again to go on";
      throw new AppError(thrown.code, { place, rule, remedy }, { cause: thrown });
    }
    if (thrown.code !== "DATASET_CHANGED") throw thrown;
    throw new AppError(
      thrown.code,
      {
        place: data,
        rule: `${place} began with other images than are there now`,
        remedy: "Restore them, delete this run's folder to train it again, or start another comparison",
      },
      { cause: thrown },
    );
  }
}

/** Stops and changed data concern every run; anything else only its own. */
function endsAll(thrown: unknown): boolean {
  if (thrown instanceof Error && thrown.name === "AbortError") return true;
  return thrown instanceof AppError && (thrown.code === "TRAINING_INTERRUPTED" || thrown.code === "DATASET_CHANGED");
}

function reasonOf(thrown: unknown, { settings, folder }: PlannedRun, options: RunOptions): string {
  const { cacheFolder = "", weightsFolder = "", cwd = process.cwd() } = options;
  const places = [settings.data, settings.weights, folder, cacheFolder, weightsFolder, cwd];
  const text = textWithoutPaths(messageOf(thrown), places);
  return (thrown instanceof AppError ? `${thrown.code}: ${text}` : text).replace(/\s+/g, " ");
}
