// A model that is to be recalibrated: opened to score, and written anew with a line through its scores. Any model becomes a
// .onnx file with nodes behind its score; a model with layers, a Keras file with other weights in the last of them.
import { writeFileAtomically } from "../core/atomic-file.js";
import { AppError } from "../core/errors.js";
import { type ForeignOptions, requireSaid } from "../inference/foreign-model.js";
import type { InferenceModel } from "../inference/inference-model.js";
import { onnxBytes, openOnnx, openTrainedModel } from "../inference/open-model.js";
import { isOnnx, isOnnxAlone, readTrainedModel } from "../inference/read-trained-model.js";
import { withChecksum } from "../interchange/onnx/onnx-checksum.js";
import { recalibratedOnnx } from "../interchange/onnx/recalibrated-onnx.js";
import { lastDense } from "../model/last-dense.js";
import type { ModelContract } from "../model/model-contract.js";
import { type Recalibration, recalibratedModel } from "../model/recalibration.js";
import type { StoredContract } from "../model/stored-contract.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { writeKerasFile } from "./export-model.js";

export interface OriginalModel {
  readonly opened: InferenceModel;
  /** @throws AppError FILE_UNWRITABLE */
  write(
    line: Pick<Recalibration, "intercept" | "slope">,
    stored: StoredContract,
    contract: ModelContract,
  ): Promise<void>;
}

export interface OriginalOptions extends ForeignOptions {
  readonly models?: readonly ZooEntry[] | undefined;
}

/**
 * @param place whatever `openModel` opens; `out` ends in .onnx, .keras or .h5
 * @throws AppError as `openModel`; MODEL_INVALID as `requireSaid`; OPTION_INVALID where `out` cannot hold it
 */
export async function openOriginal(place: string, out: string, options: OriginalOptions): Promise<OriginalModel> {
  const { scores, pixels, models } = options;
  const asked = { scores, pixels, ...(models && { models }) };
  if (out.endsWith(".onnx")) {
    const { bytes, ...onnx } = await onnxBytes(place, { ...asked, isWhole: true });
    requireSaid(onnx.file, onnx.assumed);
    const opened = await openOnnx({ ...onnx, bytes: bytes.slice() }); // its thread takes them
    return {
      opened,
      write: async (line, _, contract) =>
        writeFileAtomically(out, await withChecksum(recalibratedOnnx(bytes, line, contract))),
    };
  }
  if (isOnnx(place) || (await isOnnxAlone(place))) throw onlyOnnx(out, "a .onnx file, which has no layers");
  const model = await readTrainedModel(place, models, { scores, pixels });
  requireSaid(model.file, model.assumed);
  if (lastDense(model.graph) === null)
    throw onlyOnnx(out, "a model that does not end in a dense layer and its sigmoid");
  const opened = await openTrainedModel(model, { heatMaps: "without" });
  return {
    opened,
    write: (line, stored) => writeKerasFile(out, recalibratedModel(model, line, model.file), stored),
  };
}

const onlyOnnx = (out: string, received: string): AppError =>
  new AppError("OPTION_INVALID", {
    place: out,
    rule: "in a Keras file the weights before the last sigmoid carry the recalibration",
    received,
    remedy: "Choose a name that ends in .onnx",
  });
