// Several models on the same images: finished runs put side by side, or trained first where they are missing.
import { basename, join, resolve } from "node:path";
import { throwIfAborted } from "../../core/aborted.js";
import { removeTemporaries } from "../../core/atomic-file.js";
import {
  aListOfPaths,
  aPath,
  checkArgument,
  checkOptions,
  type OptionRule,
  type OptionRules,
} from "../../core/check-options.js";
import { AppError } from "../../core/errors.js";
import { lockFolder } from "../../core/folder-lock.js";
import { makeOutputFolder } from "../../core/output-folder.js";
import { foldText } from "../../dataset/folds.js";
import { defaultCacheFolder } from "../../dataset/load-images.js";
import type { ComparisonInput, MissingRuns } from "../../report/comparison/comparison-input.js";
import { type ComparisonTable, comparisonNotes, comparisonTables } from "../../report/comparison/comparison-tables.js";
import { writeComparison } from "../../report/comparison/write-comparison.js";
import { isFinished, readSavedRun, type SavedRun } from "../saved-run.js";
import { protocolFor } from "../test-ledger/begin-protocol.js";
import { type RunOptions, runOptionRules } from "../train.js";
import type { ComparisonEvent } from "./comparison-events.js";
import { foreseeFailures } from "./foresee-failures.js";
import { gatherComparison, requireOneTest } from "./gather.js";
import { makeComparisonFolder, openComparison } from "./open-comparison.js";
import type { ComparisonSettings, PlannedRun } from "./plan.js";
import { readingNotes } from "./reading-notes.js";
import { trainMissing, type UnfinishedRun } from "./train-missing.js";
import { requireSameImages, requireSameSettings } from "./unchanged.js";

/** Everything that was found; the tables, figures and pages are made of it. */
export interface RunComparison extends ComparisonInput {
  /** The comparison as cells of text, table by table, and what belongs under them. */
  readonly tables: readonly ComparisonTable[];
  readonly remarks: readonly string[];
  /** The absolute path of comparison.html; null where nothing was written. */
  readonly page: string | null;
}

/** Where finished runs' comparison reads and writes, what it tells and what stops it. */
export interface CompareOptions extends Omit<RunOptions, "onEvent" | "weightsFolder"> {
  /** Told of everything that goes on. */
  readonly onEvent?: ((event: ComparisonEvent) => void) | undefined;
  /** Where comparison.html, .md, .csv and figures/ go: a new or empty folder, nowhere by default. */
  readonly folder?: string | undefined;
}

/** As `CompareOptions`, for models that are trained first. */
export interface TrainAndCompareOptions extends CompareOptions {
  /** Where fetched weights lie; default as `weights fetch` keeps them. */
  readonly weightsFolder?: string | undefined;
  /** Finished runs that are compared as well. */
  readonly also?: readonly string[] | undefined;
}

const { weightsFolder: weightsRule, ...commonRules } = runOptionRules;
const compareRules: OptionRules<CompareOptions> = { ...commonRules, folder: aPath };
const trainAndCompareRules: OptionRules<TrainAndCompareOptions> = {
  ...compareRules,
  weightsFolder: weightsRule,
  also: aListOfPaths,
};

/**
 * Puts finished runs side by side.
 * @param runs their folders
 * @throws AppError FILE_MISSING, RUN_FILE_INVALID, PREDICTIONS_INVALID naming the run; EVALUATION_INPUT, DATASET_CHANGED or
 *   OPTION_INVALID where the runs do not belong together; RUN_FOLDER_TAKEN
 */
export async function compareRuns(runs: readonly string[], options: CompareOptions = {}): Promise<RunComparison> {
  checkArgument("runs", runs, someRuns);
  checkOptions("compareRuns", options, compareRules);
  const cwd = options.cwd ?? process.cwd();
  const folder = options.folder === undefined ? null : resolve(cwd, options.folder);
  const finished = await finishedRuns(runs, options);
  if (folder !== null) await makeOutputFolder(folder);
  return conclude(finished, { failed: [], folder, data: undefined }, options);
}

const someRuns: OptionRule = {
  rule: "a list of at least one run folder",
  holds: (value) => aListOfPaths.holds(value) && (value as readonly string[]).length > 0,
};

/** @throws AppError as `readSavedRun`; DATASET_CHANGED where they were tested on different images */
async function finishedRuns(
  runs: readonly string[],
  { cwd = process.cwd(), models, frozenProtocol }: CompareOptions,
): Promise<readonly SavedRun[]> {
  const saved = await Promise.all(runs.map((run) => readSavedRun(resolve(cwd, run), { cwd, models })));
  for (const { settings } of saved) await protocolFor(settings, { frozenProtocol, cwd });
  requireOneTest(saved);
  return saved;
}

/**
 * Trains every model with every seed, each in a run folder inside the comparison's folder, then compares them. The same
 * call again goes on where it was stopped and repeats nothing. Trainings that fail are listed under `missing`.
 * @throws AppError as `train` and `compareRuns`; RUN_SETTINGS_CHANGED where the folder holds runs made with other settings
 */
