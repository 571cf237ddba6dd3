// The training loop: epochs of augmented batches, a validation after each, the learning rate between them. It knows no
// files, clocks or terminals; those come in as functions.
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import { seedEngine } from "../tensor/engine.js";
import { alone, type Processes } from "../tensor/process-group.js";
import type { Adam } from "./adam.js";
import { type Augmentation, changesImages } from "./augmentations/augmentation.js";
import { Augmenter } from "./augmentations/augmenter.js";
import { epochBatches, imagesOfPlaces } from "./batches.js";
import { type HighestAuc, higherAuc, isAmongBest } from "./best-epoch.js";
import { shareOf } from "./data-parallel/batch-share.js";
import type { GradientExchange } from "./data-parallel/gradient-exchange.js";
import { copyFromFirst, gatheredInTurn, toldByFirst } from "./data-parallel/shared-values.js";
import type { PrefixChoice } from "./frozen-prefix.js";
import type { HistoryRow } from "./history.js";
import type { PixelArray } from "./image-batch.js";
import { type ImagePath, openImagePath } from "./image-path.js";
import type { Network } from "./network.js";
import type { PrefixEngineName } from "./prefix-engine.js";
import { learningRates, nextPlateau, type PlateauState, type Schedule, startPlateau } from "./schedules.js";
import { openSteps, type PendingResult, type Steps } from "./train-step.js";
import type { WeightAverage } from "./weight-average.js";

