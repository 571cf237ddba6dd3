// One writer per folder: a lock file that names the process holding it. A dead holder in our own PID namespace is noticed
// at once, so a run that was killed can be resumed without waiting; one elsewhere (another container, another machine, the
// time before a reboot) by its heartbeat that has stopped. Why not a package: docs/decisions/0007-run-folder-lock.md
import { randomBytes } from "node:crypto";
import { link, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { placeOnce } from "./create-once.js";
import { AppError, messageOf, systemCodeOf } from "./errors.js";
import type { HeartbeatData } from "./lock-heartbeat-worker.js";
import { isGone, ownIdentity, type ProcessIdentity } from "./process-space.js";

/** Name of the lock file inside the folder. */
export const lockFileName = ".lock";

/** A lock file written in two steps may be empty for a moment; after this it counts as left behind. */
const unfinishedLockMs = 10_000;

/** How often a holder shows that it lives, and after how long a silence it counts as dead to those who cannot see it. */
export const heartbeat = { everyMs: 5_000, silenceMs: 60_000 } as const;

export interface FolderLock {
  readonly path: string;
  /**
   * Call it before anything in the folder is replaced: a holder that was frozen for longer than the silence allowed may
   * have lost the folder to another.
   * @throws AppError RUN_FOLDER_LOCKED when the lock is not ours any more
   */
  requireHeld(): Promise<void>;
  /** Removes the lock file if it is still ours. Safe to call twice. */
  release(): Promise<void>;
}

interface Holder extends Omit<ProcessIdentity, "space"> {
  /** Null in locks of versions that had no heartbeat. */
  readonly space: string | null;
  /** ISO time at which the lock was taken. */
  readonly since: string;
}

/** How long a holder's sign of life is waited for. */
export interface Patience {
  /** Told once, where there is something to wait for. */
  readonly onWait: () => void;
  readonly signal?: AbortSignal | undefined;
}

/** How often a lock is looked at that is waited for. */
const lookEveryMs = 500;

/**
 * Takes the folder's lock. The folder must exist.
 * @param patience waits for the next sign of life of a holder that cannot be seen: one that was killed on another machine, and whose
 *   work is started again here, gives none. One that lives gives it within seconds
 * @throws AppError RUN_FOLDER_LOCKED when a living process holds it, or one that cannot be seen from here and has shown a
 *   sign of life in the last minute; FILE_UNWRITABLE when the folder does not let itself be written; the signal's reason
 */
export async function lockFolder(folder: string, patience?: Patience): Promise<FolderLock> {
  const path = join(folder, lockFileName);
  // The number at the end makes two locks of one process, taken in one millisecond, two texts.
  const holder = { ...ownIdentity(), since: new Date().toISOString(), token: randomBytes(8).toString("hex") };
  const text = `${JSON.stringify(holder)}\n`;
  let awaited: FoundLock | undefined;
  for (let attempt = 0; attempt < 20; attempt++) {
    const created = await createExclusively(path, text);
    if (created.isOurs) {
      await removeAsides(folder, created.nowMs);
      return held(folder, path, text);
    }
    const found = await readLock(path, created.nowMs);
    if (found === undefined) continue;
    if (found.isStale) {
      await removeStale(path, found.text);
      continue;
    }
    const hasShownLife = awaited !== undefined && (found.text !== awaited.text || found.signMs !== awaited.signMs);
    if (patience === undefined || hasShownLife || !givesSigns(found.holder)) throw lockedError(folder, found);
    if (awaited === undefined) patience.onWait();
    awaited = found;
    attempt = 0;
    await wait(lookEveryMs, undefined, { signal: patience.signal });
  }
  throw lockedError(folder, undefined);
}

function held(folder: string, path: string, text: string): FolderLock {
  const workerData: HeartbeatData = { path, text, everyMs: heartbeat.everyMs };
  const worker = new Worker(new URL("./lock-heartbeat-worker.js", import.meta.url), { workerData, execArgv: [] });
  worker.unref();
  worker.on("error", () => undefined); // without threads left the lock still holds where its process can be seen
  return {
    path,
    requireHeld: async () => {
      if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
      throw new AppError("RUN_FOLDER_LOCKED", {
        place: folder,
        rule: "the lock of this process is gone: the folder was taken over while the process stood still, or by hand",
        remedy: "Nothing more is written there; go on with the process that has it now, or resume later",
      });
    },
    release: async () => {
      worker.postMessage("end");
      await releaseLock(path, text);
    },
  };
}

interface FoundLock {
  readonly text: string;
  readonly holder: Holder | undefined;
  readonly isStale: boolean;
  /** Its last sign of life, and the time since then, by the file system's clock. */
  readonly signMs: number;
  readonly silentMs: number;
}

/** @param nowMs by the clock of the file system: another machine's may differ from ours */
async function readLock(path: string, nowMs: number): Promise<FoundLock | undefined> {
  try {
    const file = await open(path, "r"); // opening makes network file systems ask for the present times
    try {
      const text = await file.readFile("utf8");
      const { mtimeMs: signMs } = await file.stat();
      const silentMs = nowMs - signMs;
      const holder = parseHolder(text);
      const isStale = holder === undefined ? silentMs > unfinishedLockMs : isDead(holder, silentMs);
      return { text, holder, isStale, signMs, silentMs };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return undefined;
    throw new AppError(
      "FILE_UNREADABLE",
      { place: path, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" },
      { cause: thrown },
    );
  }
}

async function createExclusively(path: string, text: string): Promise<{ isOurs: boolean; nowMs: number }> {
  const temporary = asideName(path);
  try {
    await writeFile(temporary, text, { flag: "wx" });
    const { mtimeMs: nowMs } = await stat(temporary);
    return { isOurs: await placeOnce(temporary, path, text), nowMs };
  } catch (thrown) {
    throw new AppError(
      "FILE_UNWRITABLE",
      {
        place: path,
        rule: `the folder cannot be written: ${messageOf(thrown)}`,
        remedy: "Choose another folder, or make it writable",
      },
      { cause: thrown },
    );
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** What processes that were killed in the middle of taking the lock left beside it. */
async function removeAsides(folder: string, nowMs: number): Promise<void> {
  const asides = (await readdir(folder)).filter((name) => name.startsWith(`${lockFileName}.`));
  for (const path of asides.map((name) => join(folder, name))) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && nowMs - found.mtimeMs > heartbeat.silenceMs) await rm(path, { force: true });
  }
}

/** Beside the lock, and no other process': numbers of processes in two containers may be equal. */
const asideName = (path: string): string => `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;

/** Moves the dead lock aside before removing it; if another process was quicker and its living lock moved, puts that back. */
async function removeStale(path: string, staleText: string): Promise<void> {
  const aside = asideName(path);
  try {
    await rename(path, aside);
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return;
    throw new AppError(
      "FILE_UNWRITABLE",
      { place: path, rule: `cannot be replaced: ${messageOf(thrown)}`, remedy: "Remove it by hand" },
      { cause: thrown },
    );
  }
  if ((await readFile(aside, "utf8")) !== staleText) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function releaseLock(path: string, text: string): Promise<void> {
  const current = await readFile(path, "utf8").catch(() => undefined);
  if (current === text) await rm(path, { force: true });
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value?.pid !== "number" || typeof value.host !== "string" || typeof value.since !== "string")
      return undefined;
    const { pid, host, since, space, start } = value;
    const word = (told: unknown) => (typeof told === "string" ? told : null);
    return { pid, host, since, space: word(space), start: word(start) };
  } catch {
    return undefined;
  }
}

/** By sight where its processes can be seen, else by its silence. */
function isDead(holder: Holder, silentMs: number): boolean {
  const own = ownIdentity();
  if (holder.space === null) return holder.host === own.host && isGone(holder);
  return holder.space === own.space ? isGone(holder) : silentMs > heartbeat.silenceMs;
}

/** Whether it cannot be seen from here, but for its heartbeat. */
const givesSigns = (holder: Holder | undefined): boolean => isElsewhere(holder) && holder?.space !== null;

/** Whether it cannot be seen from here. */
const isElsewhere = (holder: Holder | undefined): boolean =>
  holder !== undefined && holder.space !== ownIdentity().space;

function lockedError(folder: string, found: FoundLock | undefined): AppError {
  const path = join(folder, lockFileName);
  const { holder, silentMs = 0 } = found ?? {};
  const who =
    holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  const silence = Math.max(0, Math.round(silentMs / 1000));
  const elsewhere = `, which cannot be seen from here and gave its last sign of life ${silence} s ago`;
  const limit = heartbeat.silenceMs / 1000;
  return new AppError("RUN_FOLDER_LOCKED", {
    place: folder,
    rule: "only one process may write to a folder at a time",
    received: `a folder that is held by ${who}${isElsewhere(holder) ? elsewhere : ""}`,
    remedy: isElsewhere(holder)
      ? `Wait for it, or choose another folder. If it has ended, try again: after ${limit} s of silence its lock is taken over`
      : `Wait for it, choose another folder, or, if that process no longer runs, remove ${path}`,
  });
}
