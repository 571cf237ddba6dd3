// Training throughput of the custom CNN on all cores with OpenMP's threads waiting for each other by spinning, as GNU OpenMP does by
// itself, and asleep; alone, and beside other programs that keep cores busy.
//
//   node dist/bench/waiting-threads.js [--busy 2] [--side 224] [--rounds 6] [--steps 8]
//
// Wall-clock time. Appends a row to bench/results/waiting-threads.csv.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { engineInfo } from "../src/tensor/engine.js";
import { inTurns, stepsInProcess } from "./in-turns.js";
import { batchSize } from "./interleaved.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    busy: { type: "string", default: "0" },
    side: { type: "string", default: "224" },
    rounds: { type: "string", default: "6" },
    steps: { type: "string", default: "8" },
  },
});
const [busy, side, rounds, steps] = [
  Number(values.busy),
  Number(values.side),
  Number(values.rounds),
  Number(values.steps),
];
const threads = availableParallelism();
const others = Array.from({ length: busy }, () => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
// An empty policy leaves GNU OpenMP its own: it spins for a while before it sleeps.
const policies = { before: "", after: "PASSIVE" };
const { before, after, ratio } = inTurns(rounds, (which) =>
  stepsInProcess({ OMP_WAIT_POLICY: policies[which] }, { side, threads, steps, clock: "wall" }),
);
for (const other of others) other.kill();
const row = {
  libtorch: engineInfo().version,
  threads,
  busy_programs: busy,
  image_side: side,
  batch: batchSize,
  rounds,
  steps,
  spinning_images_per_second: before.toFixed(2),
  asleep_images_per_second: after.toFixed(2),
  ratio: ratio.toFixed(3),
};
console.log(row, await appendResults("waiting-threads", [row]));
