// Everything about one training is one folder. This file knows its name and its files' names, makes it so that nothing
// is ever overwritten, and holds its lock while a run writes to it. What is in the files, others know.
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { removeTemporaries, temporaryEnd } from "./atomic-file.js";
import { makeFolderDurably, syncFolder } from "./durable-folder.js";
import { AppError, messageOf, systemCodeOf } from "./errors.js";
import { type FolderLock, lockFileName, lockFolder } from "./folder-lock.js";

/** Paths of everything in a run folder. */
export interface RunPaths {
  readonly folder: string;
  readonly args: string;
  readonly environment: string;
  readonly splits: string;
  readonly history: string;
  readonly predictions: string;
  readonly metrics: string;
  readonly provenance: string;
  /** What the training images look like, in numbers. */
  readonly trainingSet: string;
  readonly report: string;
  readonly modelCard: string;
  readonly figures: string;
  /** The best weights as a model that needs no training engine. */
  readonly onnx: string;
  readonly weights: string;
  readonly bestWeights: string;
  readonly lastWeights: string;
  /** The checkpoint before the last one, for when that is damaged. */
  readonly previousWeights: string;
  /** What fine-tuning started from. */
  readonly fineTuneStart: string;
}

/** A run folder that this process holds. */
export interface RunFolder {
  readonly paths: RunPaths;
  /** Before anything is replaced. @throws AppError RUN_FOLDER_LOCKED when another process has taken the folder over */
  requireHeld(): Promise<void>;
  /** Gives the lock back; call it in `finally`. */
  release(): Promise<void>;
}

/** The names of a run folder's files; nothing is made or checked. */
export function runPaths(folder: string): RunPaths {
  const weights = join(folder, "weights");
  return {
    folder,
    args: join(folder, "args.json"),
    environment: join(folder, "env.json"),
    splits: join(folder, "splits.csv"),
    history: join(folder, "history.csv"),
    predictions: join(folder, "predictions.csv"),
    metrics: join(folder, "metrics.json"),
    provenance: join(folder, "provenance.json"),
    trainingSet: join(folder, "training-set.json"),
    report: join(folder, "report.html"),
    modelCard: join(folder, "model-card.md"),
    figures: join(folder, "figures"),
    onnx: join(folder, "model.onnx"),
    weights,
    bestWeights: join(weights, "best.h5"),
    lastWeights: join(weights, "last.h5"),
    previousWeights: join(weights, "previous.h5"),
    fineTuneStart: join(weights, "before-fine-tuning.h5"),
  };
}

/** The beginning of a run folder's name, e.g. `custom-sound-2026-11-23` (local date). */
export function runStem(model: string, protocol: string, now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${model}-${protocol}-${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/**
 * Makes and locks `root/stem-N`, N the smallest number from 1 on that is above every one in use.
 * @throws AppError FILE_UNWRITABLE when the folder cannot be made
 */
export async function createRunFolder(root: string, stem: string): Promise<RunFolder> {
  await makeFolder(root);
  for (let number = (await highestNumber(root, stem)) + 1; ; number++) {
    const folder = join(root, `${stem}-${number}`);
    try {
      await mkdir(folder);
      await syncFolder(root);
    } catch (thrown) {
      if (systemCodeOf(thrown) === "EEXIST") continue;
      throw unwritable(folder, thrown);
    }
    return hold(folder);
  }
}

/**
 * Makes (or takes, when it is empty) and locks exactly this folder.
 * @throws AppError RUN_FOLDER_TAKEN when it holds anything, RUN_FOLDER_LOCKED, FILE_UNWRITABLE
 */
export async function createRunFolderAt(folder: string): Promise<RunFolder> {
  await makeFolder(folder);
  return hold(folder, async () => {
    const entries = await filledEntries(folder);
    if (entries.length === 0) return;
    throw new AppError("RUN_FOLDER_TAKEN", {
      place: folder,
      rule: "a new run needs a new or empty folder",
      received: `${entries.length} entries (${entries[0]}, …)`,
      remedy: "Choose another, or resume the run in it",
    });
  });
}

/**
 * Locks an existing run's folder to continue it.
 * @throws AppError FILE_MISSING when there is no run in it, RUN_FOLDER_LOCKED, FILE_UNWRITABLE
 */
export async function reopenRunFolder(folder: string): Promise<RunFolder> {
  const { args } = runPaths(folder);
  const isRun = await stat(args).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isRun) {
    throw new AppError("FILE_MISSING", {
      place: folder,
      rule: "there is no run to resume: args.json is not there",
      remedy: "Give the folder that a training made",
    });
  }
  return hold(folder);
}

/** Locks the folder, checks it under the lock, and makes its inner folders. */
async function hold(folder: string, check?: () => Promise<void>): Promise<RunFolder> {
  const lock: FolderLock = await lockFolder(folder);
  const paths = runPaths(folder);
  try {
    await check?.();
    await makeFolder(paths.weights);
    await makeFolder(paths.figures);
    for (const inside of [folder, paths.weights, paths.figures]) await removeTemporaries(inside);
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
  return { paths, requireHeld: () => lock.requireHeld(), release: () => lock.release() };
}

/** What lies in the folder, less what a run killed at its very beginning leaves: lock, empty folders, unfinished files. */
async function filledEntries(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const isEmpty = await Promise.all(
    entries.map(async (entry) => entry.isDirectory() && (await readdir(join(folder, entry.name))).length === 0),
  );
  const isLeft = (name: string) => name.startsWith(lockFileName) || temporaryEnd.test(name);
  return entries.filter(({ name }, i) => !isLeft(name) && !isEmpty[i]).map(({ name }) => name);
}

async function highestNumber(root: string, stem: string): Promise<number> {
  const numbers = (await readdir(root))
    .filter((name) => name.startsWith(`${stem}-`))
    .map((name) => Number(name.slice(stem.length + 1)))
    .filter((number) => Number.isInteger(number) && number > 0);
  return Math.max(0, ...numbers);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolderDurably(folder);
  } catch (thrown) {
    throw unwritable(folder, thrown);
  }
}

function unwritable(folder: string, cause: unknown): AppError {
  return new AppError(
    "FILE_UNWRITABLE",
    {
      place: folder,
      rule: `the run folder cannot be made: ${messageOf(cause)}`,
      remedy: "Choose another place, or make it writable",
    },
    { cause },
  );
}
