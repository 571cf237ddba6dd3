// The thread in which files by others are read, one job at a time. Its memory, its crashes and its endless loops are
// its own: `reader.ts` ends it when it breaks or takes too long.
import { parentPort } from "node:worker_threads";
import { AppError, messageOf } from "../../core/errors.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { WeightMap } from "../../model/weights.js";
import { extractModel, extractWeights, type KerasModel } from "./extract-model.js";
import { invalid, isBreakdown } from "./h5-file.js";
import { loadHdf } from "./h5wasm-module.js";

/** What is to be read: a whole model, or the weights for a model that is known. */
export interface ReadJob {
  readonly bytes: Uint8Array;
  /** Names the file in errors. */
  readonly place: string;
  readonly graph: ModelGraph | undefined;
}

export type ReadReply =
  | { readonly kind: "model"; readonly model: KerasModel }
  | { readonly kind: "weights"; readonly weights: WeightMap }
  /** `broken`: the library must not be used again. */
  | { readonly kind: "error"; readonly code: AppError["code"]; readonly message: string; readonly broken: boolean };

parentPort?.on("message", async (job: ReadJob) => {
  const reply = await replyTo(job);
  parentPort?.postMessage(reply, buffersOf(reply));
});

async function replyTo(job: ReadJob): Promise<ReadReply> {
  try {
    const hdf = await loadHdf();
    return job.graph === undefined
      ? { kind: "model", model: extractModel(hdf, job.bytes, job.place) }
      : { kind: "weights", weights: extractWeights(hdf, job.bytes, job.place, job.graph) };
  } catch (thrown) {
    const broken = isBreakdown(thrown);
    const error =
      thrown instanceof AppError
        ? thrown
        : invalid(job.place, `HDF5 can read it. Received a file that breaks it: ${messageOf(thrown)}`, thrown);
    return { kind: "error", code: error.code, message: error.message, broken };
  }
}

/** The arrays move to the other thread instead of being copied. */
function buffersOf(reply: ReadReply): ArrayBuffer[] {
  if (reply.kind === "error") return [];
  const weights = reply.kind === "model" ? reply.model.weights : reply.weights;
  const own = reply.kind === "model" ? [...reply.model.own.tensors.values()] : [];
  const tensors = [...[...weights.values()].flatMap((layer) => [...layer.values()]), ...own];
  return [...new Set(tensors.map((tensor) => tensor.data.buffer as ArrayBuffer))];
}