export async function trainAndCompare(
  asked: ComparisonSettings,
  options: TrainAndCompareOptions = {},
): Promise<RunComparison> {
  checkOptions("trainAndCompare", options, trainAndCompareRules);
  const { onEvent: emit = () => undefined, signal, models: known } = options;
  const opened = await openComparison(asked, options);
  const { cwd, data, folder, cacheFolder, planned } = opened;
  for (const { settings } of planned) await protocolFor(settings, options);
  const also = await finishedRuns(options.also ?? [], options);
  await makeComparisonFolder(folder);
  const lock = await lockFolder(folder);
  try {
    for (const inside of [folder, join(folder, "figures")]) await removeTemporaries(inside);
    for (const run of planned) await requireSameSettings(run, cwd);
    const finished = planned.filter((run) => isFinished(run.folder)).length;
    if (finished > 0) emit({ type: "checking images" });
    await requireSameImages(planned, cacheFolder, cwd);
    const models = new Set(planned.map(({ entry }) => entry)).size;
    const { folds = null } = asked;
    const seeds = planned.length / models / (folds ?? 1);
    emit({ type: "comparison start", folder, models, seeds, folds, runs: planned.length, finished });
    const failures = await foreseeFailures(planned, opened.weightsFolder);
    if (failures.length > 0) emit({ type: "foreseen", failures });
    const { frozenProtocol } = options;
    const places = { cwd, cacheFolder, weightsFolder: opened.weightsFolder, frozenProtocol };
    const failed = await trainMissing(planned, { ...places, signal, emit, models: known });
    requireGoingOn(signal);
    // The images may have changed while others trained.
    if (finished < planned.length) await requireSameImages(planned, cacheFolder, cwd);
    // Without one of its folds a model's row would lack images.
    const isThere = ({ entry, settings }: PlannedRun) =>
      failed.every((other) => other.entry !== entry || other.settings.seed !== settings.seed);
    const trained = inModelOrder(planned).filter(isThere);
    const runs = await finishedRuns(
      trained.map((run) => run.folder),
      options,
    );
    return await conclude([...also, ...runs], { failed, folder, data }, options);
  } finally {
    await lock.release();
  }
}

/** Rows stand in the order in which the models were named, whichever of their seeds failed. */
const inModelOrder = (planned: readonly PlannedRun[]): readonly PlannedRun[] => {
  const entries = [...new Set(planned.map(({ entry }) => entry))];
  return entries.flatMap((entry) => planned.filter((run) => run.entry === entry));
};

const requireGoingOn = (signal: AbortSignal | undefined) => throwIfAborted(signal, "compare");

interface Conclusion {
  readonly failed: readonly UnfinishedRun[];
  /** Absolute; null where nothing is written. */
  readonly folder: string | null;
  /** Where the images lie now; undefined: where the first run found them. */
  readonly data: string | undefined;
}

/** @throws AppError COMPARISON_INCOMPLETE where every training failed; ABORTED */
async function conclude(
  runs: readonly SavedRun[],
  { failed, folder, data }: Conclusion,
  { cwd = process.cwd(), cacheFolder = defaultCacheFolder, onEvent, signal }: CompareOptions,
): Promise<RunComparison> {
  const missing = missingRuns(failed);
  if (runs.length === 0) {
    throw new AppError("COMPARISON_INCOMPLETE", {
      place: folder ?? cwd,
      rule: "at least one run of a comparison should finish",
      received: missing.length === 0 ? "no run" : missing.map(({ title, reason }) => `${title}: ${reason}`).join("; "),
      remedy: "Mend the cause and compare again",
    });
  }
  requireGoingOn(signal);
  onEvent?.({ type: "comparing" });
  const input = await gatherComparison(runs, {
    name: folder === null ? "finished runs" : basename(folder),
    createdAt: new Date(),
    cacheFolder: resolve(cwd, cacheFolder),
    missing,
    data,
    readings: await readingNotes(runs, resolve(cwd, cacheFolder)),
  });
  requireGoingOn(signal);
  const page = folder === null ? null : await writeComparison(folder, input);
  return { ...input, tables: comparisonTables(input), remarks: comparisonNotes(input), page };
}

/** Seeds of a model mostly fail alike: each reason once. */
function missingRuns(failed: readonly UnfinishedRun[]): readonly MissingRuns[] {
  const groups = new Map<string, MissingRuns>();
  for (const { entry, settings, reason: cause } of failed) {
    const reason = settings.fold === null ? cause : `Fold ${foldText(settings.fold)}: ${cause}`;
    const key = `${entry.title}\n${reason}`;
    groups.set(key, { title: entry.title, seeds: [...(groups.get(key)?.seeds ?? []), settings.seed], reason });
  }
  return [...groups.values()];
}
