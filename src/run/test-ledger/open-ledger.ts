// A ledger opened to be looked at: test set by test set, with the readings and protocols of each.
import { resolve } from "node:path";
import { aPath, checkOptions } from "../../core/check-options.js";
import { AppError } from "../../core/errors.js";
import { exists } from "../../core/exists.js";
import { defaultCacheFolder } from "../../dataset/load-images.js";
import {
  ledgerOfCache,
  ledgerOfRun,
  type ProtocolEntry,
  type ReadingEntry,
  readLedger,
  type TestLedger,
} from "./ledger-file.js";

/** Where the ledger lies. */
export interface OpenLedgerOptions {
  /** Where decoded images and the ledger are kept; default `.cache/pneumoscope` in `cwd`. */
  readonly cacheFolder?: string | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
}

/** What a ledger knows of one test set. */
export interface LedgerOfTest {
  /** Of the images' own checksums. */
  readonly sha256: string;
  readonly images: number;
  readonly readings: readonly ReadingEntry[];
  readonly protocols: readonly ProtocolEntry[];
}

/** A ledger with its test sets; `broken` is the first line that does not hold. */
export interface OpenedLedger extends Pick<TestLedger, "broken"> {
  /** Absolute. */
  readonly path: string;
  /** In the order of their first entries. */
  readonly sets: readonly LedgerOfTest[];
}

/** @throws AppError FILE_UNREADABLE; FILE_MISSING where a run was named and kept none */
export async function readTestLedger(run?: string, options: OpenLedgerOptions = {}): Promise<OpenedLedger> {
  checkOptions("readTestLedger", options, { cacheFolder: aPath, cwd: aPath });
  const { cwd = process.cwd(), cacheFolder = defaultCacheFolder } = options;
  const path = run === undefined ? ledgerOfCache(resolve(cwd, cacheFolder)) : ledgerOfRun(resolve(cwd, run));
  if (run !== undefined && !(await exists(path))) {
    throw new AppError("FILE_MISSING", {
      place: run,
      rule: "should be a run's folder with a ledger of test readings",
      received: "one without",
      remedy: "Runs keep one from when their test images are scored; those of older versions have none",
    });
  }
  const { entries, broken } = await readLedger(path);
  const tests = new Map(entries.map(({ test }) => [test.sha256, test.images]));
  const sets = [...tests].map(([sha256, images]) => {
    const own = entries.filter(({ test }) => test.sha256 === sha256);
    return {
      sha256,
      images,
      readings: own.filter((entry) => entry.kind === "reading"),
      protocols: own.filter((entry) => entry.kind === "protocol"),
    };
  });
  return { path, sets, broken };
}
