// Reads Keras' .h5 files: whole models (ours, and those of Keras 2 and 3) in the legacy layout, and weights for a known model.
// Files are hostile until proven otherwise: nothing in them is run, no link leaves them, sizes are checked first.
import { createHash } from "node:crypto";
import type { PretrainedRequest } from "../../model/match-pretrained.js";
import { readFileBytes } from "../file-bytes.js";
import { invalid } from "../invalid-model-file.js";
import type { PretrainedFile } from "../pretrained-file.js";
import type { KerasModel } from "./extract-model.js";
import { Reader } from "./reader.js";
import type { ReadJob } from "./reader-worker.js";

export type { KerasModel } from "./extract-model.js";

/** Largest file that is read: the in-memory HDF5 library cannot hold more. */
export const maxFileBytes = 2 * 2 ** 30 - 2 ** 20;

/**
 * A whole-model file: its graph, every weight (matched by layer, name and shape) and our own state, if we wrote it.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE; MODEL_FILE_INVALID when it is damaged, unsafe or something else;
 * MODEL_LAYER_UNSUPPORTED naming the layer; MODEL_INVALID; WEIGHTS_MISMATCH listing every difference.
 */
export async function readKerasModel(path: string): Promise<KerasModel> {
  return parseKerasModel(await readFileBytes(path, maxFileBytes), path);
}

/** As `readKerasModel`, for a file's bytes; `place` names them in errors. */
export async function parseKerasModel(bytes: Uint8Array, place: string): Promise<KerasModel> {
  return modelIn({ bytes, place, request: undefined });
}

/** A whole model, as the reader's job says. */
export async function modelIn(job: ReadJob): Promise<KerasModel> {
  const answer = await readIn(job);
  if (answer.kind !== "model") throw new TypeError("the reader answers a question for a model with a model");
  return answer.model;
}

/**
 * The weights for a model's backbone from a whole-model file or one by `save_weights`, in the legacy layout or Keras 3's.
 * @throws AppError as `readKerasModel`, and as `matchPretrained`
 */
export async function readKerasPretrained(path: string, request: PretrainedRequest): Promise<PretrainedFile> {
  if (/_\d{5}\.weights\.h5$/i.test(path)) {
    throw invalid(path, "weights stand in one file", "a shard of several; save them in Keras without max_shard_size");
  }
  const bytes = await readFileBytes(path, maxFileBytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { ...(await pretrainedIn({ bytes, place: path, request })), sha256 };
}

/** As the reader's job says, which has a request. */
export async function pretrainedIn(job: ReadJob & { readonly request: PretrainedRequest }) {
  const { graph, firstHeadLayer, fresh, otherNames = {} } = job.request; // plain data, which a thread can be sent
  const answer = await readIn({ ...job, request: { graph, firstHeadLayer, fresh, otherNames } });
  if (answer.kind !== "pretrained") throw new TypeError("the reader answers a question for weights with weights");
  return answer.pretrained;
}

async function readIn(job: ReadJob): ReturnType<Reader["read"]> {
  const reader = new Reader();
  try {
    return await reader.read(job);
  } finally {
    await reader.close();
  }
}
