// From the bytes of a Keras .h5 file to graph, weights and our own state. Runs inside the reader's worker.
import { AppError } from "../../core/errors.js";
import { matchPretrained, type PretrainedRequest } from "../../model/match-pretrained.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { invalid } from "../invalid-model-file.js";
import { graphFromKeras, parseModelJson } from "../keras-config/graph-from-keras.js";
import { isRecord } from "../keras-config/layer-from-keras.js";
import type { PretrainedFile } from "../pretrained-file.js";
import { type DeclaredTensor, H5File } from "./h5-file.js";
import type { Hdf } from "./h5wasm-module.js";
import {
  layerNamesAttribute,
  modelConfigAttribute,
  ownGroup,
  ownJsonAttribute,
  ownTensorsAttribute,
  weightNamesAttribute,
  weightsGroup,
} from "./keras-layout.js";
import {
  checkNormalizationConstants,
  lastName,
  normalizationWeights,
  withNormalizationConstants,
} from "./normalization-constants.js";

export interface KerasModel {
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
  /** Version of the Keras that wrote the file, if it says so. */
  readonly kerasVersion: string | undefined;
  /** State that `writeKerasModel` put beside the model; empty in files by Keras. */
  readonly own: { readonly json?: unknown; readonly tensors: ReadonlyMap<string, HostTensor> };
}

/** Errors as `readKerasModel`. */
export function extractModel(hdf: Hdf, bytes: Uint8Array, place: string): KerasModel {
  return H5File.use(hdf, bytes, place, (file) => {
    const kerasVersion = file.text("", "keras_version");
    if (kerasVersion?.startsWith("1.")) {
      throw invalid(place, "it is written by Keras 2 or later", `Keras ${kerasVersion}; save it again with Keras 2`);
    }
    const config = file.text("", modelConfigAttribute);
    if (config === undefined) {
      const isWeights = file.hasGroup("layers") || file.names("", layerNamesAttribute) !== undefined;
      const received = isWeights ? "weights only" : "something else";
      throw invalid(place, "it holds a model's configuration, as model.save writes it", received);
    }
    if (!file.hasGroup(weightsGroup)) throw invalid(place, `it holds the group "${weightsGroup}"`);
    const graph = graphFromKeras(withNormalizationConstants(parseModelJson(config, place), file, weightsGroup), place);
    return { graph, weights: readWeights(file, weightsGroup, graph, place), kerasVersion, own: readOwn(file, place) };
  });
}

/** What `readKerasPretrained` gives, less the digest. Errors as there. */
export function extractPretrained(
  hdf: Hdf,
  bytes: Uint8Array,
  place: string,
  request: PretrainedRequest,
): Omit<PretrainedFile, "sha256"> {
  return H5File.use(hdf, bytes, place, (file) => {
    const root = file.hasGroup(weightsGroup) ? weightsGroup : "";
    const declared = declaredWeights(file, root, place);
    const plan = matchPretrained(request, declared, place);
    checkNormalizationConstants(file, root, request.graph, place);
    const wanted = [...plan.taken].map(([layer, source]) => {
      const ofLayer = declared.get(source.layer);
      const weights = [...source.weights].map(
        ([name, stored]) => [name, ofLayer?.get(stored) as DeclaredTensor] as const,
      );
      return [layer, new Map(weights)] as const;
    });
    return { weights: readDeclared(file, new Map(wanted)), plan, title: titleOf(file, place) };
  });
}

/** `Keras 2.15.0 model "mobilenet_1.00_224"`, as far as the file says. */
function titleOf(file: H5File, place: string): string {
  const version = file.text("", "keras_version") ?? file.text(weightsGroup, "keras_version");
  const keras = version === undefined ? "Keras" : `Keras ${version}`;
  const text = file.text("", modelConfigAttribute);
  if (text === undefined) return `${keras} weights`;
  const whole = parseModelJson(text, place);
  const config = isRecord(whole) && isRecord(whole.config) ? whole.config : {};
  return `${keras} model${typeof config.name === "string" ? ` "${config.name.slice(0, 80)}"` : ""}`;
}

