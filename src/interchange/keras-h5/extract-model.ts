// From the bytes of a Keras .h5 file to graph, weights and our own state. Runs inside the reader's worker.
import { AppError } from "../../core/errors.js";
import { matchPretrained, type PretrainedRequest } from "../../model/match-pretrained.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { weightName } from "../../model/weight-names.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { invalid } from "../invalid-model-file.js";
import { pretrainedFrom } from "../keras-archive/extract-archive.js";
import { hasLayerGroups } from "../keras-archive/layer-groups.js";
import { type FlatModel, flattenModel } from "../keras-config/flatten-model.js";
import { graphOf, parseModelJson } from "../keras-config/graph-from-keras.js";
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
  weightsGroup,
} from "./keras-layout.js";
import { byFlatLayer, byListedLayer, listedWeights, readDeclared } from "./legacy-weights.js";
import { checkNormalizationConstants, legacyConstants, withNormalizationConstants } from "./normalization-constants.js";

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
      const isWeights = hasLayerGroups(file) || file.names("", layerNamesAttribute) !== undefined;
      const received = isWeights ? "weights only" : "something else";
      throw invalid(place, "it holds a model's configuration, as model.save writes it", received);
    }
    if (!file.hasGroup(weightsGroup)) throw invalid(place, `it holds the group "${weightsGroup}"`);
    const flat = withNormalizationConstants(flattenModel(parseModelJson(config, place), place), ({ path }) =>
      legacyConstants(file, weightsGroup, path),
    );
    const graph = graphOf(flat, place);
    return { graph, weights: readWeights(file, flat, graph, place), kerasVersion, own: readOwn(file, place) };
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
    if (hasLayerGroups(file) && file.names(root, layerNamesAttribute) === undefined) {
      return pretrainedFrom(file, place, request, undefined);
    }
    const declared = byListedLayer(listedWeights(file, root, place), place);
    const plan = matchPretrained(request, declared, place);
    checkNormalizationConstants((layer) => legacyConstants(file, root, [layer]), request.graph, place);
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

/** Everything is declared and compared with the graph before the first value is read. */
function readWeights(file: H5File, flat: FlatModel, graph: ModelGraph, place: string): WeightMap {
  const classes = new Map(graph.nodes.map((node) => [node.name, node.className]));
  const declared = [...byFlatLayer(listedWeights(file, weightsGroup, place), flat, place)].map(([layer, weights]) => {
    const spelled = [...weights].map(([name, tensor]) => [weightName(classes.get(layer), name), tensor] as const);
    return [layer, new Map(spelled)] as const;
  });
  const byLayer = new Map(declared);
  matchWeights(graph, byLayer, place);
  return readDeclared(file, byLayer);
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
