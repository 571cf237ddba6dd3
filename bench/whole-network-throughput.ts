// Training throughput of a registered model with every layer trainable, augmentation included: in float32 with the
// addon's kernels and with libtorch's operators, in bfloat16, and the same step in eager PyTorch, interleaved round by round in one run:
//
//   node dist/bench/whole-network-throughput.js --model mobilenet [--rounds 3] [--steps 3] [--threads 1] [--clock wall|cpu]
//     [--python python3]
//
// Prints every round and appends the medians to bench/results/whole-network-throughput.csv. Needs a Python with PyTorch
// and torchvision.
import { parseArgs } from "node:util";
import { initialWeights } from "../src/model/initial-weights.js";
import { withTrainablePart } from "../src/model/trainable-part.js";
import { findModel } from "../src/model/zoo/registry.js";
import { inArena } from "../src/tensor/arena.js";
import { engineInfo, setThreads } from "../src/tensor/engine.js";
import { Adam } from "../src/training/adam.js";
import { Augmenter } from "../src/training/augmentations/augmenter.js";
import { augmentations } from "../src/training/augmentations/registry.js";
import { gatherImages, scaleImages } from "../src/training/image-batch.js";
import { Network, type NetworkOptions } from "../src/training/network.js";
import { trainStep } from "../src/training/train-step.js";
import { batchSize, type Clock, type Contender, interleave, noiseBatch, pytorch, timeSteps } from "./interleaved.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "mobilenet" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "3" },
    threads: { type: "string", default: "1" },
    clock: { type: "string", default: "wall" },
    python: { type: "string", default: "python3" },
  },
});
const [rounds, steps, threads] = [Number(values.rounds), Number(values.steps), Number(values.threads)];
const clock: Clock = values.clock === "cpu" ? "cpu" : "wall";
const entry = findModel(values.model);
const graph = withTrainablePart(entry.build(), { kind: "all" }, entry.firstHeadLayer);

function ours(name: string, options: NetworkOptions): Contender {
  const measure = async () => {
    const network = new Network(graph, initialWeights(graph, 1), options);
    const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
    const augmenter = new Augmenter(augmentations.study, "throughput");
    const { images, indices, labels } = noiseBatch();
    const speed = await timeSteps(steps, clock, () =>
      inArena(() => {
        const input = scaleImages(augmenter.apply(gatherImages(images, indices)), entry.scaling.sound);
        trainStep(network, optimizer, input, labels, { classWeights: [1.9448, 0.673] }, 1e-3);
      }),
    );
    network.dispose();
    optimizer.dispose();
    return speed;
  };
  return { name: `Pneumoscope ${name}`, measure };
}

/** The peer's default setting keeps the name by which rows are compared. */
function peer(setting: string): Contender {
  const options = { python: values.python, script: "pytorch_transfer.py", model: entry.id, steps, threads, clock };
  return { ...pytorch({ ...options, setting: `all-${setting}` }), name: `PyTorch ${setting}` };
}

setThreads(threads);
const rows = await interleave(rounds, [
  ours("fp32", {}),
  ours("fp32, plain operators", { kernels: "plain" }),
  ours("bf16", { precision: "bfloat16" }),
  peer("fp32"),
  peer("fp32-cl"),
]);
console.table(rows);
const stamp = { libtorch: engineInfo().version, threads, batch: batchSize, rounds, steps, clock, model: entry.id };
const path = await appendResults(
  "whole-network-throughput",
  rows.map((row) => ({ ...stamp, ...row })),
);
console.log(`appended to ${path}`);
