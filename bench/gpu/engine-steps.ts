// Training and scoring of one network in the engine, as the product trains and scores: images from memory, augmented where the
// network is, frozen layers apart. For measurements that compare devices, engines and peers; prints a JSON line per figure.
//
//   node dist/bench/gpu/engine-steps.js --model mobilenet [--device cuda:0] [--works all,study,score] [--precisions float32,bfloat16]
//     [--batch 16] [--steps 30] [--threads 2] [--clock wall|cpu]
//
// "all" trains every layer, "study" those that the study trains, "score" reads images in float32. Random weights.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { initialWeights } from "../../src/model/initial-weights.js";
import { withTrainablePart } from "../../src/model/trainable-part.js";
import { findModel } from "../../src/model/zoo/registry.js";
import { engineInfo, setThreads } from "../../src/tensor/engine.js";
import { Adam } from "../../src/training/adam.js";
import { Augmenter } from "../../src/training/augmentations/augmenter.js";
import { augmentations } from "../../src/training/augmentations/registry.js";
import { wholeBatch } from "../../src/training/data-parallel/batch-share.js";
import { openImagePath } from "../../src/training/image-path.js";
import { Network, type Precision } from "../../src/training/network.js";
import { scoreImages } from "../../src/training/score.js";
import { openSteps, type PendingResult } from "../../src/training/train-step.js";
import { clocks, noiseBatch } from "../interleaved.js";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "custom" },
    device: { type: "string", default: "cpu" },
    works: { type: "string", default: "all,study,score" },
    precisions: { type: "string", default: "float32" },
    batch: { type: "string", default: "16" },
    steps: { type: "string", default: "30" },
    threads: { type: "string", default: "2" },
    clock: { type: "string", default: "wall" },
  },
});
const [batchSize, steps] = [Number(values.batch), Number(values.steps)];
const warmUp = Math.max(2, steps >> 2);
setThreads(Number(values.threads));
const entry = findModel(values.model);
const { device } = values;
const { images, indices, labels } = noiseBatch(entry.input.imageSize, batchSize);

/** Images per second after some steps that warm up; `step` may leave work pending that `finish` waits for. */
async function timed(step: () => Promise<void>, finish: () => void): Promise<number> {
  for (let i = 0; i < warmUp; i++) await step();
  finish();
  const clock = clocks[values.clock === "cpu" ? "cpu" : "wall"];
  const started = clock();
  for (let i = 0; i < steps; i++) await step();
  finish();
  return (batchSize * steps) / (clock() - started);
}

async function train(work: "all" | "study", precision: Precision): Promise<number> {
  const trainable = work === "study" ? entry.transfer.study.trainable : ({ kind: "all" } as const);
  const graph = withTrainablePart(entry.build(), trainable, entry.firstHeadLayer);
  const network = new Network(graph, initialWeights(graph, 1), { device, precision });
  const path = await openImagePath(network, images, {
    scaling: entry.scaling.sound,
    batchSize,
    unchanging: null,
    frozenPrefix: "fastest",
    chosen: null,
    onFeatures: () => undefined,
  });
  const optimizer = new Adam(path.part.parameters.trainable.map(({ tensor }) => tensor));
  const updates = openSteps(path.part, optimizer, { classWeights: [1.9448, 0.673] });
  const augmenter = new Augmenter(augmentations.study, "throughput");
  const pending: PendingResult[] = [];
  const readDownTo = (left: number) => {
    for (const read of pending.splice(0, pending.length - left)) read();
  };
  const speed = await timed(
    async () => {
      const batch = await path.batch(indices, augmenter);
      pending.push(await updates.update(batch, labels, wholeBatch(batchSize), 1e-4));
      batch.dispose();
      readDownTo(updates.pending);
    },
    () => readDownTo(0),
  );
  await path.dispose();
  network.dispose();
  optimizer.dispose();
  return speed;
}

async function score(): Promise<number> {
  const graph = entry.build();
  const network = new Network(graph, initialWeights(graph, 1), { device });
  const speed = await timed(
    async () => {
      await scoreImages(network, images, indices, { scaling: entry.scaling.sound, batchSize });
    },
    () => undefined,
  );
  network.dispose();
  return speed;
}

/** Of all programs on the GPU, in MiB; libtorch keeps what it once had. Null without one. */
function gpuMemory(): number | null {
  if (device === "cpu") return null;
  const query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];
  return Number(execFileSync("nvidia-smi", query, { encoding: "utf8" }).split("\n")[0]);
}

for (const work of values.works.split(",")) {
  for (const precision of work === "score" ? ["float32"] : values.precisions.split(",")) {
    const speed = await (work === "score" ? score() : train(work as "all" | "study", precision as Precision));
    const engine = `libtorch ${engineInfo().version}`;
    const found = { who: "Pneumoscope", engine, device, model: entry.id, work, setting: precision, batch: batchSize };
    console.log(JSON.stringify({ ...found, per_second: Number(speed.toPrecision(4)), gpu_mib: gpuMemory() }));
  }
}
