// Training throughput of the custom CNN with two builds of the addon, taking turns process by process: what the compiler's
// hardening flags cost.
//
//   node dist/bench/hardened-throughput.js --plain <folder of a build without them> [--rounds 8] [--steps 8]
//
// One thread and processor time, so that other programs on the machine count less. Appends the medians, and the median of
// the rounds' ratios, to bench/results/hardened-throughput.csv.
import { parseArgs } from "node:util";
import { addonFolder } from "../src/tensor/addon-folder.js";
import { engineInfo } from "../src/tensor/engine.js";
import { inTurns, stepsInProcess } from "./in-turns.js";
import { batchSize } from "./interleaved.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    plain: { type: "string" },
    rounds: { type: "string", default: "8" },
    steps: { type: "string", default: "8" },
  },
});
const { plain } = values;
if (plain === undefined) throw new Error("--plain names the folder of a build without the flags");
const [rounds, steps] = [Number(values.rounds), Number(values.steps)];
const folders = { before: plain, after: addonFolder({}) };
const { before, after, ratio } = inTurns(rounds, (which) =>
  stepsInProcess({ PNEUMOSCOPE_ENGINE: folders[which] }, { threads: 1, steps, clock: "cpu" }),
);
const row = {
  libtorch: engineInfo().version,
  batch: batchSize,
  rounds,
  steps,
  plain_images_per_second: before.toFixed(2),
  hardened_images_per_second: after.toFixed(2),
  ratio: ratio.toFixed(3),
};
console.log(row, await appendResults("hardened-throughput", [row]));
