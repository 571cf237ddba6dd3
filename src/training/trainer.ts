// The training loop: epochs of augmented batches, a validation after each, the learning rate between them. It knows no
// files, clocks or terminals; those come in as functions.
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import { inArena } from "../tensor/arena.js";
import { moveTo, seedEngine } from "../tensor/engine.js";
import { gradients, Tensor } from "../tensor/tensor.js";
import type { Adam } from "./adam.js";
import { type Augmentation, changesImages } from "./augmentations/augmentation.js";
import { Augmenter } from "./augmentations/augmenter.js";
import { batchCount, epochBatches } from "./batches.js";
import { type HighestAuc, higherAuc, isAmongBest } from "./best-epoch.js";
import type { PrefixChoice } from "./frozen-prefix.js";
import type { HistoryRow } from "./history.js";
import type { PixelArray } from "./image-batch.js";
import { type ImagePath, openImagePath } from "./image-path.js";
import { weightedBinaryCrossEntropy } from "./losses.js";
import type { Network, NetworkPart } from "./network.js";
import type { PrefixEngineName } from "./prefix-engine.js";
import { learningRates, nextPlateau, type PlateauState, type Schedule, startPlateau } from "./schedules.js";
import type { WeightAverage } from "./weight-average.js";

/** Images with their labels (1 = PNEUMONIA) and the rows that train and validate. */
export interface TrainingData extends PixelArray {
  readonly labels: Uint8Array;
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

export interface TrainingSettings {
  /** Epochs of earlier stages. */
  readonly epochsBefore: number;
  /** Counted from 1 and from the first stage on. */
  readonly lastEpoch: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly scaling: PixelScaling;
  readonly augmentation: Pick<Augmentation, "parts">;
  /** The study augments its validation images too. */
  readonly augmentValidation: boolean;
  /** Loss weight by label: [normal, pneumonia]. */
  readonly classWeights: readonly [number, number];
  readonly schedule: Schedule;
  /** Which epoch's weights are the result; the best are those whose AUC is within one standard error of the highest. */
  readonly select: "last" | "latest among the best";
  /** What computes the layers before the first that learns; "fastest", the default, is measured where bfloat16 may be used. "none": no such division. */
  readonly frozenPrefix?: PrefixEngineName | "fastest" | "none";
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
  /** Standard error of `auc`; null where it is not defined. */
  readonly aucError: number | null;
}

/** All that must be kept between epochs besides weights and optimizer moments. Plain JSON. */
export interface TrainingState {
  readonly history: readonly HistoryRow[];
  /** Its learning rate is the stage's first one where the schedule is no plateau. */
  readonly plateau: PlateauState;
  /** Highest validation AUC so far with its standard error; null before the first. */
  readonly highest: HighestAuc | null;
  /** From 1; null before the first epoch. */
  readonly bestEpoch: number | null;
  /** How the frozen layers are computed; absent before the first epoch, null where none are frozen. */
  readonly prefix?: PrefixChoice | null;
}

export type TrainingEvent =
  | { readonly type: "frozen layers"; readonly imagesDone: number; readonly images: number }
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
  highest: null,
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
  if (state.history.length >= settings.lastEpoch) return state;
  const path = await openPath(learner.network, data, settings, state, hooks);
  try {
    return await trainOn(path, learner, data, settings, { ...state, prefix: path.choice }, hooks);
  } finally {
    await path.dispose();
  }
}

/** The way of the images to the layers that learn. */
function openPath(
  network: Network,
  data: TrainingData,
  settings: TrainingSettings,
  state: TrainingState,
  { now, emit, signal }: TrainingHooks,
): Promise<ImagePath> {
  return openImagePath(network, data, {
    scaling: settings.scaling,
    batchSize: settings.batchSize,
    unchanging: changesImages(settings.augmentation) ? null : Int32Array.from([...data.train, ...data.validation]),
    frozenPrefix: settings.frozenPrefix ?? "fastest",
    chosen: state.prefix ?? null,
    now,
    onFeatures: (done, total) => {
      emit({ type: "frozen layers", imagesDone: done, images: total });
      if (signal?.aborted) throw interrupted(state.history.length + 1);
    },
  });
}