type Declared<T> = ReadonlyMap<string, ReadonlyMap<string, T>>;

/** Everything is declared and compared with the graph before the first value is read. */
function readWeights(file: H5File, root: string, graph: ModelGraph, place: string): WeightMap {
  const depthwise = new Set(
    graph.nodes.filter((node) => node.className === "DepthwiseConv2D").map((node) => node.name),
  );
  const declared = [...declaredWeights(file, root, place)].map(([layer, weights]) => {
    // Keras 3 calls a DepthwiseConv2D's kernel only "kernel".
    const spelled = [...weights].map(([name, tensor]) => {
      return [name === "kernel" && depthwise.has(layer) ? "depthwise_kernel" : name, tensor] as const;
    });
    return [layer, new Map(spelled)] as const;
  });
  const byLayer = new Map(declared);
  matchWeights(graph, byLayer, place);
  checkNormalizationConstants(file, root, graph, place);
  return readDeclared(file, byLayer);
}

/** The layers that have weights, in the order of the file's model. */
function declaredWeights(file: H5File, root: string, place: string): Declared<DeclaredTensor> {
  const declared = new Map<string, Map<string, DeclaredTensor>>();
  const layerNames = file.names(root, layerNamesAttribute);
  if (layerNames === undefined) {
    const received = file.hasGroup("layers")
      ? "the .weights.h5 layout of Keras 3: save the whole model"
      : "no such list";
    throw invalid(place, `it lists its layers (attribute "${layerNamesAttribute}")`, received);
  }
  for (const listed of layerNames) {
    const group = root === "" ? listed : `${root}/${listed}`;
    if (!file.hasGroup(group)) throw invalid(place, `it holds a group for layer "${listed}"`);
    const paths = file.names(group, weightNamesAttribute) ?? [];
    // A model inside the model keeps its layers' weights in one group, each under its own layer's name.
    const isModel = new Set(paths.map(layerPart)).size > 1;
    for (const path of paths) {
      const layer = isModel ? layerPart(path) : listed;
      const name = lastName(path);
      if (normalizationWeights.has(name)) continue;
      const weights = declared.get(layer) ?? new Map<string, DeclaredTensor>();
      declared.set(layer, weights);
      if (weights.has(name)) throw invalid(place, `layer "${layer}" has each weight once`, `"${name}" twice`);
      // A dataset that is listed but absent shows up among the missing weights.
      if (file.has(`${group}/${path}`)) weights.set(name, file.declared(`${group}/${path}`));
    }
  }
  return declared;
}

/** `conv1/conv/kernel:0` -> `conv1/conv` */
const layerPart = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

function readDeclared(file: H5File, declared: Declared<DeclaredTensor>): WeightMap {
  const weights = [...declared].map(([layer, tensors]) => {
    const read = [...tensors].map(([name, one]) => [name, { shape: one.shape, data: file.floats(one) }] as const);
    return [layer, new Map<string, HostTensor>(read)] as const;
  });
  return new Map(weights);
}

function readOwn(file: H5File, place: string): KerasModel["own"] {
  const tensors = new Map<string, HostTensor>();
  if (!file.hasGroup(ownGroup)) return { tensors };
  const json = file.text(ownGroup, ownJsonAttribute);
  const names = fromJson(file.text(ownGroup, ownTensorsAttribute) ?? "[]", place);
  if (!Array.isArray(names)) throw invalid(place, "our own group lists its tensors");
  for (const [index, name] of names.entries()) {
    const tensor = file.declared(`${ownGroup}/${index}`);
    tensors.set(String(name), { shape: tensor.shape, data: file.floats(tensor) });
  }
  return json === undefined ? { tensors } : { json: fromJson(json, place), tensors };
}

function fromJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw invalid(place, "our own state in it is JSON", undefined, thrown);
  }
}
