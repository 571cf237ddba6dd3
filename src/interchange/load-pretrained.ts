// The weights a training starts from: a file's for the backbone, random ones for what is fresh, and a record of which
// is which for reports and tables.
import { basename } from "node:path";
import { initialWeights } from "../model/initial-weights.js";
import type { PretrainedRequest } from "../model/match-pretrained.js";
import type { WeightMap } from "../model/weights.js";
import { isKerasArchive, readKerasArchivePretrained } from "./keras-archive/read-keras-archive.js";
import { readKerasPretrained } from "./keras-h5/read-keras-model.js";
import { isTfjs, modelFileAt } from "./read-model-file.js";
import { readTfjsPretrained } from "./tfjs-layers/read-tfjs-model.js";

export interface LoadPretrained extends PretrainedRequest {
  /** A .keras, .weights.h5 or .h5 file, a TensorFlow.js model.json or its folder, or a run folder (its best weights). */
  readonly place: string;
  /** Draws the fresh layers, as `initialWeights`. */
  readonly seed: number;
}

/** Which weights were really loaded; plain data for run folders and reports. */
export interface WeightsProvenance {
  /** One line for people: what the file says it is, how many layers were loaded, which are fresh, which stayed unused. */
  readonly source: string;
  /** The file's path as it was read. */
  readonly file: string;
  readonly sha256: string;
  readonly loadedLayers: readonly string[];
  readonly freshLayers: readonly string[];
  /** Layers of the file that the model does not take: its own top, and those left fresh on purpose. */
  readonly unusedLayers: readonly string[];
}

export interface Pretrained {
  /** Complete for the graph, in its order. */
  readonly weights: WeightMap;
  readonly provenance: WeightsProvenance;
}

/**
 * Strict: every layer before the head that is not named as fresh must be in the file, by layer, name and shape. A head
 * that the file has completely is loaded too, one that it lacks starts fresh.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, MODEL_FILE_INVALID, MODEL_LAYER_UNSUPPORTED, MODEL_INVALID;
 *   WEIGHTS_MISMATCH listing every difference; OPTION_INVALID for a fresh layer that the model does not have
 */
export async function loadPretrained(options: LoadPretrained): Promise<Pretrained> {
  const { graph, seed } = options;
  const file = await modelFileAt(options.place);
  const { weights, plan, sha256, title } = await (await readerOf(file))(file, options);
  const { freshLayers, unusedLayers } = plan;
  const fresh = initialWeights(graph, seed, new Set(freshLayers));
  const all = graph.nodes.flatMap(({ name }) => {
    const ofLayer = weights.get(name) ?? fresh.get(name);
    return ofLayer === undefined ? [] : [[name, ofLayer] as const];
  });
  const loadedLayers = [...plan.taken.keys()];
  const source = [
    `${basename(file)} (${title}): ${loadedLayers.length} of ${all.length} layers with weights loaded`,
    ...listed("fresh", freshLayers),
    ...listed("not used of the file", unusedLayers),
  ].join("; ");
  return { weights: new Map(all), provenance: { source, file, sha256, loadedLayers, freshLayers, unusedLayers } };
}

async function readerOf(file: string): Promise<typeof readKerasPretrained> {
  if (isTfjs(file)) return readTfjsPretrained;
  return (await isKerasArchive(file)) ? readKerasArchivePretrained : readKerasPretrained;
}

function listed(what: string, layers: readonly string[]): readonly string[] {
  if (layers.length === 0) return [];
  const more = layers.length > 8 ? `, … ${layers.length} in all` : "";
  return [`${what}: ${layers.slice(0, 8).join(", ")}${more}`];
}
