// A trained model opened for use, with everything that a score needs around it: decoding, preparation, the scope check,
// threshold and label. What `openClassifier` of the public API gives.
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import {
  aBoolean,
  aList,
  aListOfPaths,
  aPath,
  checkArgument,
  checkOptions,
  type OptionRule,
  type OptionRules,
  oneOf,
  wholeNumber,
} from "../core/check-options.js";
import { type HeatMapMethod, heatMapMethods } from "../model/heat-map.js";
import { zoo } from "../model/zoo/registry.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { type ClassifierCalls, classifierCalls } from "./classifier-calls.js";
import { isFinishedModel } from "./finished-model.js";
import type { Assumption } from "./foreign-model.js";
import { countInputs, type FoundFile, filesOf, type ImageInput, resolveInputs } from "./image-inputs.js";
import type { NamedBytes } from "./inference-model.js";
import { onnxBytes, openOnnx, sha256Of } from "./open-model.js";
import { type PixelRange, pixelRanges } from "./pixel-range.js";
import { predictImages } from "./predict-images.js";
import type { ImageBytes } from "./prepared-input.js";
import { type InferenceRuntime, inferenceRuntimes } from "./runtime.js";
import { type ScoreMeaning, scoreMeanings } from "./score-meaning.js";
import { inRange } from "./shard.js";

/** How a model is opened. */
export interface ClassifierOptions {
  /** Whether the model can give heat maps; without them it is smaller and quicker. Default true. */
  readonly heatMaps?: boolean | undefined;
  /** How maps are made, "grad-cam" or "hirescam"; a .onnx file has those that it was exported with. Default "grad-cam". */
  readonly heatMapMethod?: HeatMapMethod | undefined;
  /** Threads that compute; default all the processor's. */
  readonly threads?: number | undefined;
  /**
   * Of a file by others that does not say so: the class whose probability its one output is, default "pneumonia"; of two
   * outputs both classes in their order, default what the file's own names for them say.
   */
  readonly scores?: ScoreMeaning | undefined;
  /** Of such a file: what its pixels are scaled to. Default what its own Rescaling layer tells, else "0..1". */
  readonly pixels?: PixelRange | undefined;
  /** Whether the model's .onnx bytes stay at hand, as a server needs them for its page. Default false. */
  readonly keepsFile?: boolean | undefined;
  /**
   * ONNX Runtime as native code (the package onnxruntime-node), or as WebAssembly (onnxruntime-web, to be installed beside
   * this package), which computes the same more slowly and runs wherever JavaScript does. Default "native".
   */
  readonly runtime?: InferenceRuntime | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** Models whose licences are known by name, for files that do not say them; default the registry's. */
  readonly models?: readonly ZooEntry[] | undefined;
}

/** Images that were looked up once: `predict` takes them, and their number is known. */
export interface FoundImages {
  readonly inputs: readonly ImageInput[];
  /** Which of all that were found, where it is not all of them: those at `from` and after, before `to`. */
  readonly range?: { readonly from: number; readonly to: number };
  /** Of the names of all that were found, in order, hexadecimal: equal where two machines see the same list. */
  readonly sha256: string;
  /** Images and unreadable entries: as many results will come. */
  readonly count: number;
  /** Files that were named twice; they come once. */
  readonly repeated: number;
}

/** A path (file, folder with everything below it, pattern), bytes with a name, several of these, or `findImages`' answer. */
export type PredictInputs = string | ImageBytes | Iterable<string | ImageBytes> | FoundImages;

/**
 * A trained model, open for use. It holds a thread and the model's memory until it is disposed of: write `await using`, or
 * call `dispose` in a `finally`.
 */
export interface Classifier extends ClassifierCalls<PredictInputs> {
  /** The absolute path that was given: the file, or the folder that it lies in; null for bytes. */
  readonly place: string | null;
  /** False for files by Keras itself, whose scaling and threshold are then assumptions to be shown. */
  readonly hasContract: boolean;
  /** Of the model that is run, in the form in which it is run, hexadecimal. */
  readonly sha256: string;
  /** What such a file is taken for; null where it says so itself. */
  readonly assumed: Assumption | null;
  /** False for the folder of a training that still goes on or was stopped: its model is the best so far, measured on nothing. */
  readonly isFinished: boolean;
  /** What computes: ONNX Runtime as native code or as WebAssembly. */
  readonly runtime: InferenceRuntime;
  /** How many threads compute. */
  readonly threads: number;
  /** How its maps are made. */
  readonly heatMapMethod: HeatMapMethod;
  /** The model as a .onnx file; null unless it was opened with `keepsFile`. */
  readonly modelFile: Uint8Array | null;
}

