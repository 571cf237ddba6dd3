// A reading of a test set goes into the run's own ledger and the one beside the cache, and what both know of earlier ones comes back.
import { randomUUID } from "node:crypto";
import { systemCodeOf } from "../../core/errors.js";
import type { ProtocolStanding, TestReading } from "../../evaluation/test-reading.js";
import type { PlainSettings } from "../settings.js";
import { departuresFrom, type FrozenProtocol } from "./frozen-protocol.js";
import {
  appendToLedger,
  type LedgerEntry,
  ledgerOfCache,
  ledgerOfRun,
  type ProtocolEntry,
  type ReadingEntry,
  readLedger,
  type TestLedger,
} from "./ledger-file.js";
import { shareImages, type TestSet } from "./test-set.js";

export interface ReadingPlaces {
  /** Absolute. */
  readonly cacheFolder: string;
  /** Of the run whose model reads; null for a model's file alone. */
  readonly runFolder: string | null;
}

/** What is to be written down of a reading. */
export type Reading = Pick<ReadingEntry, "by" | "test" | "settings" | "threshold"> & {
  readonly model: {
    readonly title: string;
    /** Of a model without a run's ledger. */
    readonly id?: string;
  };
};

/**
 * Writes a reading down. The run's ledger comes first: where a run is killed between the two, its next attempt finds the reading there and
 * adds it to the other under the same id. What cannot be written costs nobody a training: the answer says so.
 */
export async function recordReading(reading: Reading, places: ReadingPlaces): Promise<TestReading> {
  const { cacheFolder, runFolder } = places;
  const [ledger, own] = [ledgerOfCache(cacheFolder), runFolder === null ? null : ledgerOfRun(runFolder)];
  let problem: string | null = null;
  const attempt = async <T>(work: Promise<T>, otherwise: T): Promise<T> =>
    work.catch((thrown: unknown) => {
      problem ??= reasonOf(thrown);
      return otherwise;
    });
  const nothing: TestLedger = { entries: [], broken: null };
  const before = own === null ? nothing : await attempt(readLedger(own), nothing);
  const entry = entryOf(reading, before);
  const after = own === null ? nothing : await attempt(appendToLedger(own, entry), nothing);
  const known =
    (await attempt<TestLedger | null>(appendToLedger(ledger, entry), null)) ??
    (await attempt(readLedger(ledger), nothing));
  return { ...standingOf(entry, { known, own: after.entries.length === 0 ? before : after }), problem };
}

/** A training reads its test once, however often it is resumed. */
function entryOf({ by, test, settings, threshold, model }: Reading, { entries }: TestLedger): ReadingEntry {
  const readings = entries.filter((entry) => entry.kind === "reading");
  const same = readings.find((entry) => by === "train" && entry.by === by && entry.test.sha256 === test.sha256);
  if (same !== undefined) return contentOf(same);
  const { title, id = readings[0]?.model.id ?? randomUUID() } = model;
  const at = new Date().toISOString();
  return { kind: "reading", id: randomUUID(), at, by, test, model: { title, id }, threshold, settings };
}

/** An entry as it goes into another chain. */
function contentOf({ kind, id, at, by, test, model, settings, threshold }: ReadingEntry): ReadingEntry {
  return { kind, id, at, by, test, model, threshold, settings };
}

/** Codes of the system only: messages name paths, and reports are published. */
function reasonOf(thrown: unknown): string {
  const cause = (thrown as { readonly cause?: unknown } | null)?.cause;
  return systemCodeOf(cause) ?? systemCodeOf(thrown) ?? "unknown";
}

/** The readings of one test set, and of others that share images with it; what two ledgers know counts once. */
export function readingsOf(test: TestSet, entries: readonly LedgerEntry[]) {
  const readings = entries.filter((entry) => entry.kind === "reading");
  const unique = [...new Map(readings.map((entry) => [entry.id, entry])).values()];
  const same = unique.filter((entry) => entry.test.sha256 === test.sha256);
  const overlapping = unique.filter((entry) => entry.test.sha256 !== test.sha256 && shareImages(entry.test, test));
  return { same, overlapping };
}

function standingOf(
  entry: ReadingEntry,
  { known, own }: { readonly known: TestLedger; readonly own: TestLedger },
): Omit<TestReading, "problem"> {
  const { test } = entry;
  const ids = new Set(known.entries.map(({ id }) => id));
  // Where the ledger could not be written, this reading is the last.
  const missing = own.entries.filter(({ id, kind }) => kind === "reading" && !ids.has(id) && id !== entry.id);
  const { same, overlapping } = readingsOf(test, [...missing, ...known.entries, entry]);
  const number = same.findIndex(({ id }) => id === entry.id) + 1;
  const upTo = same.slice(0, number);
  return {
    test: { sha256: test.sha256, images: test.images },
    number,
    models: new Set(upTo.map(({ model }) => model.id)).size,
    overlapping: overlapping.length,
    broken: known.broken ?? own.broken,
    missing: missing.length,
    protocol: protocolStanding(test, entry.settings, known.entries),
  };
}

/** Of several protocols, the earliest that is followed counts; else the one that is nearest. */
export function protocolStanding(
  test: TestSet,
  settings: Partial<PlainSettings>,
  entries: readonly LedgerEntry[],
): ProtocolStanding {
  const frozen = entries.flatMap((entry, at) =>
    entry.kind === "protocol" && entry.test.sha256 === test.sha256
      ? [{ entry, departures: departuresFrom(entry.protocol, settings), before: entries.slice(0, at) }]
      : [],
  );
  const [first, ...others] = frozen;
  if (first === undefined) return { state: "none" };
  const { entry, departures, before } = others.reduce(
    (a, b) => (b.departures.length < a.departures.length ? b : a),
    first,
  );
  const { sha256, frozenAt, metrics } = entry.protocol;
  const readingsBefore = readingsOf(test, before).same.length;
  const facts = { sha256, frozenAt, readingsBefore, metrics };
  return departures.length === 0
    ? { state: "followed", ...facts }
    : { state: "departed", ...facts, departures: [...departures] };
}

/** Puts a protocol into the ledger, unless it is there. @throws AppError as `appendToLedger` */
export async function recordProtocol(protocol: FrozenProtocol, cacheFolder: string): Promise<TestLedger> {
  const { sha256, test } = protocol;
  const entry: ProtocolEntry = { kind: "protocol", id: sha256, at: new Date().toISOString(), test, protocol };
  return appendToLedger(ledgerOfCache(cacheFolder), entry);
}
