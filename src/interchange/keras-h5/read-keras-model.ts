// Reads legacy Keras .h5 files: whole models (ours, and those of Keras 2 and 3) and weights for a known model.
// Files are hostile until proven otherwise: nothing in them is run, no link leaves them, sizes are checked first.
import { open } from "node:fs/promises";
import { AppError, messageOf, systemCodeOf } from "../../core/errors.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { WeightMap } from "../../model/weights.js";
import type { KerasModel } from "./extract-model.js";
import { invalid } from "./h5-file.js";
import { Reader } from "./reader.js";

export type { KerasModel } from "./extract-model.js";

/** Largest file that is read: the in-memory HDF5 library cannot hold more. */
const maxFileBytes = 2 * 2 ** 30 - 2 ** 20;

/**
 * A whole-model file: its graph, every weight (matched by layer, name and shape) and our own state, if we wrote it.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE; MODEL_FILE_INVALID when it is damaged, unsafe or something else;
 * MODEL_LAYER_UNSUPPORTED naming the layer; MODEL_INVALID; WEIGHTS_MISMATCH listing every difference.
 */
export async function readKerasModel(path: string): Promise<KerasModel> {
  const answer = await readIn(path, undefined);
  if (answer.kind !== "model") throw new TypeError("the reader answers a question for a model with a model");
  return answer.model;
}

/**
 * The weights for `graph` from a whole-model file or one by `save_weights` (legacy .h5 layout), all or none.
 * @throws AppError as `readKerasModel`.
 */
export async function readKerasWeights(path: string, graph: ModelGraph): Promise<WeightMap> {
  const answer = await readIn(path, graph);
  if (answer.kind !== "weights") throw new TypeError("the reader answers a question for weights with weights");
  return answer.weights;
}

async function readIn(path: string, graph: ModelGraph | undefined): ReturnType<Reader["read"]> {
  const bytes = await fileBytes(path);
  const reader = new Reader();
  try {
    return await reader.read({ bytes, place: path, graph });
  } finally {
    await reader.close();
  }
}

async function fileBytes(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      const status = await file.stat();
      if (!status.isFile()) throw new Error("it is not a file");
      if (status.size > maxFileBytes)
        throw invalid(path, `it has at most ${maxFileBytes} bytes. Received ${status.size}`);
      const bytes = new Uint8Array(status.size); // owns its buffer, which moves to the reader's thread
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled);
        if (bytesRead === 0) throw new Error("it became shorter while it was read");
        filled += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    if (systemCodeOf(thrown) === "ENOENT") {
      throw new AppError("FILE_MISSING", `${path}: there is no such file. Check the path.`, { cause: thrown });
    }
    throw new AppError(
      "FILE_UNREADABLE",
      `${path}: cannot be read: ${messageOf(thrown)}. Check what it is and its permissions.`,
      {
        cause: thrown,
      },
    );
  }
}
