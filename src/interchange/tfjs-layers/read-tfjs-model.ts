// Reads models in TensorFlow.js' layers format: a model.json with Keras' configuration, and weights in shards beside it.
// Files are hostile until proven otherwise: nothing is run, no path leaves the folder, sizes are checked first.
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { type DeclaredLayers, matchPretrained, type PretrainedRequest } from "../../model/match-pretrained.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { weightName } from "../../model/weight-names.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { readFileBytes } from "../file-bytes.js";
import { invalid } from "../invalid-model-file.js";
import { shown } from "../keras-config/config-fields.js";
import { type FlatModel, flattenModel } from "../keras-config/flatten-model.js";
import { graphOf, parseModelJson } from "../keras-config/graph-from-keras.js";
import { isRecord } from "../keras-config/layer-from-keras.js";
import type { PretrainedFile } from "../pretrained-file.js";
import { type ManifestGroup, type ManifestWeight, parseManifest } from "./tfjs-manifest.js";
import { readGroup, weightValues } from "./tfjs-shards.js";

/** Largest model.json: topology and manifest only. The biggest Keras application's is below 2 MiB. */
const maxJsonBytes = 64 * 2 ** 20;

export interface TfjsModel {
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
  /** The file's "userDefinedMetadata": any JSON that its writer left. */
  readonly metadata: unknown;
}

/**
 * A whole model.
 * @param path of model.json
 * @throws AppError FILE_MISSING, FILE_UNREADABLE; MODEL_FILE_INVALID when it is damaged, unsafe, something else, or a shard
 *   is missing or has another size; MODEL_LAYER_UNSUPPORTED naming the layer; MODEL_INVALID; WEIGHTS_MISMATCH
 */
export async function readTfjsModel(path: string): Promise<TfjsModel> {
  const file = await openModelJson(path);
  const { graph, layers, metadata } = file;
  if (graph === undefined) throw invalid(path, 'it holds a model ("modelTopology")', "weights only");
  matchWeights(graph, shapesOf(layers), path);
  const { weights } = await readWeights(file, layers);
  return { graph, weights, metadata };
}

/**
 * The weights for a model's backbone. Shards that hold nothing that is needed may be missing.
 * @throws AppError as `readTfjsModel`, and as `matchPretrained`
 */
export async function readTfjsPretrained(path: string, request: PretrainedRequest): Promise<PretrainedFile> {
  const file = await openModelJson(path);
  const plan = matchPretrained(request, shapesOf(file.layers), path);
  const wanted = [...plan.taken].map(([layer, source]) => {
    const weights = [...source.weights].map(([name, fileName]) => {
      return [name, file.layers.get(source.layer)?.get(fileName) as Located] as const;
    });
    return [layer, new Map(weights)] as const;
  });
  const { weights, sha256 } = await readWeights(file, new Map(wanted));
  return { weights, plan, sha256, title: file.title };
}

/** A weight, and the group of shards that holds it. */
interface Located {
  readonly weight: ManifestWeight;
  readonly group: ManifestGroup;
}

interface ModelJson {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Undefined in a file of weights only. */
  readonly graph: ModelGraph | undefined;
  readonly title: string;
  readonly groups: readonly ManifestGroup[];
  /** Layer -> weight, in the model's order; what belongs to no layer of it comes last. */
  readonly layers: ReadonlyMap<string, ReadonlyMap<string, Located>>;
  readonly metadata: unknown;
}

async function openModelJson(path: string): Promise<ModelJson> {
  const bytes = await readFileBytes(path, maxJsonBytes);
  const whole = parseModelJson(new TextDecoder().decode(bytes), path);
  if (!isRecord(whole)) throw invalid(path, "a model.json is an object", shown(whole));
  if (whole.weight_map !== undefined) {
    throw invalid(
      path,
      "weights stand in one file",
      "Keras' list of several; save them in Keras without max_shard_size",
    );
  }
  if (whole.format !== undefined && whole.format !== null && whole.format !== "layers-model") {
    throw invalid(path, 'its format is "layers-model", TensorFlow.js\' own for Keras models', shown(whole.format));
  }
  const groups = parseManifest(whole.weightsManifest, path);
  const config = configurationOf(whole.modelTopology, path);
  const flat = config === undefined ? undefined : flattenModel(config, path);
  const graph = flat === undefined ? undefined : graphOf(flat, path);
  const version = isRecord(whole.modelTopology) ? whole.modelTopology.keras_version : undefined;
  return {
    path,
    bytes,
    graph,
    title: `TensorFlow.js model "${graph?.name ?? "unnamed"}"${typeof version === "string" ? `, Keras ${version}` : ""}`,
    groups,
    layers: byLayer(groups, flat?.layers ?? [], path),
    metadata: whole.userDefinedMetadata,
  };
}

