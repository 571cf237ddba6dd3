// What survives a kill: one Keras .h5 file per epoch that holds the model and, in our own group, optimizer moments and
// training state. One file, so that weights and state can never disagree.
import { existsSync } from "node:fs";
import { renameDurably } from "../core/durable-folder.js";
import { AppError, systemCodeOf } from "../core/errors.js";
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

/** Where a training keeps its last checkpoint, and the one before it for when the last is damaged. */
export interface CheckpointFiles {
  readonly last: string;
  readonly previous: string;
}

/** Writes `last` atomically, after what was there has become `previous`. @throws AppError FILE_UNWRITABLE */
export async function writeCheckpoint(
  { last, previous }: CheckpointFiles,
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
  const json = { version: 1, adamStep: step, averageUpdates: averaged?.updates ?? null, state, contract };
  await writeKerasModel(last, network.graph, network.parameters.toWeightMap(), { json, tensors }, { previous });
}

/** Whether a training has come to its first checkpoint. */
export const hasCheckpoint = ({ last, previous }: CheckpointFiles): boolean => existsSync(last) || existsSync(previous);

/** What was wrong with the last checkpoint where the one before it was taken. */
export interface DamagedCheckpoint {
  /** Where the damaged file lies now. */
  readonly file: string;
  readonly error: AppError;
}

/**
 * The last checkpoint that can be read. A damaged one is put aside, so that it never takes the place of the sound one before.
 * @throws AppError as `readCheckpoint` of the last one, where neither can be read
 */
export async function readLatestCheckpoint({
  last,
  previous,
}: CheckpointFiles): Promise<{ readonly checkpoint: Checkpoint; readonly damaged: DamagedCheckpoint | null }> {
  try {
    return { checkpoint: await readCheckpoint(last), damaged: null };
  } catch (thrown) {
    const isThere = existsSync(last);
    if (!existsSync(previous) || !(thrown instanceof AppError) || (isThere && !isDamage(thrown))) throw thrown;
    const checkpoint = await readCheckpoint(previous).catch(() => {
      throw thrown;
    });
    // A kill between the two renames of `writeCheckpoint` leaves only `previous`: nothing is damaged.
    if (!isThere) return { checkpoint, damaged: null };
    const file = last.replace(/(\.h5)?$/, "-damaged.h5");
    await renameDurably(last, file);
    return { checkpoint, damaged: { file, error: thrown } };
  }
}

/** Rather than a file that this user may not read. EIO is what a disk says of a sector that it has lost. */
function isDamage({ code, cause }: AppError): boolean {
  return code === "FILE_UNREADABLE" ? systemCodeOf(cause) === "EIO" : code !== "FILE_MISSING";
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
