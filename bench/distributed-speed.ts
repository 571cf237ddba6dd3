// Two processes of one thread, each with half of every batch, beside one process of two threads, in turns.
//
//   node dist/bench/distributed-speed.js [--models custom,mobilenet] [--rounds 6] [--steps 8]
//
// Wall-clock time, so other programs are in it. Appends a row for each model to bench/results/distributed-speed.csv.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { engineInfo } from "../src/tensor/engine.js";
import { inTurns } from "./in-turns.js";
import { batchSize } from "./interleaved.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    models: { type: "string", default: "custom,mobilenet" },
    rounds: { type: "string", default: "6" },
    steps: { type: "string", default: "8" },
  },
});
const rounds = Number(values.rounds);
const script = fileURLToPath(new URL("distributed-steps.js", import.meta.url));
const measured = (model: string, processes: number, threads: number): number =>
  Number(
    execFileSync(process.execPath, [script, model, `${processes}`, `${threads}`, values.steps], { encoding: "utf8" }),
  );

const rows = values.models.split(",").map((model) => {
  console.log(model);
  const { before, after, ratio } = inTurns(rounds, (which) =>
    which === "before" ? measured(model, 1, 2) : measured(model, 2, 1),
  );
  return {
    libtorch: engineInfo().version,
    model,
    batch: batchSize,
    rounds,
    steps: values.steps,
    one_process_of_two_threads: before.toFixed(2),
    two_processes_of_one_thread: after.toFixed(2),
    ratio: ratio.toFixed(3),
  };
});
console.log(rows, await appendResults("distributed-speed", rows));
