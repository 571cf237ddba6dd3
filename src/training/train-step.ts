// One update of the weights on one batch: by one process, or by several that each have a share of the batch.
import { inArena } from "../tensor/arena.js";
import * as ops from "../tensor/operators.js";
import { alone, type Begun, type Processes } from "../tensor/process-group.js";
import { beginRead, gradients, gradientsAsTheyCome, Tensor } from "../tensor/tensor.js";
import type { Adam } from "./adam.js";
import type { BatchShare } from "./data-parallel/batch-share.js";
import { GradientBuckets } from "./data-parallel/gradient-buckets.js";
import type { GradientExchange } from "./data-parallel/gradient-exchange.js";
import { weightedBinaryCrossEntropy } from "./losses.js";
import type { NetworkPart } from "./network.js";

/** Loss weight by label: [normal, pneumonia]. */
export type LossWeights = readonly [number, number];

export interface StepResult {
  /** Of the whole batch, weighted. */
  readonly loss: number;
  /** How many of its images were right at 0.5. */
  readonly correct: number;
}

/** Waits for an update's result, once: a GPU may still be working on it. */
export type PendingResult = () => StepResult;

/** Makes one update after the other on a network. */
export interface Steps {
  /** How many results may be pending: a GPU works on one update while the next is prepared. */
  readonly pending: number;
  /**
   * @param images those of `share`, as the network takes them; @param labels theirs, 0 or 1
   * @throws AppError PROCESS_LOST
   */
  update(images: Tensor, labels: Int32Array, share: BatchShare, learningRate: number): Promise<PendingResult>;
  dispose(): void;
}

export interface StepSettings {
  readonly classWeights: LossWeights;
  readonly processes?: Processes;
  /** Of gradients between processes; default "float32". */
  readonly gradientExchange?: GradientExchange;
  /** Whether normalizations take their statistics from the batch of all processes. */
  readonly normalizesTogether?: boolean;
}

export function openSteps(network: NetworkPart, optimizer: Adam, settings: StepSettings): Steps {
  const { processes = alone } = settings;
  if (processes.size > 1) return new SharedSteps(network, optimizer, processes, settings);
  return {
    pending: network.device === "cpu" ? 0 : 1,
    update: async (images, labels, _share, learningRate) =>
      inArena(() => beginTrainStep(network, optimizer, images, labels, settings, learningRate)),
    dispose: () => undefined,
  };
}

/**
 * One update on one batch: forward, weighted loss, gradients, Adam.
 * @param batch what `network` takes: scaled images [n, c, h, w], or its frozen layers' values. @param labels n values, 0 or 1. Returns the loss and how many were right at 0.5.
 */
export function trainStep(...given: Parameters<typeof beginTrainStep>): StepResult {
  return beginTrainStep(...given)();
}

function beginTrainStep(
  network: NetworkPart,
  optimizer: Adam,
  batch: Tensor,
  labels: Int32Array,
  { classWeights }: Pick<StepSettings, "classWeights">,
  learningRate: number,
): PendingResult {
  const { loss, logits } = lossOf(network, batch, labels, classWeights);
  const [readLoss, readLogits] = [beginRead(loss), beginRead(logits)];
  optimizer.step(gradients(loss, trainableOf(network)), learningRate);
  return () => ({ loss: readLoss()[0] as number, correct: countCorrect(readLogits(), labels) });
}

/** Every process computes the gradients of its images; their sums, divided by the whole batch's images, move all alike. */
class SharedSteps implements Steps {
  readonly pending = 0;
  readonly #network: NetworkPart;
  readonly #optimizer: Adam;
  readonly #processes: Processes;
  readonly #settings: StepSettings;
  readonly #buckets: GradientBuckets;
  /** [loss, correct] */
  readonly #totals = Tensor.fromArray(new Float64Array(2), [2]);

  constructor(network: NetworkPart, optimizer: Adam, processes: Processes, settings: StepSettings) {
    this.#network = network;
    this.#optimizer = optimizer;
    this.#processes = processes;
    this.#settings = settings;
    this.#buckets = new GradientBuckets(processes, trainableOf(network), settings.gradientExchange ?? "float32");
  }

  async update(images: Tensor, labels: Int32Array, share: BatchShare, learningRate: number): Promise<PendingResult> {
    this.#buckets.restart();
    // Where statistics are everybody's, a process without images takes part in them with none.
    const totals = this.#addUp(images, labels, share);
    const sums = await this.#buckets.sums();
    await totals.ended();
    this.#optimizer.step(sums, learningRate);
    const [loss, correct] = this.#totals.toFloat64() as unknown as [number, number];
    return () => ({ loss, correct });
  }

  dispose(): void {
    this.#buckets.dispose();
    this.#totals.dispose();
  }

  #addUp(images: Tensor, labels: Int32Array, share: BatchShare): Begun {
    const isIdle = share.isStandIn && this.#settings.normalizesTogether !== true;
    try {
      return inArena(() => (isIdle ? this.#addNothing() : this.#addGradients(images, labels, share)));
    } catch (thrown) {
      throw this.#processes.asLost(thrown);
    }
  }

  #addNothing() {
    const totals = this.#beginTotals(0, 0);
    this.#buckets.addNothing();
    return totals;
  }

  #addGradients(images: Tensor, labels: Int32Array, share: BatchShare) {
    const own = share.isStandIn ? ops.sliceTensor(images, { dim: 0, start: 0, end: 0 }) : images;
    const ownLabels = share.isStandIn ? new Int32Array() : labels;
    const { loss, logits } = lossOf(this.#network, own, ownLabels, this.#settings.classWeights, share);
    const totals = this.#beginTotals(loss.item(), countCorrect(logits.toFloat64(), ownLabels));
    gradientsAsTheyCome(loss, trainableOf(this.#network), (parameter, gradient) =>
      this.#buckets.add(parameter, gradient),
    );
    return totals;
  }

  #beginTotals(loss: number, correct: number) {
    ops.copyInPlace(this.#totals, Tensor.fromArray(Float64Array.of(loss, correct), [2]));
    return this.#processes.beginSum(this.#totals);
  }
}

const trainableOf = ({ parameters }: NetworkPart): readonly Tensor[] =>
  parameters.trainable.map(({ tensor }) => tensor);

/** @param share of the batch, where it is not all here */
function lossOf(
  network: NetworkPart,
  batch: Tensor,
  labels: Int32Array,
  classWeights: LossWeights,
  share?: BatchShare,
) {
  const column = (values: Iterable<number>) =>
    Tensor.fromArray(Float64Array.from(values), [labels.length, 1], network.device);
  const logits = network.logits(batch, "training", share);
  const weights = Array.from(labels, (label) => classWeights[label as 0 | 1]);
  return { loss: weightedBinaryCrossEntropy(logits, column(labels), column(weights), share?.images), logits };
}

function countCorrect(logits: Float64Array, labels: Int32Array): number {
  return labels.reduce((count, label, i) => count + Number((logits[i] as number) > 0 === (label === 1)), 0);
}
