// A trained model opened for use, with everything that a score needs around it: decoding, preparation, the scope check,
// threshold and label. What `openClassifier` of the public API gives.
import { resolve } from "node:path";
import { AppError } from "../core/errors.js";
import { heatMapClasses } from "../explain/heat-map-class.js";
import type { ModelContract } from "../model/model-contract.js";
import { zoo } from "../model/zoo/registry.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { isFinishedModel } from "./finished-model.js";
import { countInputs, type FoundFile, filesOf, type ImageInput, resolveInputs } from "./image-inputs.js";
import { type ModelOutput, type NamedBytes, onnxBytes, openOnnx } from "./open-model.js";
import { type PredictOptions, predictImages } from "./predict-images.js";
import type { ImageBytes } from "./prepare-file.js";
import type { Result } from "./result.js";
import { type ScoreMeaning, scoreMeanings } from "./score-meaning.js";

export interface ClassifierOptions {
  /** Whether the model can give heat maps; without them it is smaller and quicker. Default true. */
  readonly heatMaps?: boolean | undefined;
  /** Threads that compute; default all the processor's. */
  readonly threads?: number | undefined;
  /** Of a Keras file that does not say so: the class whose probability its output is. Default "pneumonia". */
  readonly scores?: ScoreMeaning | undefined;
  /** Whether the model's .onnx bytes stay at hand, as a server needs them for its page. Default false. */
  readonly keepsFile?: boolean | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** Models whose licences are known by name, for files that do not say them; default the registry's. */
  readonly models?: readonly ZooEntry[] | undefined;
}

/** Images that were looked up once: `predict` takes them, and their number is known. */
export interface FoundImages {
  readonly inputs: readonly ImageInput[];
  /** Images and unreadable entries: as many results will come. */
  readonly count: number;
  /** Files that were named twice; they come once. */
  readonly repeated: number;
}

/** A path (file, folder with everything below it, pattern), bytes with a name, several of these, or `findImages`' answer. */
export type PredictInputs = string | ImageBytes | Iterable<string | ImageBytes> | FoundImages;

export interface Classifier extends AsyncDisposable {
  readonly contract: ModelContract;
  /** The file that was opened. */
  readonly file: string;
  /** The absolute path that was given: the file, or the folder that it lies in; null for bytes. */
  readonly place: string | null;
  /** False for files by Keras itself, whose scaling and threshold are then assumptions to be shown. */
  readonly hasContract: boolean;
  /** False for the folder of a training that still goes on or was stopped: its model is the best so far, measured on nothing. */
  readonly isFinished: boolean;
  /** The model as a .onnx file; null unless it was opened with `keepsFile`. */
  readonly modelFile: Uint8Array | null;
  /**
   * One result per image, in order, with flat memory however many there are.
   * @throws AppError while it is iterated: FILE_MISSING, FILE_UNREADABLE for inputs that are not there; OPTION_INVALID;
   *   NO_HEAT_MAP where maps are wanted of a model that was opened without; MODEL_INVALID; ABORTED; DISPOSED
   */
  predict(inputs: PredictInputs, options?: PredictOptions): AsyncGenerator<Result>;
  /**
   * For images that are prepared already: n grey images of `contract.imageSize`, row-major, [n, size, size], 0..255.
   * @throws AppError OPTION_INVALID for another number of bytes, MODEL_INVALID when the model cannot be run, DISPOSED
   */
  run(images: Uint8Array): Promise<ModelOutput>;
  /** Waits for what was asked for and frees the model. */
  dispose(): Promise<void>;
}

/**
 * @param model a run folder (its model.onnx, else its best weights), a .onnx file that `exportModel` wrote, a Keras .h5
 *   file, a TensorFlow.js model.json or its folder; or a file's bytes with a name
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, MODEL_FILE_INVALID, MODEL_INVALID, MODEL_LAYER_UNSUPPORTED, OPTION_INVALID,
 *   ENGINE_MISSING without ONNX Runtime
 */
