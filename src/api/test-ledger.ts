// How often test sets were read, and protocols that are frozen before, for the public entry. What does it loads when it is first used.
import type { ComparisonSettings } from "../run/compare/plan.js";
import type { FreezeOptions, FreezeResult } from "../run/test-ledger/freeze-protocol.js";
import type { OpenedLedger, OpenLedgerOptions } from "../run/test-ledger/open-ledger.js";

/**
 * Writes down, before a test set is read, what will be trained and by which metrics it will be judged: a file that is sealed by its
 * checksum, and an entry in the ledger of test readings. Reports then say whether a run follows it, and whether it was frozen before the
 * first reading. Test images are decoded, none is scored.
 * @param settings as of `trainAndCompare`: of one training, one model and one seed
 *
 * @example
 * const { protocol, readingsBefore } = await freezeProtocol({ data: "chest_xray", models: ["custom"], seeds: [1], threshold: "youden" });
 * await train({ data: "chest_xray", seed: 1, threshold: "youden" }, { frozenProtocol: "protocol.json" });
 *
 * @throws AppError OPTION_INVALID, MODEL_UNKNOWN; DATASET_…, FILE_… for the data; RUN_FOLDER_TAKEN where the file is there
 */
export async function freezeProtocol(settings: ComparisonSettings, options?: FreezeOptions): Promise<FreezeResult> {
  return (await import("../run/test-ledger/freeze-protocol.js")).freezeProtocol(settings, options);
}

/**
 * Opens a ledger of test readings: a run's own, or the one beside the decoded images, which knows all models that share them. What is
 * damaged is told as `broken`, and the rest is read.
 * @param run a run's folder; undefined for the ledger beside the decoded images
 *
 * @example
 * const { sets, broken } = await readTestLedger();
 * for (const { images, readings } of sets) console.log(images, readings.length);
 *
 * @throws AppError FILE_UNREADABLE; FILE_MISSING where a run was named and kept none
 */
export async function readTestLedger(run?: string, options?: OpenLedgerOptions): Promise<OpenedLedger> {
  return (await import("../run/test-ledger/open-ledger.js")).readTestLedger(run, options);
}
