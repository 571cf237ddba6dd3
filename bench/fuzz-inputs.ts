// Damaged files, 100,000 of them, through everything that reads bytes by others:
//
//   node dist/bench/fuzz-inputs.js [--count 100000] [--seed 1] [--reader jpeg] [--save folder]
//
// Appends a row per reader to bench/results/fuzz.csv. Findings are printed with what reproduces them, and their files saved.
// A short run is the test bench/fuzz/fuzz-reader.test.ts.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { damagedFile } from "./fuzz/damaged-file.js";
import { fuzzReader } from "./fuzz/fuzz-reader.js";
import { fuzzReaders } from "./fuzz/fuzz-readers.js";
import { appendResults, type Row } from "./results-file.js";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    reader: { type: "string" },
    save: { type: "string", default: "fuzz-findings" },
  },
});
const readers = fuzzReaders.filter(({ name }) => values.reader === undefined || name === values.reader);
const weights = readers.reduce((sum, { weight }) => sum + weight, 0);
const seed = Number(values.seed);
const rows: Row[] = [];
for (const reader of readers) {
  const count = Math.ceil((Number(values.count) * reader.weight) / weights);
  const result = await fuzzReader(reader, { seed, count });
  const seeds = await reader.seeds();
  for (const { index, what } of result.findings) {
    console.log(`${reader.name} seed ${seed} file ${index}: ${what}`);
    if (index < 0) continue;
    await mkdir(values.save, { recursive: true });
    await writeFile(join(values.save, `${reader.name}-${seed}-${index}`), damagedFile(reader, seeds, { seed, index }));
  }
  console.log(reader.name, result.codes);
  rows.push({
    reader: reader.name,
    seed,
    n: result.n,
    accepted: result.accepted,
    refused: result.refused,
    findings: result.findings.length,
    slowest_ms: result.slowestMs.toFixed(0),
    slowest_cpu_ms: result.slowestCpuMs.toFixed(0),
    memory_growth_mb: result.memoryGrowthMb.toFixed(1),
  });
}
console.table(rows);
console.log(`appended to ${await appendResults("fuzz", rows)}`);
