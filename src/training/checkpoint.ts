// What survives a kill: one Keras .h5 file per epoch that holds the model and, in our own group, optimizer moments and
// training state. One file, so that weights and state can never disagree.
import { AppError } from "../core/errors.js";
import { readKerasModel } from "../interchange/keras-h5/read-keras-model.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import type { ModelGraph } from "../model/model-graph.js";
import { isStoredContract, type StoredContract } from "../model/stored-contract.js";
import type { HostTensor, WeightMap } from "../model/weights.js";
import type { AdamState } from "./adam.js";
import { type PrefixEngineName, prefixEngineNames } from "./prefix-engine.js";
import type { Learner, TrainingState } from "./trainer.js";
import type { WeightAverageState } from "./weight-average.js";

export interface Checkpoint {
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
  readonly optimizer: AdamState;
  /** Null where weights are not averaged. */
  readonly average: WeightAverageState | null;
  readonly state: TrainingState;
  readonly contract: StoredContract;
}

/** Writes the file atomically. @throws AppError FILE_UNWRITABLE */
export async function writeCheckpoint(
  path: string,
  { network, optimizer, average }: Learner,
  state: TrainingState,
  contract: StoredContract,
): Promise<void> {
  const { step, first, second } = optimizer.state();
  const averaged = average?.state() ?? null;
  const tensors = new Map<string, HostTensor>();
  for (const [index, { layer, name }] of network.parameters.trainable.entries()) {
    tensors.set(`adam/first/${layer}/${name}`, first[index] as HostTensor);
    tensors.set(`adam/second/${layer}/${name}`, second[index] as HostTensor);
  }
  for (const [index, { layer, name }] of network.parameters.changing.entries()) {
    if (averaged !== null) tensors.set(`average/${layer}/${name}`, averaged.averages[index] as HostTensor);
  }
  await writeKerasModel(path, network.graph, network.parameters.toWeightMap(), {
    json: { version: 1, adamStep: step, averageUpdates: averaged?.updates ?? null, state, contract },
    tensors,
  });
}

/** @throws AppError as `readKerasModel`, and CHECKPOINT_INVALID when the file is a model without our training state. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { graph, weights, own } = await readKerasModel(path);
  const json = own.json as Partial<Record<"version" | "adamStep" | "averageUpdates" | "state" | "contract", unknown>>;
  const stored = (group: string) => [...own.tensors].filter(([name]) => name.startsWith(`${group}/`)).map(([, t]) => t);
  if (
    json?.version !== 1 ||
    typeof json.adamStep !== "number" ||
    !(json.averageUpdates === null || typeof json.averageUpdates === "number") ||
    !isTrainingState(json.state) ||
    !isStoredContract(json.contract)
  ) {
    throw new AppError("CHECKPOINT_INVALID", {
      place: path,
      rule: "a checkpoint holds the state of a training beside the model",
      received: "a model without it",
      remedy: "Resume from the run folder's weights/last.h5, or start a new run",
    });
  }
  return {
    graph,
    weights,
    optimizer: { step: json.adamStep, first: stored("adam/first"), second: stored("adam/second") },
    average: json.averageUpdates === null ? null : { updates: json.averageUpdates, averages: stored("average") },
    state: json.state,
    contract: json.contract,
  };
}

function isTrainingState(value: unknown): value is TrainingState {
  if (typeof value !== "object" || value === null) return false;
  const { history, plateau, highest, bestEpoch, prefix } = value as Partial<TrainingState>;
  const isEngine = (name: PrefixEngineName | undefined) => prefixEngineNames.some((known) => known === name);
  return (
    Array.isArray(history) &&
    typeof plateau?.learningRate === "number" &&
    (highest === null || (typeof highest?.auc === "number" && typeof highest.error === "number")) &&
    (bestEpoch === null || typeof bestEpoch === "number") &&
    (prefix == null || (isEngine(prefix.training) && isEngine(prefix.scoring)))
  );
}
