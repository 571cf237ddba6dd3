// bench/results/fuzz.csv: a row per reader and stretch of files. Rows add up, and the next run goes on behind them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { packageRoot } from "../../src/core/package.js";
import { appendResults } from "../results-file.js";
import type { FuzzResult } from "./tally.js";

/** The seed of files that coverage chose: they are not made from a number. */
export const guidedSeed = "coverage";

/** The number of the first file that no row has. */
export async function nextFile(reader: string, seed: number | typeof guidedSeed): Promise<number> {
  const path = join(packageRoot(), "bench", "results", "fuzz.csv");
  const rows: Record<string, string>[] = existsSync(path) ? parse(readFileSync(path, "utf8"), { columns: true }) : [];
  const ends = rows
    .filter((row) => row.reader === reader && row.seed === String(seed))
    .map((row) => Number(row.first) + Number(row.n));
  return Math.max(0, ...ends);
}

export async function appendFuzzRow(
  seed: number | typeof guidedSeed,
  first: number,
  result: FuzzResult,
): Promise<void> {
  await appendResults("fuzz", [
    {
      reader: result.reader,
      seed,
      n: result.n,
      accepted: result.accepted,
      refused: result.refused,
      findings: result.findings.length,
      slowest_ms: result.slowestMs.toFixed(0),
      slowest_cpu_ms: result.slowestCpuMs.toFixed(0),
      memory_growth_mb: result.memoryGrowthMb.toFixed(1),
      first,
      structured: result.structured,
      peak_mb: result.peakMb.toFixed(0),
    },
  ]);
}