export async function openClassifier(model: string | NamedBytes, options: ClassifierOptions = {}): Promise<Classifier> {
  const { cwd = process.cwd(), threads, heatMaps = true, scores = "pneumonia", models = zoo } = options;
  if (!scoreMeanings.includes(scores)) throw optionInvalid("scores", scoreMeanings.join(" or "), scores);
  const source = typeof model === "string" ? resolve(cwd, model) : model;
  const asked = {
    heatMaps: heatMaps ? "with" : "without",
    scores,
    models,
    ...(threads !== undefined && { threads }),
  } as const;
  const onnx = await onnxBytes(source, asked);
  const modelFile = options.keepsFile === true ? onnx.bytes.slice() : null;
  const opened = await openOnnx(onnx, asked);
  const { contract, file, hasContract } = opened;
  let isDisposed = false;
  const requireOpen = () => {
    if (!isDisposed) return;
    throw new AppError("DISPOSED", { place: file, rule: "the classifier was disposed of", remedy: "Open it again" });
  };
  const dispose = async () => {
    if (isDisposed) return;
    isDisposed = true;
    await opened.dispose();
  };
  return {
    contract,
    file,
    place: typeof source === "string" ? source : null,
    hasContract,
    modelFile,
    isFinished: typeof source !== "string" || (await isFinishedModel(source)),
    async *predict(inputs, predictOptions = {}) {
      requireOpen();
      checkPredictOptions(predictOptions, heatMaps);
      for await (const result of predictImages(await imagesOf(inputs, cwd), opened, predictOptions)) {
        yield result;
        requireOpen();
      }
    },
    run: async (images) => {
      requireOpen();
      return opened.run(images);
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** @throws AppError FILE_MISSING naming every path that is neither there nor a pattern; NO_IMAGES_FOUND; FILE_UNREADABLE */
export async function findImages(
  paths: readonly string[],
  { cwd = process.cwd() }: { readonly cwd?: string } = {},
): Promise<FoundImages> {
  const inputs = await resolveInputs(paths, cwd);
  const { found, repeated } = await countInputs(inputs);
  return { inputs, count: found, repeated };
}

function checkPredictOptions({ threshold, batchSize, heatMaps }: PredictOptions, hasMaps: boolean): void {
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
    throw optionInvalid("threshold", "a number from 0 to 1", threshold);
  }
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 1024)) {
    throw optionInvalid("batchSize", "a whole number from 1 to 1024", batchSize);
  }
  if (heatMaps === undefined || heatMaps === false) return;
  if (heatMaps !== true && !heatMapClasses.includes(heatMaps)) {
    throw optionInvalid("heatMaps", `true, false, ${heatMapClasses.join(", ")}`, heatMaps);
  }
  if (hasMaps) return;
  throw new AppError("NO_HEAT_MAP", {
    place: "heatMaps",
    rule: "the classifier was opened without heat maps",
    remedy: "Open it with them",
  });
}

async function imagesOf(inputs: PredictInputs, cwd: string): Promise<AsyncIterable<FoundFile | ImageBytes>> {
  if (typeof inputs === "object" && "inputs" in inputs) return filesOf(inputs.inputs);
  const list = typeof inputs === "string" || isImageBytes(inputs) ? [inputs] : [...(inputs as Iterable<unknown>)];
  const wrong = list.find((item) => typeof item !== "string" && !isImageBytes(item));
  if (wrong !== undefined) throw optionInvalid("images", "paths, or objects with name and bytes", typeof wrong);
  const paths = list.filter((item) => typeof item === "string");
  const found = await resolveInputs(paths, cwd);
  if (paths.length === list.length) return filesOf(found);
  return inGivenOrder(list as readonly (string | ImageBytes)[], found);
}

/** Paths and bytes may alternate. */
async function* inGivenOrder(
  list: readonly (string | ImageBytes)[],
  found: readonly ImageInput[],
): AsyncGenerator<FoundFile | ImageBytes> {
  const next = found.values();
  for (const item of list) {
    if (typeof item === "string") yield* filesOf([next.next().value as ImageInput]);
    else yield item;
  }
}

const isImageBytes = (value: unknown): value is ImageBytes =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Partial<ImageBytes>).name === "string" &&
  (value as Partial<ImageBytes>).bytes instanceof Uint8Array;

function optionInvalid(place: string, rule: string, received: unknown): AppError {
  return new AppError("OPTION_INVALID", { place, rule: `should be ${rule}`, received: JSON.stringify(received) });
}