/** Converted from Keras, the topology holds a `model_config`, or its text; saved by TensorFlow.js, it is one. */
function configurationOf(topology: unknown, place: string): unknown {
  if (topology === undefined || topology === null) return undefined;
  if (!isRecord(topology)) return topology;
  const config = topology.model_config ?? topology;
  return typeof config === "string" ? parseModelJson(config, place) : config;
}

function byLayer(
  groups: readonly ManifestGroup[],
  calls: FlatModel["layers"],
  place: string,
): ReadonlyMap<string, ReadonlyMap<string, Located>> {
  const classes = new Map(calls.map(({ path, className }) => [path.at(-1) ?? "", className]));
  const found = new Map<string, Map<string, Located>>([...classes.keys()].map((layer) => [layer, new Map()]));
  for (const group of groups) {
    for (const weight of group.weights) {
      const layer = layerOf(weight.name, classes);
      const name = weight.name.slice(weight.name.lastIndexOf("/") + 1).replace(/:\d+$/, "");
      const ofLayer = found.get(layer) ?? new Map<string, Located>();
      found.set(layer, ofLayer.set(weightName(classes.get(layer), name), { weight, group }));
    }
  }
  // Weights are named by the layer alone, in models inside the model too; a layer's further calls share them.
  const owners = new Map<string, string>();
  const called = calls.map(({ name, path, group }) => {
    const own = path.at(-1) ?? "";
    const weights = found.get(own) ?? new Map<string, Located>();
    const owner = owners.get(own) ?? group;
    owners.set(own, owner);
    if (weights.size > 0 && owner !== group) {
      throw invalid(place, "layers with weights have names of their own", `${shown(own)} in two models`);
    }
    return [name, weights] as const;
  });
  const others = [...found].filter(([layer]) => !classes.has(layer));
  return new Map([...called, ...others].filter(([, weights]) => weights.size > 0));
}

/** `conv1/conv/kernel` -> `conv1/conv`; `sequential/dense/kernel` -> `dense`, the model's name in front is left out. */
function layerOf(weight: string, layers: ReadonlyMap<string, unknown>): string {
  const path = weight.split("/").slice(0, -1);
  const known = path.map((_, start) => path.slice(start).join("/")).find((name) => layers.has(name));
  return known ?? path.join("/");
}

const shapesOf = (layers: ModelJson["layers"]): DeclaredLayers =>
  new Map(
    [...layers].map(([layer, weights]) => [layer, new Map([...weights].map(([name, { weight }]) => [name, weight]))]),
  );

/** Group by group, so that no more than one stands in memory beside the values. */
async function readWeights(
  file: ModelJson,
  wanted: ReadonlyMap<string, ReadonlyMap<string, Located>>,
): Promise<{ readonly weights: WeightMap; readonly sha256: string }> {
  const hash = createHash("sha256").update(file.bytes);
  const weights = new Map<string, Map<string, HostTensor>>([...wanted.keys()].map((layer) => [layer, new Map()]));
  for (const group of file.groups) {
    const inGroup = [...wanted].flatMap(([layer, ofLayer]) =>
      [...ofLayer].filter(([, one]) => one.group === group).map(([name, one]) => ({ layer, name, weight: one.weight })),
    );
    if (inGroup.length === 0) continue;
    const bytes = await readGroup(dirname(file.path), group, file.path);
    hash.update(bytes);
    for (const { layer, name, weight } of inGroup) weights.get(layer)?.set(name, weightValues(bytes, weight));
  }
  return { weights, sha256: hash.digest("hex") };
}
