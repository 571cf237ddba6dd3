// Writing a protocol down before its test is read: what `protocol freeze` does. Test images are decoded, none is scored.
import { resolve } from "node:path";
import {
  aFunction,
  aList,
  anObject,
  aPath,
  checkArgument,
  checkOptions,
  type OptionRule,
  type OptionRules,
} from "../../core/check-options.js";
import { AppError } from "../../core/errors.js";
import { exists } from "../../core/exists.js";
import { packageVersion } from "../../core/package.js";
import { loadImages } from "../../dataset/load-images.js";
import { type MetricName, metrics as metricTable } from "../../evaluation/metrics/registry.js";
import { limitsOf } from "../../images/image-limits.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import { openComparison } from "../compare/open-comparison.js";
import type { ComparisonSettings, PlannedRun } from "../compare/plan.js";
import { openForTraining } from "../prepare-data.js";
import { type FrozenProtocol, sealedProtocol, toldSettings, writeProtocol } from "./frozen-protocol.js";
import type { ReadingEntry } from "./ledger-file.js";
import { recordProtocol } from "./record-reading.js";
import { testSetOf } from "./test-set.js";

/** Where a protocol goes, and what it judges by. */
export interface FreezeOptions {
  /** The protocol's file, which must be new; default `protocol.json`. */
  readonly file?: string | undefined;
  /** By what the result is judged, the main one first; default "auc", "sensitivity", "specificity". */
  readonly metrics?: readonly MetricName[] | undefined;
  /** Where decoded images and the ledger are kept; default `.cache/pneumoscope` in `cwd`. */
  readonly cacheFolder?: string | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** Which models there are, by name; default the registry's. */
  readonly models?: readonly ZooEntry[] | undefined;
  /** Told of the test images that are decoded. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** What was frozen, and where. */
export interface FreezeResult {
  readonly protocol: FrozenProtocol;
  /** Absolute path of the file. */
  readonly file: string;
  /** How often the ledger knows the test images to have been read before; 0 for a protocol that is worth most. */
  readonly readingsBefore: number;
}

const someMetrics: OptionRule = {
  rule: `a list of ${Object.keys(metricTable).join(", ")}`,
  holds: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((name) => Object.hasOwn(metricTable, name as string)),
};

const freezeRules: OptionRules<FreezeOptions> = {
  file: aPath,
  metrics: someMetrics,
  cacheFolder: aPath,
  cwd: aPath,
  models: aList,
  onProgress: aFunction,
};

/**
 * @param asked as a comparison's: one model and one seed for a single training
 * @throws AppError OPTION_INVALID, MODEL_UNKNOWN; DATASET_…, FILE_… for the data; RUN_FOLDER_TAKEN where the file is there
 */
export async function freezeProtocol(asked: ComparisonSettings, options: FreezeOptions = {}): Promise<FreezeResult> {
  checkArgument("settings", asked, anObject);
  checkOptions("freezeProtocol", options, freezeRules);
  const { cwd = process.cwd(), metrics = ["auc", "sensitivity", "specificity"], cacheFolder: cache, models } = options;
  if (asked.folds !== undefined) {
    throw new AppError("OPTION_INVALID", {
      place: "folds",
      rule: "a protocol is frozen for one test set; a cross-validation has one for each fold",
      received: String(asked.folds),
      remedy: "Omit it",
    });
  }
  const file = resolve(cwd, options.file ?? "protocol.json");
  if (await exists(file)) {
    throw new AppError("RUN_FOLDER_TAKEN", {
      place: file,
      rule: "a protocol that is frozen is never replaced",
      received: "a file that is there",
      remedy: "Choose another name",
    });
  }
  const { planned, cacheFolder } = await openComparison(asked, { cwd, cacheFolder: cache, models });
  const [{ settings }] = planned as [PlannedRun];
  const { data: folder, imageSize: size, interpolation, maxPixels } = settings;
  const { samples } = await openForTraining({ ...settings, folder, cacheFolder });
  const test = testSetOf(
    await loadImages(
      samples.filter(({ split }) => split === "test"),
      { size, interpolation, limits: limitsOf(maxPixels), cacheFolder, onProgress: (at) => options.onProgress?.(at) },
    ),
  );
  const protocol = sealedProtocol({
    productVersion: packageVersion(),
    frozenAt: new Date().toISOString(),
    test,
    trainings: planned.map((run) => toldSettings(run.settings)),
    metrics,
  });
  await writeProtocol(file, protocol);
  const { entries } = await recordProtocol(protocol, cacheFolder);
  const isEarlier = (entry: (typeof entries)[number]): entry is ReadingEntry =>
    entry.kind === "reading" && entry.test.sha256 === test.sha256;
  return { protocol, file, readingsBefore: new Set(entries.filter(isEarlier).map(({ id }) => id)).size };
}
