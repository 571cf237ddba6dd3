// One version of libtorch beside another, in turns, on the processor: the addon built with each, in two folders.
//
//   PNEUMOSCOPE_LIBTORCH=<libtorch> node scripts/test-libtorch.js   # builds the second one, and tests it
//   node dist/bench/engine-speed.js [--before build/native] [--after build/native-other] [--models custom,mobilenet] [--rounds 5]
//     [--steps 6] [--threads 1] [--clock cpu|wall]
//
// Appends a row for each model and work to bench/results/engine-speed.csv.
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inTurns } from "./in-turns.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    before: { type: "string", default: "build/native" },
    after: { type: "string", default: "build/native-other" },
    models: { type: "string", default: "custom,mobilenet" },
    works: { type: "string", default: "all,study" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "6" },
    threads: { type: "string", default: "1" },
    clock: { type: "string", default: "cpu" },
  },
});
const script = fileURLToPath(new URL("gpu/engine-steps.js", import.meta.url));
const { steps, threads, clock } = values;

interface Figure {
  readonly engine: string;
  readonly per_second: number;
}

const rows = [];
for (const model of values.models.split(",")) {
  for (const work of values.works.split(",")) {
    console.log(model, work);
    const engines = { before: "", after: "" };
    const { before, after, ratio } = inTurns(Number(values.rounds), (which) => {
      const args = [
        script,
        "--model",
        model,
        "--works",
        work,
        "--steps",
        steps,
        "--threads",
        threads,
        "--clock",
        clock,
      ];
      const env = { ...process.env, PNEUMOSCOPE_ENGINE: resolve(values[which]) };
      const figure = JSON.parse(execFileSync(process.execPath, args, { env, encoding: "utf8" })) as Figure;
      engines[which] = figure.engine;
      return figure.per_second;
    });
    const speeds = { images_per_second: before.toFixed(2), other_images_per_second: after.toFixed(2) };
    const settings = { threads, clock, rounds: values.rounds, steps };
    rows.push({
      engine: engines.before,
      other: engines.after,
      model,
      work,
      ...settings,
      ...speeds,
      ratio: ratio.toFixed(3),
    });
  }
}
console.log(rows, await appendResults("engine-speed", rows));
