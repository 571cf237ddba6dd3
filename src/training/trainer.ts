// The training loop: epochs of augmented batches, a validation after each, the learning rate between them. It knows no
// files, clocks or terminals; those come in as functions.
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import { seedEngine } from "../tensor/engine.js";
import { scope } from "../tensor/scope.js";
import { dtypeNumber, gradients, op, Tensor } from "../tensor/tensor.js";
import type { Adam } from "./adam.js";
import { Augmenter, type AugmenterSettings } from "./augmenter.js";
import { batchCount, epochBatches } from "./batches.js";
import type { HistoryRow } from "./history.js";
import { gatherImages, type PixelArray, scaleImages } from "./image-batch.js";
import { weightedBinaryCrossEntropy } from "./losses.js";
import type { Network } from "./network.js";
import { type PlateauSettings, type PlateauState, startPlateau, stepPlateau } from "./schedules.js";
import { scoreImages } from "./score.js";
import type { WeightAverage } from "./weight-average.js";

/** Images with their labels (1 = PNEUMONIA) and the rows that train and validate. */
export interface TrainingData extends PixelArray {
  readonly labels: Uint8Array;
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

export interface TrainingSettings extends AugmenterSettings {
  /** Counted from 1 and from the first stage on. */
  readonly lastEpoch: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly scaling: PixelScaling;
  /** The study augments its validation images too. */
  readonly augmentValidation: boolean;
  /** Loss weight by label: [normal, pneumonia]. */
  readonly classWeights: readonly [number, number];
  readonly plateau: PlateauSettings;
  /** The validation metric that drives the learning rate. */
  readonly monitor: "accuracy" | "auc";
  /** Which epoch's weights are the result. */
  readonly select: "last" | "lowest validation loss";
}

/** What a training changes. */
export interface Learner {
  readonly network: Network;
  readonly optimizer: Adam;
  /** Validated and kept in place of the weights of the last step; null takes those as they are. */
  readonly average: WeightAverage | null;
}

export interface ValidationScores {
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly auc: number | null;
}

/** All that must be kept between epochs besides weights and optimizer moments. Plain JSON. */
export interface TrainingState {
  readonly history: readonly HistoryRow[];
  readonly plateau: PlateauState;
  /** From 1; null before the first epoch. */
  readonly bestEpoch: number | null;
}

export type TrainingEvent =
  | { readonly type: "epoch start"; readonly epoch: number; readonly images: number; readonly learningRate: number }
  | { readonly type: "batch"; readonly epoch: number; readonly imagesDone: number; readonly loss: number }
  | { readonly type: "validation"; readonly epoch: number }
  | {
      readonly type: "epoch end";
      readonly row: HistoryRow;
      readonly isBest: boolean;
      readonly reducedTo: number | null;
    };

export interface TrainingHooks {
  readonly emit: (event: TrainingEvent) => void;
  /** Metrics of validation scores, in the order of `data.validation`. */
  readonly measure: (labels: Uint8Array, scores: Float32Array) => ValidationScores;
  /** Keeps the state after an epoch; when it throws, training ends with its error. */
  readonly save: (state: TrainingState, isBest: boolean) => Promise<void>;
  /** Milliseconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

/** The state before the first epoch. */
export const startTraining = (learningRate: number): TrainingState => ({
  history: [],
  plateau: startPlateau(learningRate),
  bestEpoch: null,
});

/**
 * Trains from `state` to the last epoch. Everything random derives from seed and epoch, so a run continued from a saved
 * state ends with the weights of an uninterrupted one (same engine, threads and precision).
 * @throws AppError TRAINING_DIVERGED when the loss is not a number any more, TRAINING_INTERRUPTED when the signal fires.
 */
export async function train(
  learner: Learner,
  data: TrainingData,
  settings: TrainingSettings,
  state: TrainingState,
  hooks: TrainingHooks,
): Promise<TrainingState> {
  for (let epoch = state.history.length + 1; epoch <= settings.lastEpoch; epoch++) {
    const started = hooks.now();
    const { learningRate } = state.plateau;
    hooks.emit({ type: "epoch start", epoch, images: data.train.length, learningRate });
    const fitted = await fitEpoch(learner, data, settings, epoch, learningRate, hooks);
    const trainedFor = (hooks.now() - started) / 1000;
    hooks.emit({ type: "validation", epoch });
    const validation = await withAverage(learner, () => validate(learner.network, data, settings, epoch, hooks));
    const row: HistoryRow = {
      epoch,
      ...fitted,
      validationLoss: validation.loss,
      validationAccuracy: validation.accuracy,
      validationAuc: validation.auc,
      learningRate,
      imagesPerSecond: data.train.length / trainedFor,
      seconds: (hooks.now() - started) / 1000,
    };
    const isBest = settings.select === "last" || isNewBest(state, row);
    const watched = validation[settings.monitor] ?? Number.NaN;
    state = {
      history: [...state.history, row],
      plateau: stepPlateau(settings.plateau, state.plateau, watched),
      bestEpoch: isBest ? epoch : state.bestEpoch,
    };
    await hooks.save(state, isBest);
    const reducedTo = state.plateau.learningRate < learningRate ? state.plateau.learningRate : null;
    hooks.emit({ type: "epoch end", row, isBest, reducedTo });
  }
  return state;
}

/** Does `work` with the network's averaged weights, where they are averaged. */
export function withAverage<T>({ average }: Learner, work: () => Promise<T>): Promise<T> {
  return average === null ? work() : average.during(work);
}

async function fitEpoch(
  { network, optimizer, average }: Learner,
  data: TrainingData,
  settings: TrainingSettings,
  epoch: number,
  learningRate: number,
  { emit, signal }: TrainingHooks,
): Promise<{ loss: number; accuracy: number }> {
  seedEngine(Random.of(settings.seed, "engine", epoch).uint32());
  const augmenter = new Augmenter(settings, settings.seed, "augment", epoch);
  const stepsOfEpoch = batchCount(data.train.length, settings.batchSize);
  let done = 0;
  let lossSum = 0;
  let correct = 0;
  for (const positions of epochBatches(
    data.train.length,
    settings.batchSize,
    Random.of(settings.seed, "shuffle", epoch),
  )) {
    const indices = positions.map((position) => data.train[position] as number);
    const step = scope(() => {
      const images = augmenter.apply(gatherImages(data, indices));
      const batch = onDevice(scaleImages(images, settings.scaling), network.device);
      return trainStep(
        network,
        optimizer,
        batch,
        indices.map((index) => data.labels[index] as number),
        settings,
        learningRate,
      );
    });
    if (!Number.isFinite(step.loss)) throw diverged(epoch, done, step.loss, learningRate);
    average?.update(stepsOfEpoch);
    done += indices.length;
    lossSum += step.loss * indices.length;
    correct += step.correct;
    emit({ type: "batch", epoch, imagesDone: done, loss: lossSum / done });
    await new Promise(setImmediate);
    if (signal?.aborted) throw interrupted(epoch);
  }
  return { loss: lossSum / done, accuracy: correct / done };
}

/**
 * One update on one batch: forward, weighted loss, gradients, Adam.
 * @param batch [n, c, h, w], scaled. @param labels n values, 0 or 1. Returns the loss and how many were right at 0.5.
 */
export function trainStep(
  network: Network,
  optimizer: Adam,
  batch: Tensor,
  labels: Int32Array,
  settings: Pick<TrainingSettings, "classWeights">,
  learningRate: number,
): { loss: number; correct: number } {
  const column = (values: Iterable<number>) =>
    onDevice(Tensor.fromArray(Float64Array.from(values), [labels.length, 1]), network.device);
  const logits = network.logits(batch, "training");
  const weights = Array.from(labels, (label) => settings.classWeights[label as 0 | 1]);
  const loss = weightedBinaryCrossEntropy(logits, column(labels), column(weights));
  const parameters = network.parameters.trainable.map(({ tensor }) => tensor);
  optimizer.step(gradients(loss, parameters), learningRate);
  const values = logits.toFloat32();
  const correct = labels.reduce((count, label, i) => count + Number((values[i] as number) > 0 === (label === 1)), 0);
  return { loss: loss.item(), correct };
}

async function validate(
  network: Network,
  data: TrainingData,
  settings: TrainingSettings,
  epoch: number,
  { measure }: TrainingHooks,
): Promise<ValidationScores> {
  const augmenter = new Augmenter(settings, settings.seed, "augment validation", epoch);
  const scores = await scoreImages(network, data, data.validation, {
    scaling: settings.scaling,
    batchSize: settings.batchSize,
    ...(settings.augmentValidation && { augmenter }),
  });
  return measure(
    Uint8Array.from(data.validation, (index) => data.labels[index] as number),
    scores,
  );
}

function isNewBest({ history, bestEpoch }: TrainingState, row: HistoryRow): boolean {
  const best = bestEpoch === null ? undefined : history[bestEpoch - 1];
  const lossOf = ({ validationLoss }: HistoryRow) => validationLoss ?? Number.POSITIVE_INFINITY;
  return best === undefined || lossOf(row) < lossOf(best);
}

function onDevice(tensor: Tensor, device: string): Tensor {
  return device === "cpu" ? tensor : op("aten::to.device", tensor, device, dtypeNumber(tensor.dtype));
}

function diverged(epoch: number, done: number, loss: number, learningRate: number): AppError {
  return new AppError(
    "TRAINING_DIVERGED",
    `epoch ${epoch}, after ${done} images: the loss must be a finite number. Received ${loss}. ` +
      `The last finished epoch is kept. Train again with a lower --lr (it was ${Number(learningRate.toPrecision(4))}).`,
  );
}

function interrupted(epoch: number): AppError {
  return new AppError(
    "TRAINING_INTERRUPTED",
    `stopped in epoch ${epoch}. The finished epochs are kept; continue with --resume.`,
  );
}
