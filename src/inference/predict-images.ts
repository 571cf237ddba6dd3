// Scores any number of image files in Node, several decoded at a time.
import { availableParallelism } from "node:os";
import { limitsOf } from "../images/image-limits.js";
import { readRadiograph } from "../images/read-radiograph.js";
import { collectRarely } from "./collect-rarely.js";
import type { FoundFile } from "./image-inputs.js";
import type { InferenceModel } from "./inference-model.js";
import type { PredictOptions } from "./predict-options.js";
import { type ImageBytes, type PreparedInput, prepareInput } from "./prepared-input.js";
import type { FailedResult, Result } from "./result.js";
import { scoreInputs } from "./score-inputs.js";

/**
 * One result per image, in order; files named twice come once.
 * @throws AppError MODEL_INVALID when the model gives no number, ABORTED
 */
export async function* predictImages(
  images: AsyncIterable<FoundFile | ImageBytes> | Iterable<FoundFile | ImageBytes>,
  model: InferenceModel,
  options: PredictOptions,
): AsyncGenerator<Result> {
  const { batchSize = 4 } = options;
  const limits = { decoders: Math.min(8, availableParallelism()), batchSize };
  const collectAsBefore = collectRarely();
  try {
    yield* scoreInputs(images, (file) => prepareFile(file, model, options), model, options, limits);
  } finally {
    collectAsBefore();
  }
}

/** Undefined for a file that was named before. */
async function prepareFile(
  file: FoundFile | ImageBytes,
  { contract }: InferenceModel,
  options: PredictOptions,
): Promise<PreparedInput | FailedResult | undefined> {
  const { name } = file;
  if ("kind" in file && file.kind === "repeated") return undefined;
  if ("kind" in file && file.kind === "unreadable") return { kind: "failed", name, error: file.error };
  const source = "bytes" in file ? file.bytes : file.path;
  const decode = () => readRadiograph(source, { name, limits: limitsOf(options.maxPixels), signal: options.signal });
  return prepareInput(name, decode, contract, options);
}
