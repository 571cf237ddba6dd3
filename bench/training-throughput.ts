// Training throughput of the custom CNN, augmentation included, against the same step in eager PyTorch, interleaved
// round by round in one run:
//
//   node dist/bench/training-throughput.js [--rounds 3] [--steps 15] [--threads 2] [--python python3]
//
// Prints every round and appends the medians to bench/results/training-throughput.csv. Needs a Python with PyTorch 2.x.
import { parseArgs } from "node:util";
import { examineProcessor, hasBfloat16 } from "../src/machine/processor.js";
import { initialWeights } from "../src/model/initial-weights.js";
import { customCnn } from "../src/model/zoo/custom-cnn.js";
import { unitScaling } from "../src/model/zoo/zoo-entry.js";
import { inArena } from "../src/tensor/arena.js";
import { engineInfo, setThreads } from "../src/tensor/engine.js";
import { Adam } from "../src/training/adam.js";
import { Augmenter } from "../src/training/augmentations/augmenter.js";
import { augmentations } from "../src/training/augmentations/registry.js";
import { gatherImages, scaleImages } from "../src/training/image-batch.js";
import { Network, type NetworkOptions } from "../src/training/network.js";
import { trainStep } from "../src/training/train-step.js";
import { batchSize, type Contender, interleave, noiseBatch, pytorch, timeSteps } from "./interleaved.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "15" },
    threads: { type: "string", default: "2" },
    python: { type: "string", default: "python3" },
  },
});
const [rounds, steps, threads] = [Number(values.rounds), Number(values.steps), Number(values.threads)];

function ours(name: string, options: NetworkOptions): Contender {
  const measure = async () => {
    const graph = customCnn();
    const network = new Network(graph, initialWeights(graph, 1), options);
    const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
    const augmenter = new Augmenter(augmentations.study, "throughput");
    const { images, indices, labels } = noiseBatch();
    const speed = await timeSteps(steps, "wall", () =>
      inArena(() => {
        const input = scaleImages(augmenter.apply(gatherImages(images, indices)), unitScaling);
        trainStep(network, optimizer, input, labels, { classWeights: [1.9448, 0.673] }, 1e-3);
      }),
    );
    network.dispose();
    optimizer.dispose();
    return speed;
  };
  return { name: `Pneumoscope ${name}`, measure };
}

setThreads(threads);
const withBfloat16 = hasBfloat16(await examineProcessor());
const peer = {
  python: values.python,
  script: "pytorch_custom_cnn.py",
  model: "custom",
  steps,
  threads,
  clock: "wall",
} as const;
const rows = await interleave(rounds, [
  ours("fp32", {}),
  ours("fp32, plain operators", { kernels: "plain" }),
  ...(withBfloat16 ? [ours("bf16", { precision: "bfloat16" })] : []),
  ...["fp32", "fp32-cl", ...(withBfloat16 ? ["bf16-cl"] : [])].map((setting) => pytorch({ ...peer, setting })),
]);
console.table(rows);
const stamp = { libtorch: engineInfo().version, threads, batch: batchSize, rounds, steps };
const path = await appendResults(
  "training-throughput",
  rows.map((row) => ({ ...stamp, ...row })),
);
console.log(`appended to ${path}`);
