// A ledger on the disk: one JSON line an entry, only ever appended to, by any number of processes. What is damaged is told, and
// what can be read of it is read.
import { open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { makeFolderDurably, syncFolder } from "../../core/durable-folder.js";
import { AppError, systemCodeOf } from "../../core/errors.js";
import { lockFolder } from "../../core/folder-lock.js";
import type { TestReading } from "../../evaluation/test-reading.js";
import type { PlainSettings } from "../settings.js";
import { readChain, sealedLine } from "./chain.js";
import { areTrainings, type FrozenProtocol } from "./frozen-protocol.js";
import { isTestSet, type TestSet } from "./test-set.js";

/** What every entry says. */
interface EntryFacts {
  /** Equal where two ledgers, or a run before and after it was resumed, tell of one thing. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly test: TestSet;
}

/** A model has scored a test set's images, and its labels were looked at. */
export interface ReadingEntry extends EntryFacts {
  readonly kind: "reading";
  readonly by: "train" | "evaluate" | "recalibrate" | "audit";
  /** `id`: a run's, or the sha256 of a model's file. */
  readonly model: { readonly title: string; readonly id: string };
  /** What is known of the training's settings and the reading's own; no paths. */
  readonly settings: Partial<PlainSettings>;
  /** The threshold that was applied, with its origin in words. */
  readonly threshold: { readonly value: number; readonly origin: string } | null;
}

/** A protocol was written down for a test set. */
export interface ProtocolEntry extends EntryFacts {
  readonly kind: "protocol";
  readonly protocol: FrozenProtocol;
}

export type LedgerEntry = ReadingEntry | ProtocolEntry;

/** What a ledger's file holds. */
export interface TestLedger {
  /** In the order in which they were written; those that cannot be read are left out. */
  readonly entries: readonly LedgerEntry[];
  readonly broken: TestReading["broken"];
}

/** The ledger beside the decoded images: of all models that share a cache. It stays when the images go. */
export const ledgerOfCache = (cacheFolder: string): string => join(cacheFolder, "test-ledger", "ledger.jsonl");

/** A run's own, which travels with it. */
export const ledgerOfRun = (runFolder: string): string => join(runFolder, "test-ledger", "ledger.jsonl");

/** Empty where there is none. @throws AppError FILE_UNREADABLE */
export async function readLedger(path: string): Promise<TestLedger> {
  return ledgerIn(await textOf(path));
}

function ledgerIn(text: string): TestLedger {
  const lines = readChain(text);
  const at = lines.findIndex(({ value, fault }) => fault !== null || !isEntry(value));
  const reason = lines[at]?.fault ?? "it lacks what an entry has";
  return {
    entries: lines.flatMap(({ value }) => (isEntry(value) ? [value] : [])),
    broken: at < 0 ? null : { line: at + 1, reason },
  };
}

/**
 * Appends an entry, unless one with its id is there; flushed to the disk.
 * @returns the ledger as it is then
 * @throws AppError FILE_UNWRITABLE, FILE_UNREADABLE; RUN_FOLDER_LOCKED where others hold it for too long
 */
export async function appendToLedger(path: string, entry: LedgerEntry): Promise<TestLedger> {
  const folder = dirname(path);
  try {
    await makeFolderDurably(folder);
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
  const lock = await takeTurn(folder);
  try {
    const text = await textOf(path);
    const before = ledgerIn(text);
    if (before.entries.some(({ id, kind }) => id === entry.id && kind === entry.kind)) return before;
    const lines = readChain(text);
    const line = sealedLine(entry, lines.at(-1), lines.length + 1);
    // A line that was cut short by a power cut stays what it is.
    const added = `${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
    const file = await open(path, "a");
    try {
      await file.writeFile(added);
      await file.sync();
    } finally {
      await file.close();
    }
    if (text === "") await syncFolder(folder);
    return ledgerIn(text + added);
  } catch (thrown) {
    throw thrown instanceof AppError ? thrown : unwritable(path, thrown);
  } finally {
    await lock.release();
  }
}

/** An append takes milliseconds; a process that died elsewhere holds its lock for a minute. */
const longestWaitMs = 75_000;

async function takeTurn(folder: string) {
  const until = performance.now() + longestWaitMs;
  for (;;) {
    try {
      return await lockFolder(folder);
    } catch (thrown) {
      const isTaken = thrown instanceof AppError && thrown.code === "RUN_FOLDER_LOCKED";
      if (!isTaken || performance.now() > until) throw thrown;
      await wait(10 + 40 * Math.random()); // of several that wait, one after the other finds it free
    }
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    throw new AppError(
      "FILE_UNREADABLE",
      { place: path, rule: `cannot be read: ${code ?? "unknown"}`, remedy: "Check its permissions" },
      { cause: thrown },
    );
  }
}

const unwritable = (path: string, cause: unknown): AppError =>
  new AppError(
    "FILE_UNWRITABLE",
    {
      place: path,
      rule: `cannot be written: ${systemCodeOf(cause) ?? "unknown"}`,
      remedy: "Free space or make it writable",
    },
    { cause },
  );

function isEntry(value: unknown): value is LedgerEntry {
  const entry = (value ?? {}) as Partial<ReadingEntry> & { readonly protocol?: Partial<FrozenProtocol> };
  if (typeof entry.id !== "string" || typeof entry.at !== "string" || !isTestSet(entry.test)) return false;
  if ((entry.kind as string) === "protocol") return areTrainings(entry.protocol?.trainings);
  return entry.kind === "reading" && typeof entry.model?.id === "string" && typeof entry.settings === "object";
}
