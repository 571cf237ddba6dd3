// Opens a trained model for use, whatever it is stored as: a run folder, .keras, .h5, TensorFlow.js or .onnx becomes one thing that
// takes grey images and gives scores and heat maps. Runs on ONNX Runtime; no training engine is needed.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { AppError, systemCodeOf } from "../core/errors.js";
import { runPaths } from "../core/run-folder.js";
import { readFileBytes } from "../interchange/file-bytes.js";
import { sealOf } from "../interchange/keras-h5/h5-checksum.js";
import { heatMapsBy } from "../interchange/onnx/heat-map-nodes.js";
import { verifyChecksum } from "../interchange/onnx/onnx-checksum.js";
import { maxOnnxBytes, readOnnxContract } from "../interchange/onnx/read-onnx-contract.js";
import { writeInferenceModel } from "../interchange/onnx/write-inference-model.js";
import type { HeatMapMethod } from "../model/heat-map.js";
import { parameterCounts } from "../model/summary.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { collectNow } from "./collect-now.js";
import type { Assumption } from "./foreign-model.js";
import { checkImageBytes, type InferenceModel, type NamedBytes } from "./inference-model.js";
import type { PixelRange } from "./pixel-range.js";
import {
  checkNothingAsked,
  isKeras,
  isOnnx,
  parseTrainedModel,
  readTrainedModel,
  type TrainedModel,
} from "./read-trained-model.js";
import type { InferenceRuntime } from "./runtime.js";
import type { ScoreMeaning } from "./score-meaning.js";
import { Session } from "./session.js";
import { WeightsFile } from "./weights-file.js";

export interface OpenModelOptions {
  /** "without" spares the work where the file is not a .onnx that has them; "with" when absent. */
  readonly heatMaps?: "with" | "without";
  /** How maps are made of a model that is no .onnx file, whose maps are made already; "grad-cam" when absent. */
  readonly heatMapMethod?: HeatMapMethod | undefined;
  /** Threads that compute; all the processor's when absent. */
  readonly threads?: number;
  /** Of a file that does not say so: the class whose probability its output is; "pneumonia" when absent and it has one. */
  readonly scores?: ScoreMeaning | undefined;
  /** Of a file that does not say so: what its pixels are scaled to; what its own first layers tell, or "0..1", when absent. */
  readonly pixels?: PixelRange | undefined;
  /** "native" when absent. */
  readonly runtime?: InferenceRuntime;
  /** Whether the bytes are to be a whole .onnx file; false when absent. */
  readonly isWhole?: boolean;
  /** Models whose licences are known; the registry's when absent. */
  readonly models?: readonly ZooEntry[];
}

/**
 * @param source a run folder (its model.onnx, else its best weights), a .onnx file that `export` wrote, a Keras .keras
 *   or .h5 file, the folder that a .keras file was unpacked into, a TensorFlow.js model.json or its folder
 * @throws AppError as `readTrainedModel` and `readOnnxContract`; FILE_MISSING, FILE_UNREADABLE; ENGINE_MISSING
 */
export async function openModel(source: string | NamedBytes, options: OpenModelOptions = {}): Promise<InferenceModel> {
  return openOnnx(await onnxBytes(source, options), options);
}

/** Of what is run: of the .onnx file's bytes and, where large weights stand beside them, of those. Hexadecimal. */
export function sha256Of({ bytes, beside }: OnnxBytes): string {
  const hash = createHash("sha256").update(bytes);
  if (beside !== undefined) hash.update(beside.sha256);
  return hash.digest("hex");
}

/** As `openModel`, for a model in memory. @throws AppError ENGINE_MISSING */
export async function openTrainedModel(model: TrainedModel, options: OpenModelOptions = {}): Promise<InferenceModel> {
  return openOnnx(trainedBytes(model, options), options);
}

export interface OnnxBytes {
  /** The file that was opened; where it is no .onnx, the bytes are those of an export of it. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Where large weights stand; absent where the bytes are a whole file. `openOnnx` removes it. */
  readonly beside?: WeightsFile;
  readonly hasContract: boolean;
  /** What a file without a contract is taken for. */
  readonly assumed?: Assumption;
}

/** A model as a .onnx file's bytes, for `openOnnx` and for others who take it whole. @throws AppError as `openModel` */
export async function onnxBytes(source: string | NamedBytes, options: OpenModelOptions = {}): Promise<OnnxBytes> {
  const isMade = options.heatMapMethod === undefined || options.heatMapMethod === "grad-cam";
  const isFile = typeof source !== "string" || isOnnx(source);
  const found = typeof source !== "string" ? onnxIn(source) : isMade || isFile ? await onnxAt(source) : null;
  if (found !== null) {
    if (!isMade && options.heatMaps !== "without") throw mapsAreMade(found.file);
    checkNothingAsked(found.file, options);
    return found;
  }
  const { models } = options;
  const model = await (typeof source === "string"
    ? readTrainedModel(source, models, options)
    : parseTrainedModel(source, models, options));
  return trainedBytes(model, options);
}

