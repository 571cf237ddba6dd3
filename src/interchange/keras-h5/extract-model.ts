// From the bytes of a Keras .h5 file to graph, weights and our own state. Runs inside the reader's worker.
import { AppError } from "../../core/errors.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { graphFromKeras, parseModelJson } from "./graph-from-keras.js";
import { type DeclaredTensor, H5File, invalid } from "./h5-file.js";
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
      throw invalid(
        place,
        `it is written by Keras 2 or later. Received Keras ${kerasVersion}; save it again with Keras 2`,
      );
    }
    const config = file.text("", modelConfigAttribute);
    if (config === undefined) {
      const isWeights = file.hasGroup("layers") || file.names("", layerNamesAttribute) !== undefined;
      const received = isWeights ? "weights only" : "something else";
      throw invalid(place, `it holds a model's configuration, as model.save writes it. Received ${received}`);
    }
    if (!file.hasGroup(weightsGroup)) throw invalid(place, `it holds the group "${weightsGroup}"`);
    const graph = graphFromKeras(withNormalizationConstants(parseModelJson(config, place), file, weightsGroup), place);
    return { graph, weights: readWeights(file, weightsGroup, graph, place), kerasVersion, own: readOwn(file, place) };
  });
}

/** Errors as `readKerasWeights`. */
export function extractWeights(hdf: Hdf, bytes: Uint8Array, place: string, graph: ModelGraph): WeightMap {
  return H5File.use(hdf, bytes, place, (file) => {
    const root = file.hasGroup(weightsGroup) ? weightsGroup : "";
    return readWeights(file, root, graph, place);
  });
}

/** Everything is declared and compared with the graph before the first value is read. */
function readWeights(file: H5File, root: string, graph: ModelGraph, place: string): WeightMap {
  const classes = new Map<string, string>(graph.nodes.map((node) => [node.name, node.className]));
  const declared = new Map<string, Map<string, DeclaredTensor>>();
  const layerNames = file.names(root, layerNamesAttribute);
  if (layerNames === undefined) {
    const received = file.hasGroup("layers")
      ? "the .weights.h5 layout of Keras 3: save the whole model"
      : "no such list";
    throw invalid(place, `it lists its layers (attribute "${layerNamesAttribute}"). Received ${received}`);
  }
  for (const layer of layerNames) {
    const group = root === "" ? layer : `${root}/${layer}`;
    if (!file.hasGroup(group)) throw invalid(place, `it holds a group for layer "${layer}"`);
    for (const path of file.names(group, weightNamesAttribute) ?? []) {
      const name = weightName(path, classes.get(layer));
      if (normalizationWeights.has(name)) continue;
      const weights = declared.get(layer) ?? new Map<string, DeclaredTensor>();
      declared.set(layer, weights);
      if (weights.has(name)) throw invalid(place, `layer "${layer}" has each weight once. Received "${name}" twice`);
      // A dataset that is listed but absent shows up among the missing weights.
      if (file.has(`${group}/${path}`)) weights.set(name, file.declared(`${group}/${path}`));
    }
  }
  matchWeights(graph, declared, place);
  checkNormalizationConstants(file, root, graph, place);
  const weights = new Map<string, Map<string, HostTensor>>();
  for (const [layer, tensors] of declared) {
    const read = [...tensors].map(([name, one]) => [name, { shape: one.shape, data: file.floats(one) }] as const);
    weights.set(layer, new Map(read));
  }
  return weights;
}

/** `sequential/conv2d/kernel:0` -> `kernel`; Keras 3 calls a DepthwiseConv2D's kernel only "kernel". */
function weightName(path: string, className: string | undefined): string {
  const last = lastName(path);
  return last === "kernel" && className === "DepthwiseConv2D" ? "depthwise_kernel" : last;
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
    throw invalid(place, "our own state in it is JSON", thrown);
  }
}
