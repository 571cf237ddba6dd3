// One training in its run folder, from the first epoch or from where it stopped: data, network, checkpoints, progress.
import { AppError } from "../../core/errors.js";
import type { RunPaths } from "../../core/run-folder.js";
import { binaryCrossEntropy } from "../../evaluation/losses.js";
import { rocAuc } from "../../evaluation/roc.js";
import { writeKerasModel } from "../../interchange/keras-h5/write-keras-model.js";
import { initialWeights } from "../../model/initial-weights.js";
import type { ReadingContract } from "../../model/reading-contract.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import { Adam } from "../../training/adam.js";
import { studyAugmentation } from "../../training/augmentation.js";
import { readCheckpoint, writeCheckpoint } from "../../training/checkpoint.js";
import { writeHistory } from "../../training/history.js";
import { Network } from "../../training/network.js";
import type { ProtocolRules } from "../../training/protocol.js";
import { studyPlateau } from "../../training/schedules.js";
import {
  startTraining,
  type TrainingEvent,
  type TrainingSettings,
  type TrainingState,
  train,
  type ValidationScores,
} from "../../training/trainer.js";
import type { PreparedData } from "./prepare-data.js";
import type { RunArguments } from "./run-arguments.js";

export interface TrainRun {
  readonly paths: RunPaths;
  readonly args: RunArguments;
  readonly entry: ZooEntry;
  readonly rules: ProtocolRules;
  readonly data: PreparedData;
  readonly resume: boolean;
  readonly emit: (event: TrainingEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Trains to the last epoch; after each one `weights/last.h5`, history.csv and, when it is the best, `weights/best.h5` are
 * on disk.
 * @throws AppError as `train` and `readCheckpoint`; DATASET_CHANGED when a resumed run's images are not those it began with.
 */
export async function trainRun(run: TrainRun): Promise<TrainingState> {
  const { paths, args, entry, data } = run;
  const graph = entry.build({ imageSize: args.imageSize });
  const settings = trainingSettings(run);
  const contract = contractOf(run);
  const saved = run.resume ? await readCheckpoint(paths.lastWeights) : undefined;
  if (saved !== undefined && saved.contract.trainedOn.sha256 !== data.sha256) {
    throw new AppError(
      "DATASET_CHANGED",
      `${args.data}: a resumed run needs the images it began with. Received others (files were added, removed, changed or ` +
        "cannot be read any more). Restore them, or start a new run.",
    );
  }
  const network = new Network(graph, saved?.weights ?? initialWeights(graph, args.seed), {
    device: args.device,
    precision: args.precision,
  });
  const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
  if (saved !== undefined) optimizer.restore(saved.optimizer);
  try {
    return await train(network, optimizer, data.trainingData, settings, saved?.state ?? startTraining(settings), {
      emit: run.emit,
      measure,
      now: () => performance.now(),
      signal: run.signal,
      save: async (state, isBest) => {
        // The best weights first: a kill between the two files leaves a checkpoint that repeats this epoch.
        if (isBest)
          await writeKerasModel(paths.bestWeights, graph, network.parameters.toWeightMap(), { json: { contract } });
        await writeCheckpoint(paths.lastWeights, network, optimizer, state, contract);
        await writeHistory(paths.history, state.history);
      },
    });
  } finally {
    network.dispose();
    optimizer.dispose();
  }
}

function trainingSettings({ args, rules, data }: TrainRun): TrainingSettings {
  return {
    epochs: args.epochs,
    batchSize: args.batch,
    learningRate: args.lr,
    seed: args.seed,
    scaling: rules.scaling,
    augmentation: studyAugmentation,
    intensity: rules.intensity,
    augmentValidation: rules.augmentValidation,
    classWeights: data.classWeights,
    plateau: studyPlateau,
    monitor: rules.monitor,
    select: rules.select,
  };
}

/** The contract before a threshold is chosen: 0.5. */
function contractOf({ args, entry, rules, data }: TrainRun): ReadingContract {
  return {
    version: 1,
    model: entry.id,
    title: entry.title,
    protocol: args.protocol,
    imageSize: args.imageSize,
    interpolation: args.interpolation,
    scaling: rules.scaling,
    classes: entry.classes,
    threshold: { value: 0.5, policy: "0.5", chosenOn: null },
    trainedOn: {
      dataset: data.dataset.root.split(/[\\/]/).at(-1) ?? "",
      images: data.training.length,
      sha256: data.sha256,
    },
  };
}

/** Validation metrics as Keras names them; accuracy at 0.5, whatever the threshold that is chosen in the end. */
function measure(labels: Uint8Array, scores: Float32Array): ValidationScores {
  const rows = Array.from(labels, (label, i) => ({ label: label as 0 | 1, score: scores[i] as number }));
  const right = rows.filter(({ label, score }) => score >= 0.5 === (label === 1)).length;
  return {
    loss: binaryCrossEntropy(rows),
    accuracy: rows.length === 0 ? null : right / rows.length,
    auc: rocAuc(rows),
  };
}
