// Hostile files and requests by the hundred thousand, through everything that reads bytes by others:
//
//   node dist/bench/fuzz-inputs.js [--count 100000] [--seed 3] [--reader jpeg --reader png] [--not http] [--save folder]
//
// Files are numbered. A run begins where the rows of bench/results/fuzz.csv say that the last one with this seed ended, and
// appends a row per reader after every slice: what is stopped is not lost. Findings are printed with what reproduces them,
// and their files saved. A short run is the test bench/fuzz/fuzz-reader.test.ts; coverage decides in fuzz-guided.ts.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { damagedFile } from "./fuzz/damaged-file.js";
import { fuzzReader } from "./fuzz/fuzz-reader.js";
import { type FuzzReader, fuzzReaders } from "./fuzz/fuzz-readers.js";
import { appendFuzzRow, nextFile } from "./fuzz/fuzz-rows.js";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "3" },
    reader: { type: "string", multiple: true, default: [] },
    not: { type: "string", multiple: true, default: [] },
    save: { type: "string", default: "fuzz-findings" },
    slice: { type: "string", default: "100000" },
  },
});
const seed = Number(values.seed);
const chosen = fuzzReaders.filter(
  ({ name }) => (values.reader.length === 0 || values.reader.includes(name)) && !values.not.includes(name),
);
const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);

for (let left = Number(values.count); left > 0; ) {
  const slice = Math.min(left, Number(values.slice));
  left -= slice;
  for (const reader of chosen) {
    // One reader that cannot go on is no reason to leave the others out.
    await runReader(reader, Math.ceil((slice * reader.weight) / weights)).catch(console.error);
  }
}

async function runReader(reader: FuzzReader, count: number): Promise<void> {
  const first = await nextFile(reader.name, seed);
  const result = await fuzzReader(reader, { seed, first, count });
  const seeds = await reader.seeds();
  for (const { index, what } of result.findings) {
    console.log(`${reader.name} seed ${seed} file ${index}: ${what}`);
    if (index < 0) continue;
    await mkdir(values.save, { recursive: true });
    const file = join(values.save, `${reader.name.replaceAll(" ", "-")}-${seed}-${index}`);
    await writeFile(file, await damagedFile(reader, seeds, { seed, index }));
  }
  console.log(reader.name, result.n, result.accepted, result.codes);
  await appendFuzzRow(seed, first, result);
}
