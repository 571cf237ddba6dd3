// Training steps of one network by several processes on this machine, which this one starts, or by this one alone, for
// measurements that compare them: prints images per second of all together.
//
//   node dist/bench/distributed-steps.js <model> <processes> <threads of each> <steps>
//
// Random weights, all layers learn, float32, no augmentation; 16 images a step in all.
import { spawn } from "node:child_process";
import { initialWeights } from "../src/model/initial-weights.js";
import { withTrainablePart } from "../src/model/trainable-part.js";
import { findModel } from "../src/model/zoo/registry.js";
import { inArena } from "../src/tensor/arena.js";
import { setThreads } from "../src/tensor/engine.js";
import { alone, joinProcesses, type Processes } from "../src/tensor/process-group.js";
import { Adam } from "../src/training/adam.js";
import { shareOf } from "../src/training/data-parallel/batch-share.js";
import { gatherImages, scaleImages } from "../src/training/image-batch.js";
import { Network } from "../src/training/network.js";
import { openSteps } from "../src/training/train-step.js";
import { freePort } from "../test/support/free-port.js";
import { batchSize, noiseBatch } from "./interleaved.js";

const [model = "", sizeText, threads, steps, rankText = "0", portText] = process.argv.slice(2);
const [size, rank] = [Number(sizeText), Number(rankText)];
setThreads(Number(threads));
const port = portText === undefined ? await freePort() : Number(portText);
if (rank === 0) {
  for (let other = 1; other < size; other++) {
    spawn(process.execPath, [...process.argv.slice(1, 6), `${other}`, `${port}`], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
}
const processes: Processes =
  size === 1
    ? alone
    : await joinProcesses({
        host: "127.0.0.1",
        port,
        rank,
        size,
        reachedBy: { address: "127.0.0.1" },
        timeoutSeconds: 300,
      });

const entry = findModel(model);
const graph = withTrainablePart(entry.build(), { kind: "all" }, entry.firstHeadLayer);
const network = new Network(graph, initialWeights(graph, 1));
const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
const updates = openSteps(network, optimizer, { classWeights: [1.9448, 0.673], processes });
const { images, indices, labels } = noiseBatch();
const share = shareOf(batchSize, processes);
const own = Int32Array.from(share.places, (place) => indices[place] as number);
const ownLabels = Int32Array.from(share.places, (place) => labels[place] as number);

async function update(): Promise<void> {
  const input = inArena(() => scaleImages(gatherImages(images, own), entry.scaling.sound));
  await updates.update(input, ownLabels, share, 1e-4);
  input.dispose();
}

for (let i = 0; i < 2; i++) await update();
const started = performance.now();
for (let i = 0; i < Number(steps); i++) await update();
if (rank === 0) console.log((batchSize * Number(steps) * 1000) / (performance.now() - started));
await processes.meet("end");
processes.leave();
