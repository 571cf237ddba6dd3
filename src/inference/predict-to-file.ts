// Scores into a file that is there when it is whole: stopped or killed, the same call goes on where it was, and repeats nothing when it is
// done. So it suits tasks of an array job that are started again.
import { type FileHandle, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import {
  aFraction,
  aFunction,
  anObject,
  aPath,
  aSignal,
  checkOptions,
  type OptionRules,
  wholeNumber,
} from "../core/check-options.js";
import { renameDurably } from "../core/durable-folder.js";
import { AppError, messageOf } from "../core/errors.js";
import { type FolderLock, lockFolder } from "../core/folder-lock.js";
import { madeFolder } from "../core/output-folder.js";
import { defaultImageLimits } from "../images/image-limits.js";
import { aPixelLimit } from "../images/pixel-limit.js";
import type { Classifier, FoundImages } from "./classifier.js";
import type { PredictOptions } from "./predict-options.js";
import type { Result } from "./result.js";
import { csvFormat, type ResultFormat } from "./result-format.js";
import { type ResultTally, tallied } from "./result-tally.js";
import {
  beginning,
  readScoresState,
  type ScoresMade,
  type ScoresPlaces,
  type ScoresState,
  scoresPlaces,
  writeScoresState,
} from "./scores-state.js";

/** Where scores are written, and how. */
export interface PredictToFileOptions extends Pick<PredictOptions, "threshold" | "batchSize" | "maxPixels" | "signal"> {
  /** It does not exist before all rows are written; until then, and for later, there is a folder beside it that ends in `.state`. */
  readonly file: string;
  /** Default comma-separated values. */
  readonly format?: ResultFormat | undefined;
  /** Told of every image that this call scores, with its traits where the model has something to compare them with. */
  readonly onResult?: ((result: Result) => void) | undefined;
  /** Told after every image. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told once where another process has the file and cannot be seen; in a minute at most it is known whether that lives. */
  readonly onWait?: (() => void) | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
}

/** What the file holds. */
export interface ScoresFile extends ResultTally {
  /** Absolute. */
  readonly file: string;
  /** Images that earlier calls had scored. */
  readonly before: number;
}

const optionRules: OptionRules<PredictToFileOptions> = {
  file: aPath,
  threshold: aFraction,
  batchSize: wholeNumber(1, 1024),
  maxPixels: aPixelLimit,
  signal: aSignal,
  format: anObject,
  onResult: aFunction,
  onProgress: aFunction,
  onWait: aFunction,
  cwd: aPath,
};

/** Work of more than this is not lost with the process. */
const keepEveryMs = 2000;

/**
 * @param images what `findImages` or `shardOf` gave
 * @throws AppError as `Classifier.predict`; RUN_FOLDER_TAKEN for a file that is there and was not made so; RUN_SETTINGS_CHANGED where it was
 *   made by another model, of other images or with other options; RUN_FOLDER_LOCKED where another process makes it; FILE_UNWRITABLE
 */
export async function predictToFile(
  classifier: Classifier,
  images: FoundImages,
  options: PredictToFileOptions,
): Promise<ScoresFile> {
  checkOptions("predictToFile", options, optionRules, ["file"]);
  const { cwd = process.cwd(), onWait = () => undefined, signal } = options;
  const places = scoresPlaces(resolve(cwd, options.file));
  if ((await sizeOf(places.file)) !== null && (await sizeOf(places.state)) === null) throw taken(places.file);
  await madeFolder(places.folder, "folder beside the file of scores");
  const lock = await lockFolder(places.folder, { onWait, signal });
  try {
    return await score(classifier, images, options, places, lock);
  } finally {
    await lock.release();
  }
}

async function score(
  classifier: Classifier,
  images: FoundImages,
  options: PredictToFileOptions,
  places: ScoresPlaces,
  lock: FolderLock,
): Promise<ScoresFile> {
  const { format = csvFormat, onProgress, onResult, signal, batchSize = 4 } = options;
  const { threshold = classifier.contract.threshold.value, maxPixels = defaultImageLimits.maxPixels } = options;
  const { from, to } = images.range ?? { from: 0, to: images.count };
  const scored = { model: classifier.sha256, images: images.sha256, from, to, threshold, batchSize, maxPixels };
  const made: ScoresMade = { ...scored, format: format.name };
  const total = to - from;
  const saved = await readScoresState(places, made);
  const [fileBytes, rowsBytes] = [await sizeOf(places.file), await sizeOf(places.rows)];
  if (fileBytes !== null) {
    if (rowsBytes !== null || saved.done !== total || fileBytes !== saved.bytes) throw taken(places.file);
    return { file: places.file, before: total, ...saved.tally };
  }
  // Without the rows that the state tells of, the work begins again.
  const hasRows = rowsBytes !== null && rowsBytes >= saved.bytes && saved.done <= total;
  const start = hasRows ? saved : beginning(made);
  const rows = await RowsFile.open(places, start, { head: from === 0 ? format.head : "", lock });
  let { done, tally } = start;
  let keptMs = performance.now();
  try {
    const rest = { ...images, count: total - done, range: { from: from + done, to } };
    const traits = onResult !== undefined && classifier.contract.reference !== undefined;
    for await (const result of classifier.predict(rest, { threshold, batchSize, maxPixels, signal, traits })) {
      onResult?.(result);
      rows.add(format.row(result));
      tally = tallied(tally, result);
      done++;
      onProgress?.(done, total);
      if (done % batchSize !== 0) continue;
      rows.endBatch({ made, done, tally });
      if (performance.now() - keptMs < keepEveryMs) continue;
      await rows.keep();
      keptMs = performance.now();
    }
    rows.endBatch({ made, done, tally });
    await rows.keep();
  } catch (thrown) {
    if (signal?.aborted === true) await rows.keep();
    throw thrown;
  } finally {
    await rows.close();
  }
  await lock.requireHeld();
  await unwritable(places.file, renameDurably(places.rows, places.file));
  return { file: places.file, before: start.done, ...tally };
}

const taken = (file: string): AppError =>
  new AppError("RUN_FOLDER_TAKEN", {
    place: file,
    rule: "scores go into a new file",
    received: "one that is there, and was not made so or was changed since",
    remedy: "Choose another, or delete it",
  });

/** Rows that outlive the process, and a power cut, from one `keep` to the next; those of a batch all or none, so that batches stay what they are. */
class RowsFile {
  readonly #places: ScoresPlaces;
  readonly #file: FileHandle;
  readonly #lock: FolderLock;
  #bytes: number;
  #ofBatch: string[] = [];
  /** Rows of whole batches, and the state that tells of them. */
  #ready: string[] = [];
  #state: Omit<ScoresState, "bytes"> | undefined;

  private constructor(places: ScoresPlaces, file: FileHandle, bytes: number, lock: FolderLock) {
    this.#places = places;
    this.#file = file;
    this.#bytes = bytes;
    this.#lock = lock;
  }

  /** What was written after the state was kept is taken away. */
  static async open(
    places: ScoresPlaces,
    { bytes }: ScoresState,
    { head, lock }: { readonly head: string; readonly lock: FolderLock },
  ): Promise<RowsFile> {
    const file = await unwritable(places.rows, open(places.rows, "a"));
    await unwritable(places.rows, file.truncate(bytes));
    const rows = new RowsFile(places, file, bytes, lock);
    if (bytes === 0) rows.add(head);
    return rows;
  }

  add(text: string): void {
    this.#ofBatch.push(text);
  }

  endBatch(state: Omit<ScoresState, "bytes">): void {
    this.#ready.push(...this.#ofBatch);
    this.#ofBatch = [];
    this.#state = state;
  }

  /** First the rows, then the state that tells of them. @throws AppError FILE_UNWRITABLE, RUN_FOLDER_LOCKED */
  async keep(): Promise<void> {
    if (this.#state === undefined) return;
    await this.#lock.requireHeld();
    const bytes = Buffer.from(this.#ready.join(""));
    this.#ready = [];
    await unwritable(this.#places.rows, this.#file.appendFile(bytes));
    await unwritable(this.#places.rows, this.#file.datasync());
    this.#bytes += bytes.length;
    await writeScoresState(this.#places, { ...this.#state, bytes: this.#bytes });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Null where there is none. */
const sizeOf = async (path: string): Promise<number | null> =>
  stat(path).then(
    ({ size }) => size,
    () => null,
  );

/** @throws AppError FILE_UNWRITABLE */
async function unwritable<T>(place: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const facts = { place, rule: `cannot be written: ${messageOf(thrown)}`, remedy: "Free space or make it writable" };
    throw new AppError("FILE_UNWRITABLE", facts, { cause: thrown });
  }
}
