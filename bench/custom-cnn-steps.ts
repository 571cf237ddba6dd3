// Training steps of the custom CNN in a process of their own, for measurements that compare processes: prints images per second.
//
//   node dist/bench/custom-cnn-steps.js <side of the images> <threads> <steps> <cpu or wall>
import { initialWeights } from "../src/model/initial-weights.js";
import { customCnn } from "../src/model/zoo/custom-cnn.js";
import { unitScaling } from "../src/model/zoo/zoo-entry.js";
import { inArena } from "../src/tensor/arena.js";
import { setThreads } from "../src/tensor/engine.js";
import { Adam } from "../src/training/adam.js";
import { gatherImages, scaleImages } from "../src/training/image-batch.js";
import { Network } from "../src/training/network.js";
import { trainStep } from "../src/training/train-step.js";
import { type Clock, noiseBatch, timeSteps } from "./interleaved.js";

const [imageSize, threads, steps, clock] = process.argv.slice(2);
setThreads(Number(threads));
const graph = customCnn({ imageSize: Number(imageSize) });
const network = new Network(graph, initialWeights(graph, 1), {});
const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
const { images, indices, labels } = noiseBatch(Number(imageSize));
const speed = await timeSteps(Number(steps), clock as Clock, () =>
  inArena(() => {
    const input = scaleImages(gatherImages(images, indices), unitScaling);
    trainStep(network, optimizer, input, labels, { classWeights: [1.9448, 0.673] }, 1e-3);
  }),
);
console.log(speed);