/**
 * @param model a run folder (its model.onnx, else its best weights), a .onnx file that `exportModel` wrote, a Keras .h5
 *   file, a TensorFlow.js model.json or its folder; or a file's bytes with a name
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, MODEL_FILE_INVALID, MODEL_INVALID, MODEL_LAYER_UNSUPPORTED, OPTION_INVALID,
 *   ENGINE_MISSING without ONNX Runtime
 */
export async function openClassifier(model: string | NamedBytes, options: ClassifierOptions = {}): Promise<Classifier> {
  checkOptions("openClassifier", options, optionRules);
  const {
    cwd = process.cwd(),
    threads = availableParallelism(),
    heatMaps = true,
    scores,
    pixels,
    runtime = "native",
    models = zoo,
    heatMapMethod = "grad-cam",
  } = options;
  checkArgument("model", model, aPathOrBytes);
  const source = typeof model === "string" ? resolve(cwd, model) : model;
  const maps = heatMaps ? "with" : "without";
  const isWhole = options.keepsFile === true;
  const asked = { heatMaps: maps, heatMapMethod, scores, pixels, runtime, models, threads, isWhole } as const;
  const onnx = await onnxBytes(source, asked);
  const modelFile = isWhole ? new Uint8Array(onnx.bytes) : null;
  const sha256 = sha256Of(onnx);
  const opened = await openOnnx(onnx, asked);
  return {
    ...classifierCalls<PredictInputs>(opened, heatMaps, async function* (inputs, predictOptions) {
      yield* predictImages(await imagesOf(inputs, cwd), opened, predictOptions);
    }),
    place: typeof source === "string" ? source : null,
    hasContract: opened.hasContract,
    sha256,
    assumed: opened.assumed ?? null,
    runtime,
    threads,
    heatMapMethod,
    modelFile,
    isFinished: typeof source !== "string" || (await isFinishedModel(source)),
  };
}

/** @throws AppError FILE_MISSING naming every path that is neither there nor a pattern; NO_IMAGES_FOUND; FILE_UNREADABLE */
export async function findImages(
  paths: readonly string[],
  options: { readonly cwd?: string | undefined } = {},
): Promise<FoundImages> {
  checkArgument("paths", paths, aListOfPaths);
  checkOptions("findImages", options, { cwd: aPath });
  const { cwd = process.cwd() } = options;
  const inputs = await resolveInputs(paths, cwd);
  const { found, repeated, sha256 } = await countInputs(inputs);
  return { inputs, count: found, repeated, sha256 };
}

const optionRules: OptionRules<ClassifierOptions> = {
  heatMaps: aBoolean,
  heatMapMethod: oneOf(heatMapMethods),
  threads: wholeNumber(1, 1024),
  scores: oneOf(scoreMeanings),
  pixels: oneOf(pixelRanges),
  keepsFile: aBoolean,
  runtime: oneOf(inferenceRuntimes),
  models: aList,
  cwd: aPath,
};

async function imagesOf(inputs: PredictInputs, cwd: string): Promise<AsyncIterable<FoundFile | ImageBytes>> {
  if (typeof inputs === "object" && inputs !== null && "inputs" in inputs) {
    const files = filesOf(inputs.inputs);
    return inputs.range === undefined ? files : inRange(files, inputs.range);
  }
  const list = typeof inputs === "string" || isNamedBytes(inputs) ? [inputs] : itemsOf(inputs);
  for (const item of list) checkArgument("images", item, aPathOrBytes);
  const found = await resolveInputs(
    list.filter((item) => typeof item === "string"),
    cwd,
  );
  const next = found.values();
  return filesOf(
    list.map((item) => (typeof item === "string" ? (next.next().value as ImageInput) : (item as ImageBytes))),
  );
}

/** What is no list is taken for one item, and refused as such. */
function itemsOf(inputs: unknown): readonly unknown[] {
  const isIterable = typeof inputs === "object" && inputs !== null && Symbol.iterator in inputs;
  return isIterable && !(inputs instanceof Uint8Array) ? [...(inputs as Iterable<unknown>)] : [inputs];
}

const isNamedBytes = (value: unknown): value is NamedBytes =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Partial<NamedBytes>).name === "string" &&
  (value as Partial<NamedBytes>).bytes instanceof Uint8Array;

const aPathOrBytes: OptionRule = {
  rule: "a path, or an object with name and bytes",
  holds: (value) => aPath.holds(value) || isNamedBytes(value),
};

/** For functions that take an opened model. */
export const aClassifier: OptionRule = {
  rule: "a classifier that openClassifier gave",
  holds: (value) => typeof value === "object" && value !== null && "contract" in value,
};
