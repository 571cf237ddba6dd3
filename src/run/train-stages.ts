// One training in its run folder, from the first epoch or from where it stopped: data, network, checkpoints, progress.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeFileAtomically } from "../core/atomic-file.js";
import { AppError } from "../core/errors.js";
import type { RunPaths } from "../core/run-folder.js";
import { binaryCrossEntropy } from "../evaluation/losses.js";
import { aucVariance } from "../evaluation/obuchowski.js";
import { rocAuc } from "../evaluation/roc.js";
import { readKerasModel } from "../interchange/keras-h5/read-keras-model.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import type { StoredContract } from "../model/stored-contract.js";
import type { WeightMap } from "../model/weights.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import type { Processes } from "../tensor/process-group.js";
import { Adam } from "../training/adam.js";
import { augmentations } from "../training/augmentations/registry.js";
import { type CheckpointFiles, readLatestCheckpoint, writeCheckpoint } from "../training/checkpoint.js";
import { writeHistory } from "../training/history.js";
import { Network } from "../training/network.js";
import type { ProtocolRules } from "../training/protocol.js";
import { startPlateau } from "../training/schedules.js";
import type { Stage } from "../training/stages.js";
import {
  type Learner,
  startTraining,
  type TrainingSettings,
  type TrainingState,
  train,
  type ValidationScores,
  withAverage,
} from "../training/trainer.js";
import { WeightAverage } from "../training/weight-average.js";
import { contractOf } from "./contract-of.js";
import { isOf } from "./fingerprint.js";
import type { PreparedData } from "./prepare-data.js";
import { type Position, positionOfFirst } from "./processes/shared-position.js";
import type { RunEvent } from "./run-events.js";
import { runStages } from "./run-stages.js";
import type { RunSettings } from "./settings.js";
import type { StartingWeights } from "./starting-weights.js";

export interface TrainRun {
  readonly paths: RunPaths;
  readonly settings: RunSettings;
  readonly entry: ZooEntry;
  readonly rules: ProtocolRules;
  readonly data: PreparedData;
  /** Those that train together. Only the first reads and writes the run's folder. */
  readonly processes: Processes;
  /** What a new run starts from; null continues the run in its folder. Of process 0. */
  readonly start: StartingWeights | null;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal;
  /** Called before a file is replaced. @throws AppError when the folder is not this process's any more */
  readonly requireHeld: () => Promise<void>;
}

/**
 * Trains to the last epoch; after each one `weights/last.h5`, history.csv and, when it is the best, `weights/best.h5` are
 * on disk; the checkpoint before it is `weights/previous.h5`, from which a run goes on when the last one is damaged.
 * @throws AppError as `train` and `readCheckpoint`; DATASET_CHANGED when a resumed run's images are not those it began with.
 */
export async function trainStages(run: TrainRun): Promise<TrainingState> {
  const { start, processes } = run;
  let position = await positionOfFirst(processes, "first position", async () =>
    start === null ? resumed(run) : beginning(run, start),
  );
  for (const stage of runStages(run.settings, run.entry)) position = await trainStage(run, stage, position);
  return position.state;
}

function beginning(run: TrainRun, { weights, origin }: StartingWeights): Position {
  return { weights, contract: contractOf(run, origin), state: startTraining(run.settings.lr) };
}

async function resumed({ paths, settings, data, emit }: TrainRun): Promise<Position> {
  const { checkpoint: saved, damaged } = await readLatestCheckpoint(checkpointFiles(paths));
  if (damaged !== null) emit({ type: "checkpoint damaged", epochs: saved.state.history.length, ...damaged });
  if (isOf(saved.contract.trainedOn.sha256, data.fingerprint)) {
    // A kill between checkpoint and history would leave the last epoch's row out, for good where no epoch is left to train.
    await writeHistory(paths.history, saved.state.history);
    return saved;
  }
  throw new AppError("DATASET_CHANGED", {
    place: settings.data,
    rule: "a resumed run needs the images it began with",
    received: "others (files were added, removed, changed or cannot be read any more)",
    remedy: "Restore them, or start a new run",
  });
}