/** Images with their labels (1 = PNEUMONIA) and those that train and validate. */
export interface TrainingData extends PixelArray {
  readonly labels: Uint8Array;
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** Of one of several processes: the training and validation images that it needs, in this order. */
export function imagesOfProcess(
  { train, validation }: Pick<TrainingData, "train" | "validation">,
  { batchSize, seed }: Pick<TrainingSettings, "batchSize" | "seed">,
  { rank, size }: Pick<Processes, "rank" | "size">,
): { readonly train: Int32Array; readonly validation: Int32Array } {
  const places = imagesOfPlaces(train.length, batchSize * size, seed).filter((_, place) => place % size === rank);
  return {
    train: Int32Array.from(places.flatMap((images) => [...images].map((position) => train[position] as number))),
    validation: validation.filter((_, place) => place % size === rank),
  };
}

export interface TrainingSettings {
  /** Epochs of earlier stages. */
  readonly epochsBefore: number;
  /** Counted from 1 and from the first stage on. */
  readonly lastEpoch: number;
  /** Images of a step in each process. */
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
  /** What computes the layers before the first that learns; "fastest", the default, is told by the network. "none": no such division. */
  readonly frozenPrefix?: PrefixEngineName | "fastest" | "none";
  /** In which precision processes exchange gradients; default "float32". */
  readonly gradientExchange?: GradientExchange;
  /** Whether normalizations take the statistics of all processes' images; `Learner.network` must be made for it. */
  readonly normalizesTogether?: boolean;
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
  /** Those that train this network together, each with its share of the images; default: this one alone. `save` is for the first. */
  readonly processes?: Processes;
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
  const { processes, signal } = hooks;
  const { gradientExchange, normalizesTogether, classWeights } = settings;
  const steps = openSteps(path.part, learner.optimizer, {
    classWeights,
    ...(processes && { processes }),
    ...(gradientExchange && { gradientExchange }),
    ...(normalizesTogether && { normalizesTogether }),
  });
  try {
    return await trainOn({ path, steps }, learner, data, settings, { ...state, prefix: path.choice }, hooks);
  } catch (thrown) {
    // Where all were told to stop, who stops last finds the others gone.
    const isLost = thrown instanceof AppError && thrown.code === "PROCESS_LOST";
    throw isLost && signal?.aborted ? interrupted(undefined, thrown) : thrown;
  } finally {
    steps.dispose();
    await path.dispose();
  }
}

/** The way of the images to the layers that learn. Process 0 chooses what computes the frozen ones. */
async function openPath(
  network: Network,
  data: TrainingData,
  settings: TrainingSettings,
  state: TrainingState,
  { emit, signal, processes = alone }: TrainingHooks,
): Promise<ImagePath> {
  const own = imagesOfProcess(data, settings, processes);
  const most = imagesOfProcess(data, settings, { rank: 0, size: processes.size });
  const open = (chosen: PrefixChoice | null) =>
    openImagePath(network, data, {
      scaling: settings.scaling,
      batchSize: settings.batchSize,
      unchanging: changesImages(settings.augmentation) ? null : Int32Array.from([...own.train, ...own.validation]),
      sharing: {
        part: processes,
        mostUnchanging: most.train.length + most.validation.length,
      },
      frozenPrefix: settings.frozenPrefix ?? "fastest",
      chosen,
      onFeatures: (done, total) => {
        emit({ type: "frozen layers", imagesDone: done, images: total });
        if (signal?.aborted) throw interrupted(state.history.length + 1);
      },
    });
  const isFirst = processes.rank === 0;
  const path = isFirst ? await open(state.prefix ?? null) : null;
  await processes.meet(`frozen layers, epoch ${state.history.length + 1}`);
  const told = await toldByFirst(processes, isFirst ? { facts: path?.choice ?? null, arrays: [] } : null);
  return path ?? open(told.facts as PrefixChoice | null);
}

/** What one epoch after the other is made with. */
interface Means {
  readonly path: ImagePath;
  readonly steps: Steps;
}

async function trainOn(
  means: Means,
  learner: Learner,
  data: TrainingData,
  settings: TrainingSettings,
  state: TrainingState,
  hooks: TrainingHooks,
): Promise<TrainingState> {
  const { processes = alone } = hooks;
  const places = imagesOfPlaces(data.train.length, settings.batchSize * processes.size, settings.seed);
  for (let epoch = state.history.length + 1; epoch <= settings.lastEpoch; epoch++) {
    const started = hooks.now();
    const rateAt = learningRates(settings.schedule, settings, state.plateau, epoch);
    const learningRate = rateAt(0);
    hooks.emit({ type: "epoch start", epoch, images: data.train.length, learningRate });
    const batches = epochBatches(places, settings.seed, epoch);
    const fitted = await fitEpoch(means, learner, data, settings, { epoch, batches, rateAt }, hooks);
    const trainedFor = (hooks.now() - started) / 1000;
    hooks.emit({ type: "validation", epoch });
    const validation = await withAverage(learner, async () => {
      // Each process has normalized its own images: what counts, and is kept, is what the first has seen.
      await copyFromFirst(
        processes,
        learner.network.parameters.movingStatistics.map(({ tensor }) => tensor),
      );
      return validate(means.path, data, settings, epoch, hooks);
    });
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
    if (processes.rank === 0) await hooks.save(state, isBest);
    const { learningRate: next } = state.plateau;
    hooks.emit({ type: "epoch end", row, isBest, reducedTo: next < before.learningRate ? next : null });
  }
  return state;
}

/** Does `work` with the network's averaged weights, where they are averaged. */
export function withAverage<T>({ average }: Learner, work: () => Promise<T>): Promise<T> {
  return average === null ? work() : average.during(work);
}

interface EpochPlan {
  readonly epoch: number;
  /** Positions in `TrainingData.train`, of all processes. */
  readonly batches: readonly Int32Array[];
  /** The learning rate by the share of the epoch that is done. */
  readonly rateAt: (done: number) => number;
}

async function fitEpoch(
  { path, steps }: Means,
  { average }: Learner,
  data: TrainingData,
  settings: TrainingSettings,
  { epoch, batches, rateAt }: EpochPlan,
  { emit, signal, processes = alone }: TrainingHooks,
): Promise<{ loss: number; accuracy: number }> {
  seedEngine(Random.of(settings.seed, "engine", epoch).uint32());
  const augmenter = new Augmenter(settings.augmentation, settings.seed, "augment", epoch);
  const standIn = imagesOfProcess(data, settings, processes).train[0] as number;
  let done = 0;
  let lossSum = 0;
  let correct = 0;
  const pending: { readonly read: PendingResult; readonly images: number; readonly learningRate: number }[] = [];
  const readDownTo = (left: number) => {
    for (const { read, images, learningRate } of pending.splice(0, pending.length - left)) {
      const step = read();
      if (!Number.isFinite(step.loss)) throw diverged(epoch, done, step.loss, learningRate);
      done += images;
      lossSum += step.loss * images;
      correct += step.correct;
      emit({ type: "batch", epoch, imagesDone: done, loss: lossSum / done });
    }
  };
  for (const [number, positions] of batches.entries()) {
    const share = shareOf(positions.length, processes);
    const indices = Int32Array.from(share.places, (place) =>
      share.isStandIn ? standIn : (data.train[positions[place] as number] as number),
    );
    const learningRate = rateAt(number / batches.length);
    const images = await path.batch(indices, augmenter, share);
    const labels = indices.map((index) => data.labels[index] as number);
    const read = await steps.update(images, labels, share, learningRate).finally(() => images.dispose());
    pending.push({ read, images: positions.length, learningRate });
    average?.update(batches.length);
    readDownTo(steps.pending);
    await new Promise(setImmediate);
    if (signal?.aborted) throw interrupted(epoch);
  }
  readDownTo(0);
  return { loss: lossSum / done, accuracy: correct / done };
}

async function validate(
  path: ImagePath,
  data: TrainingData,
  settings: TrainingSettings,
  epoch: number,
  { measure, processes = alone }: TrainingHooks,
): Promise<ValidationScores> {
  const augmenter = new Augmenter(settings.augmentation, settings.seed, "augment validation", epoch);
  const own = await path.scores(data.validation, settings.augmentValidation ? augmenter : null);
  const scores = await gatheredInTurn(processes, own, data.validation.length);
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

/** @param epoch undefined where it is not known */
function interrupted(epoch?: number, cause?: unknown): AppError {
  const remedy = "The finished epochs are kept: resume the run";
  const rule = epoch === undefined ? "stopped" : `stopped in epoch ${epoch}`;
  return new AppError("TRAINING_INTERRUPTED", { place: "training", rule, remedy }, { cause });
}
