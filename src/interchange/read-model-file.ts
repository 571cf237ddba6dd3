// A whole model from whichever of our formats a path means, with the contract that was stored beside it.
import { stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { AppError } from "../core/errors.js";
import { runPaths } from "../core/run-folder.js";
import type { ModelGraph } from "../model/model-graph.js";
import type { WeightMap } from "../model/weights.js";
import { readFileBytes } from "./file-bytes.js";
import { configName } from "./keras-archive/archive-layout.js";
import {
  isKerasArchive,
  isUnpacked,
  isZip,
  parseKerasArchive,
  readKerasArchive,
} from "./keras-archive/read-keras-archive.js";
import { isRecord } from "./keras-config/layer-from-keras.js";
import { type KerasModel, parseKerasModel, readKerasModel } from "./keras-h5/read-keras-model.js";
import { readTfjsModel } from "./tfjs-layers/read-tfjs-model.js";

/** Under this name a TensorFlow.js export keeps the contract in its "userDefinedMetadata". */
export const tfjsMetadataKey = "pneumoscope";

export interface ModelFile {
  /** The file that was read: a .keras, a .h5, a model.json or an unpacked .keras file's config.json. */
  readonly file: string;
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
  /** As it was stored, unchecked; undefined in files by others. */
  readonly contract: unknown;
  /** The file's own names for its outputs, in their order; absent where it has none. */
  readonly labels?: readonly string[];
  /** What its kind is known to scale pixels to. */
  readonly pixels?: "-1..1";
}

/**
 * @param place a .keras file or one that is unpacked, a Keras .h5 file, a TensorFlow.js model.json or its folder, or a run
 *   folder (its best weights)
 * @throws AppError as `readKerasModel` and `readTfjsModel`
 */
export async function readModelFile(place: string): Promise<ModelFile> {
  const file = await modelFileAt(place);
  if (isTfjs(file)) {
    const { graph, weights, metadata } = await readTfjsModel(file);
    const contract = isRecord(metadata) ? metadata[tfjsMetadataKey] : undefined;
    return { file, graph, weights, contract, ...(await teachableMachineOf(file)) };
  }
  return kerasFile(file, await ((await isKerasArchive(file)) ? readKerasArchive : readKerasModel)(file));
}

/** As `readModelFile`, for the bytes of a .keras or a Keras .h5 file; `name` stands for it in errors. */
export async function parseModelFile(name: string, bytes: Uint8Array): Promise<ModelFile> {
  return kerasFile(name, await (isZip(bytes) ? parseKerasArchive : parseKerasModel)(bytes, name));
}

const kerasFile = (file: string, { graph, weights, own }: KerasModel): ModelFile => ({
  file,
  graph,
  weights,
  contract: isRecord(own.json) ? own.json.contract : undefined,
});

/**
 * The model file that a path means: itself, a run folder's best weights, or a folder's model.json or config.json.
 * @throws AppError FILE_MISSING for a folder without them
 */
export async function modelFileAt(place: string): Promise<string> {
  if (!(await isKind(place, "isDirectory"))) return place;
  const { bestWeights } = runPaths(place);
  if (await isKind(bestWeights, "isFile")) return bestWeights;
  const tfjs = join(place, "model.json");
  if (await isKind(tfjs, "isFile")) return tfjs;
  const unpacked = join(place, configName);
  if (await isKind(unpacked, "isFile")) return unpacked;
  throw new AppError("FILE_MISSING", {
    place,
    rule: "a folder should hold a model: weights/best.h5, which a training writes after its first epoch, model.json, or config.json of an unpacked .keras file",
    received: "one without",
    remedy: "Name a run folder, or the model file itself",
  });
}

/** Whether a model file is read as TensorFlow.js' format: by its name, as people choose files. */
export const isTfjs = (file: string): boolean => extname(file).toLowerCase() === ".json" && !isUnpacked(file);

async function isKind(path: string, kind: "isFile" | "isDirectory"): Promise<boolean> {
  return stat(path).then(
    (found) => found[kind](),
    () => false,
  );
}

/** Far above what Teachable Machine writes. */
const maxMetadataBytes = 2 ** 20;

/** What Teachable Machine writes beside a model.json: the classes' names; its images are scaled to -1..1. */
async function teachableMachineOf(file: string): Promise<Pick<ModelFile, "labels" | "pixels">> {
  const path = join(dirname(file), "metadata.json");
  if (!(await isKind(path, "isFile"))) return {};
  const whole = await readFileBytes(path, maxMetadataBytes)
    .then((bytes): unknown => JSON.parse(new TextDecoder().decode(bytes)))
    .catch(() => undefined); // any other program's file may have this name
  if (!isRecord(whole) || !Array.isArray(whole.labels)) return {};
  const labels = (whole.labels as unknown[]).filter((label) => typeof label === "string");
  return { labels, ...("tmVersion" in whole || "tfjsVersion" in whole ? { pixels: "-1..1" } : {}) };
}
