// One of several processes of distributed-network.ts: trains, computes alone and only exchanges gradients, step by step in turns, and
// prints the median seconds of each.
//
//   node dist/bench/network/member.js '<Member as JSON>'
import { initialWeights } from "../../src/model/initial-weights.js";
import { withTrainablePart } from "../../src/model/trainable-part.js";
import { findModel } from "../../src/model/zoo/registry.js";
import { inArena } from "../../src/tensor/arena.js";
import { setThreads } from "../../src/tensor/engine.js";
import * as ops from "../../src/tensor/operators.js";
import { alone, joinProcesses, type Processes } from "../../src/tensor/process-group.js";
import { Adam } from "../../src/training/adam.js";
import { shareOf } from "../../src/training/data-parallel/batch-share.js";
import { GradientBuckets } from "../../src/training/data-parallel/gradient-buckets.js";
import type { GradientExchange } from "../../src/training/data-parallel/gradient-exchange.js";
import { gatherImages, scaleImages } from "../../src/training/image-batch.js";
import { Network } from "../../src/training/network.js";
import { openSteps } from "../../src/training/train-step.js";
import { noiseBatch } from "../interleaved.js";
import { median } from "../median.js";

/** "compute" shares nothing but the step's end, "exchange" shares gradients that nothing is computed for, "train" does both. */
const works = ["compute", "exchange", "train"] as const;
export type Work = (typeof works)[number];

export interface Member {
  readonly model: string;
  readonly exchange: GradientExchange;
  readonly rank: number;
  readonly size: number;
  /** Of process 0, and this process' own. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Of this process. */
  readonly batch: number;
  /** Of each kind. */
  readonly steps: number;
}

export interface Measured {
  readonly seconds: Readonly<Record<Work, number>>;
  /** Of the weights that learn. */
  readonly gradientBytes: number;
}

const member = JSON.parse(process.argv[2] as string) as Member;
const { model, exchange, rank, size, host, address, port, batch, steps } = member;
setThreads(1);
const processes = await joinProcesses({ host, port, rank, size, reachedBy: { address }, timeoutSeconds: 600 });
const entry = findModel(model);
const graph = withTrainablePart(entry.build(), { kind: "all" }, entry.firstHeadLayer);
const network = new Network(graph, initialWeights(graph, 1));
const trainable = network.parameters.trainable.map(({ tensor }) => tensor);
const classWeights = [1.9448, 0.673] as const;
const open = (together: Processes) => {
  const updates = openSteps(network, new Adam(trainable), {
    classWeights,
    processes: together,
    gradientExchange: exchange,
  });
  return { updates, share: shareOf(batch * together.size, together) };
};
const kinds = { compute: open(alone), train: open(processes) };
const { images, indices, labels } = noiseBatch(entry.input.imageSize, batch);
const buckets = new GradientBuckets(processes, trainable, exchange);
const gradients = trainable.map((tensor) => ops.zerosLike(tensor));
const nothing = ops.zeros([1]);

async function step(work: Work): Promise<void> {
  if (work === "exchange") {
    buckets.restart();
    for (const [i, gradient] of [...gradients.entries()].reverse()) buckets.add(i, gradient);
    await buckets.sums();
    return;
  }
  const { updates, share } = kinds[work];
  const input = inArena(() => scaleImages(gatherImages(images, indices), entry.scaling.sound));
  (await updates.update(input, labels, share, 1e-4))();
  input.dispose();
}

const times = { compute: [] as number[], exchange: [] as number[], train: [] as number[] };
for (let i = -1; i < steps; i++) {
  for (const work of works) {
    await processes.beginSum(nothing).ended(); // all begin at once
    const started = performance.now();
    await step(work);
    await processes.beginSum(nothing).ended(); // and are done with the slowest
    if (i >= 0) times[work].push((performance.now() - started) / 1000);
  }
}
const measured: Measured = {
  seconds: { compute: median(times.compute), exchange: median(times.exchange), train: median(times.train) },
  gradientBytes: trainable.reduce((sum, tensor) => sum + tensor.size * 4, 0),
};
await processes.meet("end");
processes.leave();
console.log(JSON.stringify(measured));