export const checkpointFiles = ({ lastWeights, previousWeights }: RunPaths): CheckpointFiles => ({
  last: lastWeights,
  previous: previousWeights,
});

/** Trains to the stage's last epoch, unless that is done already. */
async function trainStage(run: TrainRun, stage: Stage, position: Position): Promise<Position> {
  const { paths, settings, data, processes } = run;
  const { contract } = position;
  const epochsDone = position.state.history.length;
  if (epochsDone >= stage.lastEpoch) return position;
  const isUnderWay = epochsDone > stage.epochsBefore;
  const isFirst = stage.epochsBefore === 0;
  const { weights } =
    isUnderWay || isFirst
      ? position
      : await positionOfFirst(processes, `stage after ${stage.epochsBefore}`, async () => ({
          ...position,
          weights: await bestOfFirstStage(paths),
        }));
  const state = isUnderWay ? position.state : { ...position.state, plateau: startPlateau(stage.learningRate) };
  const normalizesTogether = processes.size > 1 && settings.batchNorm === "synchronised";
  const network = new Network(stage.graph, weights, {
    device: settings.device,
    precision: settings.precision,
    group: normalizesTogether ? processes.group : 0,
  });
  const { trainable, changing } = network.parameters;
  const optimizer = new Adam(trainable.map(({ tensor }) => tensor));
  const average = run.rules.averagesWeights ? new WeightAverage(changing.map(({ tensor }) => tensor)) : null;
  const learner: Learner = { network, optimizer, average };
  if (isUnderWay && position.optimizer !== undefined) optimizer.restore(position.optimizer);
  if (isUnderWay && position.average) average?.restore(position.average);
  try {
    const ended = await train(
      learner,
      data.trainingData,
      { ...trainerSettings(run, stage), normalizesTogether },
      state,
      {
        emit: run.emit,
        measure,
        now: () => performance.now(),
        signal: run.signal,
        processes,
        save: async (current, isBest) => {
          // The best weights first: a kill between the two files leaves a checkpoint that repeats this epoch.
          await run.requireHeld();
          if (isBest) await withAverage(learner, () => writeModel(paths.bestWeights, network, contract));
          await writeCheckpoint(checkpointFiles(paths), learner, current, contract);
          await writeHistory(paths.history, current.history);
        },
      },
    );
    return { state: ended, weights: new Map(), contract };
  } finally {
    network.dispose();
    optimizer.dispose();
    average?.dispose();
  }
}

/** Kept in a file of its own, so that a stage that is killed before its first checkpoint begins with the same again. */
async function bestOfFirstStage({ bestWeights, fineTuneStart }: RunPaths): Promise<WeightMap> {
  if (!existsSync(fineTuneStart)) await writeFileAtomically(fineTuneStart, await readFile(bestWeights));
  return (await readKerasModel(fineTuneStart)).weights;
}

const writeModel = (path: string, { graph, parameters }: Network, contract: StoredContract) =>
  writeKerasModel(path, graph, parameters.toWeightMap(), { json: { contract } });

function trainerSettings({ settings, rules, data }: TrainRun, { epochsBefore, lastEpoch }: Stage): TrainingSettings {
  return {
    epochsBefore,
    lastEpoch,
    batchSize: settings.batch,
    seed: settings.seed,
    scaling: rules.scaling,
    augmentation: augmentations[settings.augmentation],
    augmentValidation: rules.augmentValidation,
    classWeights: data.classWeights,
    schedule: rules.schedule,
    select: rules.select,
    gradientExchange: settings.gradientExchange,
  };
}

/** Validation metrics as Keras names them; accuracy at 0.5, whatever the threshold that is chosen in the end. */
function measure(labels: Uint8Array, scores: Float32Array): ValidationScores {
  const rows = Array.from(labels, (label, i) => ({ label: label as 0 | 1, score: scores[i] as number }));
  const variance = aucVariance(rows);
  const right = rows.filter(({ label, score }) => score >= 0.5 === (label === 1)).length;
  return {
    loss: binaryCrossEntropy(rows),
    accuracy: rows.length === 0 ? null : right / rows.length,
    auc: rocAuc(rows),
    aucError: variance === null ? null : Math.sqrt(variance),
  };
}
