// One of several processes that train a small network together on drawn images, and the same by one process: a program that
// tests start with a `ProcessPlan` as its only argument, and the function that it calls.
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Random } from "../../src/core/random.js";
import { initialWeights } from "../../src/model/initial-weights.js";
import type { LayerNode, ModelGraph } from "../../src/model/model-graph.js";
import { customCnn } from "../../src/model/zoo/custom-cnn.js";
import { unitScaling } from "../../src/model/zoo/zoo-entry.js";
import { setThreads } from "../../src/tensor/engine.js";
import { alone, joinProcesses, type Processes } from "../../src/tensor/process-group.js";
import { Adam } from "../../src/training/adam.js";
import { augmentations } from "../../src/training/augmentations/registry.js";
import type { GradientExchange } from "../../src/training/data-parallel/gradient-exchange.js";
import { Network } from "../../src/training/network.js";
import {
  imagesOfProcess,
  startTraining,
  type TrainingData,
  type TrainingSettings,
  train,
} from "../../src/training/trainer.js";
import { WeightAverage } from "../../src/training/weight-average.js";

export interface TrainingPlan {
  readonly batchSize: number;
  readonly images: number;
  readonly epochs: number;
  /** Whether batches are normalized over all processes, or normalizations are frozen. */
  readonly normalization: "synchronised" | "frozen";
  readonly augmentation: "none" | "exposure";
  readonly gradientExchange?: GradientExchange;
  /** Adds a Dropout before the last layer. */
  readonly drops?: boolean;
}

export interface ProcessPlan extends TrainingPlan {
  readonly rank: number;
  readonly size: number;
  readonly port: number;
  /** Where all weights go, one after the other. */
  readonly out: string;
}

export interface Trained {
  readonly weights: Float32Array;
  readonly scores: Float32Array;
}

const imageSize = 64;

/** Some epochs of the custom CNN; the weights as they are at the end, and validation scores of the averaged ones. */
export async function trainSmall(plan: TrainingPlan, processes: Processes = alone): Promise<Trained> {
  const together = plan.normalization === "synchronised" && processes.size > 1;
  const graph = graphOf(plan);
  const network = new Network(graph, initialWeights(graph, 3), { group: together ? processes.group : 0 });
  const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
  const average = new WeightAverage(network.parameters.changing.map(({ tensor }) => tensor));
  const settings: TrainingSettings = {
    epochsBefore: 0,
    lastEpoch: plan.epochs,
    batchSize: plan.batchSize,
    seed: 5,
    scaling: unitScaling,
    augmentation: augmentations[plan.augmentation],
    augmentValidation: true,
    classWeights: [1.5, 0.75],
    schedule: { name: "cosine" },
    select: "latest among the best",
    frozenPrefix: "none",
    gradientExchange: plan.gradientExchange ?? "float32",
    normalizesTogether: together,
  };
  let scores = new Float32Array();
  await train(
    { network, optimizer, average },
    ownPart(drawnData(plan.images), settings, processes),
    settings,
    startTraining(1e-4),
    {
      emit: () => undefined,
      measure: (_labels, measured) => {
        scores = measured.slice();
        return { loss: null, accuracy: null, auc: null, aucError: null };
      },
      save: async () => undefined,
      now: () => performance.now(),
      processes,
    },
  );
  const arrays = [...network.parameters.toWeightMap().values()].flatMap((layer) => [...layer.values()]);
  const weights = Float32Array.from(arrays.flatMap(({ data }) => [...data]));
  network.dispose();
  optimizer.dispose();
  average.dispose();
  return { weights, scores };
}

function graphOf({ normalization, drops }: TrainingPlan): ModelGraph {
  const graph = customCnn({ imageSize });
  const nodes = graph.nodes.map((node) =>
    normalization === "frozen" && node.className === "BatchNormalization" ? { ...node, trainable: false } : node,
  );
  if (drops !== true) return { ...graph, nodes };
  const last = nodes.at(-1) as LayerNode;
  const dropout: LayerNode = {
    name: "dropout",
    className: "Dropout",
    config: { rate: 0.4, noiseShape: "values" },
    inputs: last.inputs,
    trainable: true,
  };
  return { ...graph, nodes: [...nodes.slice(0, -1), dropout, { ...last, inputs: ["dropout"] }] };
}

function drawnData(images: number): TrainingData {
  const random = Random.of(11, "pixels");
  const count = images + 7;
  const labels = Uint8Array.from({ length: count }, (_, i) => Number(i % 3 > 0));
  const pixels = Uint8Array.from({ length: count * imageSize ** 2 }, (_, i) => {
    const isOpaque = labels[Math.floor(i / imageSize ** 2)] === 1;
    return Math.min(255, random.integer(200) + (isOpaque && i % imageSize ** 2 < 1600 ? 50 : 0));
  });
  const positions = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  return { pixels, size: imageSize, labels, train: positions(0, images), validation: positions(images, count) };
}

/** The pixels of a process' own images only: another's are not there. */
function ownPart(data: TrainingData, settings: TrainingSettings, processes: Processes): TrainingData {
  const { train, validation } = imagesOfProcess(data, settings, processes);
  const own = [...train, ...validation];
  const bytes = data.size ** 2;
  const rows = new Int32Array(data.labels.length).fill(-1);
  const pixels = new Uint8Array(own.length * bytes);
  for (const [row, image] of own.entries()) {
    rows[image] = row;
    pixels.set(data.pixels.subarray(image * bytes, (image + 1) * bytes), row * bytes);
  }
  return { ...data, pixels, rows };
}

async function main(plan: ProcessPlan): Promise<void> {
  setThreads(1);
  const { rank, size, port } = plan;
  const processes = await joinProcesses({
    host: "127.0.0.1",
    port,
    rank,
    size,
    reachedBy: { address: "127.0.0.1" },
    timeoutSeconds: 60,
  });
  const { weights, scores } = await trainSmall(plan, processes);
  await writeFile(plan.out, Buffer.concat([Buffer.from(weights.buffer), Buffer.from(scores.buffer)]));
  await processes.meet("end");
  processes.leave();
}

const [, program = "", argument] = process.argv;
if (import.meta.url === pathToFileURL(program).href && argument !== undefined) {
  await main(JSON.parse(argument) as ProcessPlan);
}
