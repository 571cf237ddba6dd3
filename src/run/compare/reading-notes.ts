// What the ledgers know of the test images of a comparison: sentences for its page. The more models were compared on them, the more the best
// result owes to chance.

import type { SavedRun } from "../saved-run.js";
import { ledgerOfCache, ledgerOfRun, type ReadingEntry, readLedger } from "../test-ledger/ledger-file.js";
import { protocolStanding, readingsOf } from "../test-ledger/record-reading.js";

/** Nothing of a cross-validation, whose folds are tests of their own, and of runs by versions that kept no ledger. @throws AppError FILE_UNREADABLE */
export async function readingNotes(runs: readonly SavedRun[], cacheFolder: string): Promise<readonly string[]> {
  if (runs.some(({ settings }) => settings.fold !== null)) return [];
  const own = await Promise.all(runs.map(({ folder }) => readLedger(ledgerOfRun(folder))));
  const isTraining = (entry: unknown): entry is ReadingEntry => (entry as ReadingEntry).by === "train";
  const trained = own.flatMap(({ entries }) => entries.filter(isTraining).slice(0, 1));
  const [first] = trained;
  if (first === undefined) return [];
  const ledger = await readLedger(ledgerOfCache(cacheFolder));
  const known = readingsOf(first.test, [...own.flatMap(({ entries }) => entries), ...ledger.entries]).same;
  const models = new Set(known.map(({ model }) => model.id)).size;
  const standings = trained.map(({ test, settings }) => protocolStanding(test, settings, ledger.entries));
  const followed = standings.filter(({ state }) => state === "followed").length;
  const before = standings.filter((one) => one.state === "followed" && one.readingsBefore === 0).length;
  const broken = [ledger, ...own].find((one) => one.broken !== null)?.broken;
  return [
    `The test images were read ${known.length === 1 ? "once" : `${known.length} times`} by ${models === 1 ? "one model" : `${models} models`}, as far as the ledgers of these runs and beside the decoded images know.`,
    followed === 0
      ? "No run followed a protocol that was frozen beforehand."
      : `${followed} of ${runs.length} runs followed a frozen protocol, ${before} of them one that was frozen before the first reading of these images.`,
    ...(broken == null ? [] : [`A ledger is broken at line ${broken.line}: ${broken.reason}.`]),
  ];
}
