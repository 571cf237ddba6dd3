// Several models on the same images: finished runs put side by side, or trained first where they are missing.
import { basename, join, resolve } from "node:path";
import { removeTemporaries } from "../../core/atomic-file.js";
import {
  aListOfPaths,
  anObject,
  aPath,
  checkArgument,
  checkOptions,
  type OptionRules,
} from "../../core/check-options.js";
import { AppError } from "../../core/errors.js";
import { lockFileName, lockFolder } from "../../core/folder-lock.js";
import { madeFolder, makeOutputFolder } from "../../core/output-folder.js";
import { defaultCacheFolder } from "../../dataset/load-images.js";
import { openDataset } from "../../dataset/open-dataset.js";
import { weightsCacheFolder } from "../../interchange/weight-download/pretrained-cache.js";
import { examineProcessor } from "../../machine/processor.js";
import type { ComparisonInput, MissingRuns } from "../../report/comparison/comparison-input.js";
import { type ComparisonTable, comparisonNotes, comparisonTables } from "../../report/comparison/comparison-tables.js";
import { comparisonFiles, writeComparison } from "../../report/comparison/write-comparison.js";
import { isFinished, readSavedRun } from "../saved-run.js";
import { type RunOptions, runOptionRules } from "../train.js";
import type { ComparisonEvent } from "./comparison-events.js";
import { foreseeFailures } from "./foresee-failures.js";
import { gatherComparison } from "./gather.js";
import { type ComparisonSettings, type PlannedRun, planRuns } from "./plan.js";
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

/** Places, clock and ears of a comparison. */
export interface CompareOptions extends Omit<RunOptions, "onEvent"> {
  /** Told of everything that goes on. */
  readonly onEvent?: ((event: ComparisonEvent) => void) | undefined;
  /** Where comparison.html, .md, .csv and figures/ go: a new or empty folder, nowhere by default. */
  readonly folder?: string | undefined;
}

const compareRules: OptionRules<CompareOptions> = { ...runOptionRules, folder: aPath };

/**
 * Puts finished runs side by side.
 * @param runs their folders
 * @throws AppError FILE_MISSING, RUN_FILE_INVALID, PREDICTIONS_INVALID naming the run; EVALUATION_INPUT, DATASET_CHANGED or
 *   OPTION_INVALID where the runs do not belong together; RUN_FOLDER_TAKEN
 */
export async function compareRuns(runs: readonly string[], options: CompareOptions = {}): Promise<RunComparison> {
  checkArgument("runs", runs, aListOfPaths);
  checkOptions("compareRuns", options, compareRules);
  const cwd = options.cwd ?? process.cwd();
  const folder = options.folder === undefined ? null : resolve(cwd, options.folder);
  if (folder !== null) await makeOutputFolder(folder);
  return conclude(
    runs.map((run) => resolve(cwd, run)),
    [],
    folder,
    options,
  );
}

/**
 * Trains every model with every seed, each in a run folder inside the comparison's folder, then compares them. The same
 * call again goes on where it was stopped and repeats nothing. Trainings that fail are listed under `missing`.
 * @param also finished runs that are compared as well
 * @throws AppError as `train` and `compareRuns`; RUN_SETTINGS_CHANGED where the folder holds runs made with other settings
 */
