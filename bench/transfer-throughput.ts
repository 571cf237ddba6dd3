// Training throughput with a frozen backbone at the study's freeze rules, augmentation included, against the same step in
// eager PyTorch, interleaved round by round in one run:
//
//   node dist/bench/transfer-throughput.js --model densenet121 [--rounds 3] [--steps 3] [--threads 2] [--clock wall|cpu]
//     [--python python3] [--keras]
//
// One model per run, so that the process' peak memory is that model's. Prints every round and appends the medians to
// bench/results/transfer-throughput.csv. Needs a Python with PyTorch 2.x and torchvision, and for --keras
// Keras 3 with TensorFlow.
import { parseArgs } from "node:util";
import { examineProcessor, hasBfloat16 } from "../src/machine/processor.js";
import { initialWeights } from "../src/model/initial-weights.js";
import { withTrainablePart } from "../src/model/trainable-part.js";
import { findModel } from "../src/model/zoo/registry.js";
import { inArena } from "../src/tensor/arena.js";
import { engineInfo, setThreads } from "../src/tensor/engine.js";
import { Adam } from "../src/training/adam.js";
import { Augmenter } from "../src/training/augmentations/augmenter.js";
import { augmentations } from "../src/training/augmentations/registry.js";
import type { PrefixChoice } from "../src/training/frozen-prefix.js";
import { openImagePath } from "../src/training/image-path.js";
import { Network, type Precision } from "../src/training/network.js";
import { trainStep } from "../src/training/train-step.js";
import {
  batchSize,
  type Clock,
  type Contender,
  interleave,
  keras,
  noiseBatch,
  pytorch,
  timeSteps,
} from "./interleaved.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "mobilenet" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    clock: { type: "string", default: "wall" },
    python: { type: "string", default: "python3" },
    keras: { type: "boolean", default: false },
  },
});
const [rounds, steps, threads] = [Number(values.rounds), Number(values.steps), Number(values.threads)];
const clock: Clock = values.clock === "cpu" ? "cpu" : "wall";
const entry = findModel(values.model);
const graph = withTrainablePart(entry.build(), entry.transfer.study.trainable, entry.firstHeadLayer);

/** The engines that each precision takes. */
const choices = new Map<Precision, PrefixChoice>();

function ours(name: string, precision: Precision): Contender {
  const measure = async () => {
    const network = new Network(graph, initialWeights(graph, 1), { precision });
    const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
    const augmenter = new Augmenter(augmentations.study, "throughput");
    const { images, indices, labels } = noiseBatch();
    const path = await openImagePath(network, images, {
      scaling: entry.scaling.sound,
      batchSize,
      unchanging: null,
      frozenPrefix: "fastest",
      chosen: null,
      onFeatures: () => undefined,
    });
    if (path.choice !== null) choices.set(precision, path.choice);
    const speed = await timeSteps(steps, clock, async () => {
      const batch = await path.batch(indices, augmenter);
      inArena(() => trainStep(path.part, optimizer, batch, labels, { classWeights: [1.9448, 0.673] }, 1e-3));
      batch.dispose();
    });
    await path.dispose();
    network.dispose();
    optimizer.dispose();
    return speed;
  };
  return { name: `Pneumoscope ${name}`, measure };
}

setThreads(threads);
const withBfloat16 = hasBfloat16(await examineProcessor());
const peer = { python: values.python, script: "pytorch_transfer.py", model: entry.id, steps, threads, clock };
const rows = await interleave(rounds, [
  ours("fp32", "float32"),
  ...(withBfloat16 ? [ours("bf16", "bfloat16")] : []),
  ...["fp32", "fp32-cl", ...(withBfloat16 ? ["bf16-cl"] : [])].map((setting) => pytorch({ ...peer, setting })),
  ...(values.keras ? [keras({ ...peer, script: "keras_transfer.py" })] : []),
]);
const engineOf = (what: unknown) =>
  what === "Pneumoscope fp32" ? choices.get("float32") : what === "Pneumoscope bf16" ? choices.get("bfloat16") : null;
const stamp = { libtorch: engineInfo().version, threads, batch: batchSize, rounds, steps, clock, model: entry.id };
/** maxRSS is in kilobytes. */
const peakGigabytes = ((process.resourceUsage().maxRSS * 1024) / 1e9).toFixed(2);
const stamped = rows.map((row) => {
  const engine = engineOf(row.what)?.training ?? "";
  return { ...stamp, ...row, engine, peak_memory_gb: engine === "" ? "" : peakGigabytes };
});
console.table(rows);
console.log(
  `peak memory of this process ${peakGigabytes} GB; engines ${[...choices.values()].map(({ training }) => training).join(", ")}`,
);
console.log(`appended to ${await appendResults("transfer-throughput", stamped)}`);