async function trainOn(
  path: ImagePath,
  learner: Learner,
  data: TrainingData,
  settings: TrainingSettings,
  state: TrainingState,
  hooks: TrainingHooks,
): Promise<TrainingState> {
  for (let epoch = state.history.length + 1; epoch <= settings.lastEpoch; epoch++) {
    const started = hooks.now();
    const rateAt = learningRates(settings.schedule, settings, state.plateau, epoch);
    const learningRate = rateAt(0);
    hooks.emit({ type: "epoch start", epoch, images: data.train.length, learningRate });
    const fitted = await fitEpoch(path, learner, data, settings, epoch, rateAt, hooks);
    const trainedFor = (hooks.now() - started) / 1000;
    hooks.emit({ type: "validation", epoch });
    const validation = await withAverage(learner, () => validate(path, data, settings, epoch, hooks));
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
    const highest = higherAuc(state.highest, validation);
    const isBest = settings.select === "last" || isAmongBest(validation, highest);
    const before = state.plateau;
    state = {
      ...state,
      history: [...state.history, row],
      plateau: nextPlateau(settings.schedule, before, validation),
      highest,
      bestEpoch: isBest ? epoch : state.bestEpoch,
    };
    await hooks.save(state, isBest);
    const { learningRate: next } = state.plateau;
    hooks.emit({ type: "epoch end", row, isBest, reducedTo: next < before.learningRate ? next : null });
  }
  return state;
}

/** Does `work` with the network's averaged weights, where they are averaged. */
export function withAverage<T>({ average }: Learner, work: () => Promise<T>): Promise<T> {
  return average === null ? work() : average.during(work);
}

async function fitEpoch(
  path: ImagePath,
  { optimizer, average }: Learner,
  data: TrainingData,
  settings: TrainingSettings,
  epoch: number,
  rateAt: (done: number) => number,
  { emit, signal }: TrainingHooks,
): Promise<{ loss: number; accuracy: number }> {
  seedEngine(Random.of(settings.seed, "engine", epoch).uint32());
  const augmenter = new Augmenter(settings.augmentation, settings.seed, "augment", epoch);
  const stepsOfEpoch = batchCount(data.train.length, settings.batchSize);
  let done = 0;
  let steps = 0;
  let lossSum = 0;
  let correct = 0;
  for (const positions of epochBatches(
    data.train.length,
    settings.batchSize,
    Random.of(settings.seed, "shuffle", epoch),
  )) {
    const indices = positions.map((position) => data.train[position] as number);
    const learningRate = rateAt(steps++ / stepsOfEpoch);
    const batch = await path.batch(indices, augmenter);
    const labels = indices.map((index) => data.labels[index] as number);
    const step = inArena(() => trainStep(path.part, optimizer, batch, labels, settings, learningRate));
    batch.dispose();
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
 * @param batch what `network` takes: scaled images [n, c, h, w], or its frozen layers' values. @param labels n values, 0 or 1. Returns the loss and how many were right at 0.5.
 */
export function trainStep(
  network: NetworkPart,
  optimizer: Adam,
  batch: Tensor,
  labels: Int32Array,
  settings: Pick<TrainingSettings, "classWeights">,
  learningRate: number,
): { loss: number; correct: number } {
  const column = (values: Iterable<number>) =>
    moveTo(Tensor.fromArray(Float64Array.from(values), [labels.length, 1]), network.device);
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
  path: ImagePath,
  data: TrainingData,
  settings: TrainingSettings,
  epoch: number,
  { measure }: TrainingHooks,
): Promise<ValidationScores> {
  const augmenter = new Augmenter(settings.augmentation, settings.seed, "augment validation", epoch);
  const scores = await path.scores(data.validation, settings.augmentValidation ? augmenter : null);
  return measure(
    Uint8Array.from(data.validation, (index) => data.labels[index] as number),
    scores,
  );
}

function diverged(epoch: number, done: number, loss: number, learningRate: number): AppError {
  return new AppError("TRAINING_DIVERGED", {
    place: `epoch ${epoch}, after ${done} images`,
    rule: "the loss must be a finite number",
    received: `${loss}`,
    remedy: `The last finished epoch is kept. Train again with a lower learning rate (it was ${Number(learningRate.toPrecision(4))})`,
  });
}

function interrupted(epoch: number): AppError {
  const remedy = "The finished epochs are kept: resume the run";
  return new AppError("TRAINING_INTERRUPTED", { place: "training", rule: `stopped in epoch ${epoch}`, remedy });
}