const mapsAreMade = (file: string): AppError =>
  new AppError("NO_HEAT_MAP", {
    place: file,
    rule: "the maps of a .onnx file are those that it was exported with, by Grad-CAM",
    received: "a wish for others",
    remedy: "Name the run folder or the Keras file that it was made from",
  });

async function onnxAt(place: string): Promise<OnnxBytes | null> {
  if (isOnnx(place)) return { file: place, bytes: await readFileBytes(place, maxOnnxBytes), hasContract: true };
  const { onnx: file, bestWeights } = runPaths(place);
  const writtenMs = await modifiedMs(file);
  if (writtenMs === null) return null;
  const bytes = await readFileBytes(file, maxOnnxBytes);
  return (await isOf(bestWeights, { file, bytes, writtenMs })) ? { file, bytes, hasContract: true } : null;
}

/**
 * Whether a run folder's model.onnx is of its weights: a resumed training may have found better ones since. Told by the
 * checksum of the weights' file, which copying the folder does not change.
 */
async function isOf(
  weights: string,
  { file, bytes, writtenMs }: { readonly file: string; readonly bytes: Uint8Array; readonly writtenMs: number },
): Promise<boolean> {
  const weightsMs = await modifiedMs(weights);
  if (weightsMs === null) return true;
  const { madeFrom } = readOnnxContract(bytes, file);
  // Versions that wrote no checksum leave only the times.
  return madeFrom === null ? writtenMs >= weightsMs : madeFrom === (await sealOf(weights));
}

/** Bytes of a zip archive and of HDF5 say so at their beginning; all else is taken for ONNX, which has no mark. */
function onnxIn({ name, bytes }: NamedBytes): OnnxBytes | null {
  return isKeras(bytes) ? null : { file: name, bytes: new Uint8Array(bytes), hasContract: true }; // a Buffer's slice would be no copy
}

/** As `onnxBytes`, of a model in memory. */
export function trainedBytes(model: TrainedModel, options: OpenModelOptions = {}): OnnxBytes {
  const { graph, weights, contract, file, hasContract, assumed } = model;
  const written = { heatMaps: options.heatMaps === "without" ? null : heatMapsBy(options.heatMapMethod ?? "grad-cam") };
  const facts = { file, hasContract, ...(assumed === undefined ? {} : { assumed }) };
  const isSmall = parameterCounts(graph).total < leastBeside;
  if (!isSmall && options.isWhole !== true && options.runtime !== "wasm") {
    const beside = writeBeside((to) => writeInferenceModel(graph, weights, contract, { ...written, beside: to }));
    if (beside !== null) return { ...facts, ...beside };
  }
  return { ...facts, bytes: writeInferenceModel(graph, weights, contract, written) };
}

/** Below 16 MB of weights memory is no matter. */
const leastBeside = 4e6;

/** Null where no file can be written. */
function writeBeside(write: (file: WeightsFile) => Uint8Array): Pick<OnnxBytes, "bytes" | "beside"> | null {
  let beside: WeightsFile | undefined;
  try {
    beside = new WeightsFile();
    const bytes = write(beside);
    beside.close();
    return { bytes, beside };
  } catch (thrown) {
    beside?.remove();
    if (systemCodeOf(thrown) === undefined) throw thrown;
    return null;
  }
}

/**
 * Opens what `onnxBytes` gave. Bytes that fill their buffer move to the session's thread.
 * @throws AppError as `readOnnxContract`; ENGINE_MISSING
 */
export async function openOnnx(onnx: OnnxBytes, options: OpenModelOptions = {}): Promise<InferenceModel> {
  return opened(onnx, options).finally(() => onnx.beside?.remove());
}

async function opened(
  { file, bytes, hasContract, assumed, beside }: OnnxBytes,
  options: OpenModelOptions,
): Promise<InferenceModel> {
  const { contract, heatMap } = readOnnxContract(bytes, file, beside === undefined ? "inside" : "beside");
  await verifyChecksum(bytes, file);
  const { imageSize } = contract;
  const threads = options.threads ?? availableParallelism();
  const runtime = options.runtime ?? "native";
  if (beside !== undefined) collectNow();
  const weightsFolder = beside?.folder ?? null;
  const session = await Session.open({ bytes, weightsFolder, threads, imageSize, runtime }, file);
  return {
    contract,
    file,
    hasContract,
    assumed: assumed ?? null,
    run: async (images) => {
      checkImageBytes(images, imageSize);
      const { scores, maps } = await session.run(images);
      return { scores, heatMaps: maps === null || heatMap === null ? null : { data: maps, ...heatMap } };
    },
    dispose: () => session.dispose().finally(() => beside?.remove()),
  };
}

async function modifiedMs(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
}
