// Which trainings a comparison consists of, and where each of them lives: one run folder per model and seed.
import { join } from "node:path";
import { AppError } from "../../core/errors.js";
import { findModel, zoo } from "../../model/zoo/registry.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import type { RunArguments } from "../settings.js";

export interface PlannedRun {
  /** Absolute. */
  readonly folder: string;
  readonly entry: ZooEntry;
  readonly args: RunArguments;
}

/**
 * The models of "custom,mobilenet", each once, in the order given; "all" for every one.
 * @throws AppError MODEL_UNKNOWN, OPTION_INVALID for an empty list
 */
export function parseModels(text: string): readonly ZooEntry[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) {
    throw new AppError(
      "OPTION_INVALID",
      `--models: names with commas between them, such as custom,mobilenet, or "all". Received ${JSON.stringify(text)}. "pneumoscope models" lists them.`,
    );
  }
  const entries = names.flatMap((name) => (name.toLowerCase() === "all" ? zoo : [findModel(name)]));
  return [...new Set(entries)];
}

/** Every model with every seed: all models of the first seed first, so that a stopped comparison has one row of each. */
export function planRuns(
  folder: string,
  entries: readonly ZooEntry[],
  seeds: readonly number[],
  argsOf: (entry: ZooEntry, seed: number) => RunArguments,
): readonly PlannedRun[] {
  return seeds.flatMap((seed) =>
    entries.map((entry) => {
      const args = argsOf(entry, seed);
      return { folder: join(folder, "runs", `${entry.id}-${args.protocol}-seed${seed}`), entry, args };
    }),
  );
}