export async function trainAndCompare(
  asked: ComparisonSettings,
  options: CompareOptions & { readonly also?: readonly string[] } = {},
): Promise<RunComparison> {
  checkArgument("settings", asked, anObject);
  checkArgument("data", asked.data, aPath);
  checkOptions("trainAndCompare", options, { ...compareRules, also: aListOfPaths });
  const { cwd = process.cwd(), onEvent: emit = () => undefined, also = [] } = options;
  const data = resolve(cwd, asked.data);
  await openDataset(data); // what is mistyped leaves no folder behind
  const folder = resolve(cwd, options.folder ?? join("comparisons", `${basename(data)}-${asked.protocol ?? "sound"}`));
  const planned = planRuns(folder, asked, { cwd, processor: await examineProcessor(), models: options.models });
  await openFolder(folder);
  const lock = await lockFolder(folder);
  try {
    await removeTemporaries(folder);
    const cacheFolder = resolve(cwd, options.cacheFolder ?? defaultCacheFolder);
    const weightsFolder = options.weightsFolder ?? weightsCacheFolder(process.env);
    for (const run of planned) await requireSameSettings(run, cwd);
    const finished = planned.filter((run) => isFinished(run.folder)).length;
    if (finished > 0) emit({ type: "checking images" });
    await requireSameImages(planned, cacheFolder, cwd);
    const models = new Set(planned.map(({ entry }) => entry)).size;
    emit({ type: "comparison start", folder, models, seeds: planned.length / models, runs: planned.length, finished });
    const failures = await foreseeFailures(planned, weightsFolder);
    if (failures.length > 0) emit({ type: "foreseen", failures });
    const { signal, models: known } = options;
    const failed = await trainMissing(planned, { cwd, cacheFolder, weightsFolder, signal, emit, models: known });
    // The images may have changed while others trained.
    if (finished < planned.length) await requireSameImages(planned, cacheFolder, cwd);
    const isThere = (run: PlannedRun) => failed.every((other) => other.folder !== run.folder);
    const folders = [
      ...also.map((run) => resolve(cwd, run)),
      ...inModelOrder(planned)
        .filter(isThere)
        .map((run) => run.folder),
    ];
    return await conclude(folders, failed, folder, options);
  } finally {
    await lock.release();
  }
}

/** Rows stand in the order in which the models were named, whichever of their seeds failed. */
const inModelOrder = (planned: readonly PlannedRun[]): readonly PlannedRun[] => {
  const entries = [...new Set(planned.map(({ entry }) => entry))];
  return entries.flatMap((entry) => planned.filter((run) => run.entry === entry));
};

/** @throws AppError COMPARISON_INCOMPLETE where every training failed */
async function conclude(
  folders: readonly string[],
  failed: readonly UnfinishedRun[],
  folder: string | null,
  { cwd = process.cwd(), cacheFolder = defaultCacheFolder, onEvent, models }: CompareOptions,
): Promise<RunComparison> {
  const missing = missingRuns(failed);
  if (folders.length === 0) {
    throw new AppError("COMPARISON_INCOMPLETE", {
      place: folder ?? cwd,
      rule: "at least one run of a comparison should finish",
      received: missing.length === 0 ? "no run" : missing.map(({ title, reason }) => `${title}: ${reason}`).join("; "),
      remedy: "Mend the cause and compare again",
    });
  }
  const runs = await Promise.all(folders.map((run) => readSavedRun(run, { cwd, models })));
  onEvent?.({ type: "comparing" });
  const input = await gatherComparison(runs, {
    name: folder === null ? "finished runs" : basename(folder),
    createdAt: new Date(),
    cacheFolder: resolve(cwd, cacheFolder),
    missing,
  });
  const page = folder === null ? null : await writeComparison(folder, input);
  return { ...input, tables: comparisonTables(input), remarks: comparisonNotes(input), page };
}

/** Seeds of a model mostly fail alike: each reason once. */
function missingRuns(failed: readonly UnfinishedRun[]): readonly MissingRuns[] {
  const groups = new Map<string, MissingRuns>();
  for (const { entry, settings, reason } of failed) {
    const key = `${entry.title}\n${reason}`;
    groups.set(key, { title: entry.title, seeds: [...(groups.get(key)?.seeds ?? []), settings.seed], reason });
  }
  return [...groups.values()];
}

/** The comparison's own folder, new or made before. @throws AppError FILE_UNWRITABLE, RUN_FOLDER_TAKEN */
async function openFolder(folder: string): Promise<void> {
  const own: ReadonlySet<string> = new Set(["runs", "figures", ...comparisonFiles]);
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
