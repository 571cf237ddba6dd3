// One writer per folder: a lock file that names the process holding it. A lock whose process is dead is taken over at
// once, so a run that was killed can be resumed without waiting. Why not a package: docs/decisions/0007-run-folder-lock.md
import { readFileSync } from "node:fs";
import { link, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { AppError, messageOf, systemCodeOf } from "./errors.js";

/** Name of the lock file inside the folder. */
export const lockFileName = ".lock";

/** A lock file written in two steps may be empty for a moment; after this it counts as left behind. */
const unfinishedLockMs = 10_000;

export interface FolderLock {
  readonly path: string;
  /** Removes the lock file if it is still ours. Safe to call twice. */
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** ISO time at which the lock was taken. */
  readonly since: string;
  /** Tells a process from a later one with the same number; null where the system does not say. */
  readonly processStart: string | null;
}

/**
 * Takes the folder's lock. The folder must exist.
 * @throws AppError RUN_FOLDER_LOCKED when a living process (or one on another host) holds it; FILE_UNWRITABLE when the
 *   folder does not let itself be written.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, lockFileName);
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    processStart: processStart(process.pid),
  };
  const text = `${JSON.stringify(holder)}\n`;
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await createExclusively(path, text)) return { path, release: () => releaseLock(path, text) };
    const found = await readLock(path);
    if (found === undefined) continue;
    if (!found.isStale) throw lockedError(folder, found.holder);
    await removeStale(path, found.text);
  }
  throw lockedError(folder, undefined);
}

interface FoundLock {
  readonly text: string;
  readonly holder: Holder | undefined;
  readonly isStale: boolean;
}

async function readLock(path: string): Promise<FoundLock | undefined> {
  try {
    const text = await readFile(path, "utf8");
    const holder = parseHolder(text);
    if (holder !== undefined) return { text, holder, isStale: isDead(holder) };
    return { text, holder, isStale: Date.now() - (await stat(path)).mtimeMs > unfinishedLockMs };
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return undefined;
    throw new AppError(
      "FILE_UNREADABLE",
      { place: path, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" },
      { cause: thrown },
    );
  }
}

/** Creates the file with its content in one step (a hard link), or in two where the file system has no links. */
async function createExclusively(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    await writeFile(temporary, text, { flag: "wx" });
    return await succeeds(link(temporary, path)).catch(() => createInPlace(path, text));
  } catch (thrown) {
    throw new AppError(
      "FILE_UNWRITABLE",
      {
        place: path,
        rule: `the run folder cannot be written: ${messageOf(thrown)}`,
        remedy: "Choose another folder, or make it writable",
      },
      { cause: thrown },
    );
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function createInPlace(path: string, text: string): Promise<boolean> {
  const write = async () => {
    const file = await open(path, "wx");
    await file.writeFile(text).finally(() => file.close());
  };
  return succeeds(write());
}

/** True when the work succeeds, false when the name exists already. */
async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (thrown) {
    if (systemCodeOf(thrown) === "EEXIST") return false;
    throw thrown;
  }
}

/** Moves the dead lock aside before removing it; if another process was quicker and its living lock moved, puts that back. */
async function removeStale(path: string, staleText: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
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
    const start = typeof value.processStart === "string" ? value.processStart : null;
    return { pid: value.pid, host: value.host, since: value.since, processStart: start };
  } catch {
    return undefined;
  }
}

/** True only when it is certain: same host, and the process is gone or its number belongs to a later one. */
function isDead(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ESRCH") return true;
  }
  const start = processStart(holder.pid);
  return holder.processStart !== null && start !== null && start !== holder.processStart;
}

/** Linux: the boot's id and the process' start in ticks since then (proc(5), field 22 of stat). Elsewhere null. */
function processStart(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8");
    const ticks = fields.slice(fields.lastIndexOf(")") + 2).split(" ")[19];
    return ticks === undefined ? null : `${boot}:${ticks}`;
  } catch {
    return null;
  }
}

function lockedError(folder: string, holder: Holder | undefined): AppError {
  const who =
    holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  return new AppError("RUN_FOLDER_LOCKED", {
    place: folder,
    rule: "only one training may use a run folder at a time",
    received: `a folder that is held by ${who}`,
    remedy: `Wait for it, choose another folder, or, if that process no longer runs, remove ${join(folder, lockFileName)}`,
  });
}
