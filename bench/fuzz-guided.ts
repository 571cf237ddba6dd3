// Coverage-guided fuzzing of what parses bytes in JavaScript: files that reach code no file reached before are kept and
// changed further. V8 itself counts the blocks (fuzz/guided/coverage.ts).
//
//   node dist/bench/fuzz-guided.js [--count 20000] [--reader dicom --reader onnx] [--save fuzz-findings]
//
// What was learnt stays in build/fuzz-corpus, so the next run goes on from there. Appends a row per reader to
// bench/results/fuzz.csv, with the seed "coverage".
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/core/package.js";
import { appendFuzzRow, guidedSeed, nextFile } from "./fuzz/fuzz-rows.js";
import { guidedReaders, runGuided } from "./fuzz/guided/guided-run.js";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    reader: { type: "string", multiple: true, default: [] },
    save: { type: "string", default: "fuzz-findings" },
  },
});
for (const name of values.reader.length === 0 ? guidedReaders : values.reader) {
  const first = await nextFile(name, guidedSeed);
  const corpus = join(packageRoot(), "build", "fuzz-corpus", name.replaceAll(" ", "-"));
  const result = await runGuided({
    reader: name,
    corpus,
    first,
    count: Number(values.count),
    keep: async (file, index) => {
      await mkdir(values.save, { recursive: true });
      await copyFile(file, join(values.save, `${name.replaceAll(" ", "-")}-coverage-${index}`));
    },
  });
  for (const { index, what } of result.findings) console.log(`${name} file ${index}: ${what}`);
  console.log(name, result.n, result.accepted, `${result.covered} blocks, ${result.corpus} files kept`);
  await appendFuzzRow(guidedSeed, first, result);
}
