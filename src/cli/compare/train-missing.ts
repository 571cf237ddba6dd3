// Trains what a comparison lacks, one run after the other: finished runs stay, unfinished ones go on from their last
// epoch. A run that fails is reported and the others go on.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { AppError, messageOf } from "../../core/errors.js";
import { readJson } from "../../core/json-file.js";
import { createRunFolderAt, reopenRunFolder, runPaths } from "../../core/run-folder.js";
import { formatValue } from "../../evaluation/estimate.js";
import { counted } from "../../report/numbers.js";
import { reportFailure } from "../failure.js";
import { parseRunArguments } from "../run/run-arguments.js";
import { trainToEnd } from "../run/run-training.js";
import { textWithoutPaths } from "../run/without-paths.js";
import { printNote, type Terminal } from "../terminal.js";
import type { PlannedRun } from "./plan.js";
import { isFinished } from "./saved-run.js";

export interface FailedRun extends PlannedRun {
  /** In one line without paths, beginning with the error's code if it has one: the comparison publishes it. */
  readonly reason: string;
}

export interface TrainMissingOptions {
  readonly cacheFolder: string;
  readonly terminal: Terminal;
}

/** @throws AppError TRAINING_INTERRUPTED at Ctrl-C, DATASET_CHANGED where a run cannot go on with the images that are there */
export async function trainMissing(
  runs: readonly PlannedRun[],
  options: TrainMissingOptions,
): Promise<readonly FailedRun[]> {
  const { terminal } = options;
  const missing = runs.filter(({ folder }) => !isFinished(folder));
  const done = runs.length - missing.length;
  if (done > 0) printNote(terminal, `${counted(done, "run")} of ${runs.length} finished before`);
  const failed: FailedRun[] = [];
  for (const run of missing) {
    const what = `${run.entry.title}, seed ${run.args.seed}`;
    printNote(terminal, `\nRun ${runs.indexOf(run) + 1} of ${runs.length}: ${what}`);
    try {
      const { test } = await trainRunOf(run, options);
      const { accuracy, auc } = test.metrics;
      printNote(terminal, `${what}: accuracy ${formatValue(accuracy.value)}, AUC ${formatValue(auc.value)}`);
    } catch (thrown) {
      if (endsAll(thrown)) throw thrown;
      reportFailure(thrown, terminal);
      failed.push({ ...run, reason: reasonOf(thrown, run, options) });
    }
  }
  return failed;
}

async function trainRunOf(run: PlannedRun, { cacheFolder, terminal }: TrainMissingOptions) {
  const { folder } = run;
  const paths = runPaths(folder);
  const resume = existsSync(paths.args);
  const { data, threads, device } = run.args;
  const args = resume ? { ...(await readJson(paths.args, parseRunArguments)), data, threads, device } : run.args;
  try {
    return await trainToEnd({
      args,
      makeFolder: () => (resume ? reopenRunFolder(folder) : createRunFolderAt(folder)),
      resume,
      cacheFolder,
      terminal,
    });
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const place = relative(terminal.cwd, folder);
    if (thrown.code === "TRAINING_INTERRUPTED") {
      const message = `${place}: stopped. The finished runs and epochs are kept; the same command goes on from there.`;
      throw new AppError(thrown.code, message, { cause: thrown });
    }
    if (thrown.code !== "DATASET_CHANGED") throw thrown;
    throw new AppError(
      thrown.code,
      `${data}: ${place} began with other images than are there now. Restore them, delete this run's folder to train it again, or start another comparison with --out.`,
      { cause: thrown },
    );
  }
}

/** Stops and changed data concern every run; anything else only its own. */
function endsAll(thrown: unknown): boolean {
  if (thrown instanceof Error && thrown.name === "AbortError") return true;
  return thrown instanceof AppError && (thrown.code === "TRAINING_INTERRUPTED" || thrown.code === "DATASET_CHANGED");
}

function reasonOf(thrown: unknown, { args, folder }: PlannedRun, options: TrainMissingOptions): string {
  const { cacheFolder, terminal } = options;
  const places = [args.data, args.weights, folder, cacheFolder, terminal.cwd];
  const text = textWithoutPaths(messageOf(thrown), places);
  return (thrown instanceof AppError ? `${thrown.code}: ${text}` : text).replace(/\s+/g, " ");
}
