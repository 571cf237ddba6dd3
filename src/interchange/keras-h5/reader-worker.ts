// The thread in which files by others are read, one job at a time. Its memory, its crashes and its endless loops are
// its own: `reader.ts` ends it when it breaks or takes too long.
import { parentPort } from "node:worker_threads";
import { AppError, type ErrorFacts, factsOf, messageOf } from "../../core/errors.js";
import type { PretrainedRequest } from "../../model/match-pretrained.js";
import { invalid } from "../invalid-model-file.js";
import { type ArchiveTexts, extractArchive, extractArchivePretrained } from "../keras-archive/extract-archive.js";
import type { PretrainedFile } from "../pretrained-file.js";
import { extractModel, extractPretrained, type KerasModel } from "./extract-model.js";
import { isBreakdown } from "./h5-file.js";
import { loadHdf } from "./h5wasm-module.js";
import { boundWasmHeap, heapLimit } from "./memory-limits.js";

/** What is to be read: a whole model, or the weights for a known model's backbone. */
export interface ReadJob {
  readonly bytes: Uint8Array;
  /** Names the file in errors. */
  readonly place: string;
  readonly request: PretrainedRequest | undefined;
  /** What lies beside the weights in a .keras file, of which `bytes` are model.weights.h5. */
  readonly archive?: ArchiveTexts | undefined;
}

export type ReadReply =
  | { readonly kind: "model"; readonly model: KerasModel }
  | { readonly kind: "pretrained"; readonly pretrained: Omit<PretrainedFile, "sha256"> }
  /** `broken`: the library must not be used again. */
  | { readonly kind: "error"; readonly code: AppError["code"]; readonly facts: ErrorFacts; readonly broken: boolean };

let fileBytes = 0;
boundWasmHeap(() => heapLimit(fileBytes));

parentPort?.on("message", async (job: ReadJob) => {
  const reply = await replyTo(job);
  parentPort?.postMessage(reply, buffersOf(reply));
});

async function replyTo(job: ReadJob): Promise<ReadReply> {
  const { bytes, place, request, archive } = job;
  fileBytes = archive?.storedBytes ?? bytes.length;
  try {
    const hdf = await loadHdf();
    if (request === undefined) {
      const model = archive ? extractArchive(hdf, bytes, place, archive) : extractModel(hdf, bytes, place);
      return { kind: "model", model };
    }
    const pretrained = archive
      ? extractArchivePretrained(hdf, bytes, place, archive, request)
      : extractPretrained(hdf, bytes, place, request);
    return { kind: "pretrained", pretrained };
  } catch (thrown) {
    const broken = isBreakdown(thrown);
    const error =
      thrown instanceof AppError
        ? thrown
        : invalid(place, "HDF5 can read it", `a file that breaks it: ${messageOf(thrown)}`, thrown);
    return { kind: "error", code: error.code, facts: factsOf(error), broken };
  }
}

/** The arrays move to the other thread instead of being copied. */
function buffersOf(reply: ReadReply): ArrayBuffer[] {
  if (reply.kind === "error") return [];
  const weights = reply.kind === "model" ? reply.model.weights : reply.pretrained.weights;
  const own = reply.kind === "model" ? [...reply.model.own.tensors.values()] : [];
  const tensors = [...[...weights.values()].flatMap((layer) => [...layer.values()]), ...own];
  return [...new Set(tensors.map((tensor) => tensor.data.buffer as ArrayBuffer))];
}
