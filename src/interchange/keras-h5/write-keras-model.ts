// Writes a whole-model Keras .h5 file: configuration and weights as tf.keras 2 lays them out, so that tf.keras 2 and
// Keras 3 load it with `load_model(path, compile=False)`; and, in a group that Keras passes by, our own training state.
import { type WriteOptions, writeFileAtomically } from "../../core/atomic-file.js";
import { AppError } from "../../core/errors.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { weightSpecsOf } from "../../model/shapes.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { graphToKeras } from "../keras-config/graph-to-keras.js";
import { sealedAttribute, withSeal } from "./h5-checksum.js";
import type { HdfFile } from "./h5wasm-module.js";
import { bytesOf, groupMaker, hdfBytes, holder, writeTensor, writeText } from "./hdf-writing.js";
import {
  attributeLimitBytes,
  layerNamesAttribute,
  modelConfigAttribute,
  ownGroup,
  ownJsonAttribute,
  ownTensorsAttribute,
  weightNamesAttribute,
  weightsGroup,
} from "./keras-layout.js";

/** State of ours beside the model: optimizer slots, training progress. */
export interface OwnState {
  /** Anything JSON can hold; undefined when there is none. */
  readonly json?: unknown;
  /** By any name. */
  readonly tensors?: ReadonlyMap<string, HostTensor>;
}

/**
 * The file is complete or absent: it is written under a temporary name and renamed. It ends in a checksum (h5-checksum.ts).
 * @throws AppError WEIGHTS_MISMATCH when `weights` are not those of `graph`, MODEL_INVALID, FILE_UNWRITABLE.
 */
export async function writeKerasModel(
  path: string,
  graph: ModelGraph,
  weights: WeightMap,
  own: OwnState = {},
  options: WriteOptions = {},
): Promise<void> {
  await writeFileAtomically(path, await kerasModelBytes(graph, weights, own, path), options);
}

/** The bytes of the file. `place` names it in errors. Errors as `writeKerasModel`. */
export async function kerasModelBytes(
  graph: ModelGraph,
  weights: WeightMap,
  own: OwnState,
  place: string,
): Promise<Uint8Array> {
  matchWeights(graph, weights, place);
  checkNames(graph);
  const tensors = [
    ...[...weights.values()].flatMap((ofLayer) => [...ofLayer.values()]),
    ...(own.tensors?.values() ?? []),
  ];
  const bytes = await hdfBytes(place, bytesOf(tensors), (file) => {
    writeText(file, "", sealedAttribute, "sha256");
    writeConfig(file, graph);
    writeWeights(file, graph, weights);
    writeOwn(file, own);
  });
  return withSeal(bytes);
}

function checkNames(graph: ModelGraph): void {
  for (const { name } of graph.nodes) {
    if (name.split("/").some((part) => part === "" || part === ".")) {
      throw new AppError("MODEL_INVALID", {
        place: `model "${graph.name}"`,
        rule: 'a layer name is a path inside the file, without empty or "." parts',
        received: `"${name}"`,
      });
    }
  }
}

function writeConfig(file: HdfFile, graph: ModelGraph): void {
  writeText(file, "", "backend", "tensorflow");
  writeText(file, "", "keras_version", imitatedVersion);
  writeText(file, "", modelConfigAttribute, JSON.stringify(graphToKeras(graph)));
}

/** The Keras whose file layout this is; Keras 3 tells by it how to read. */
const imitatedVersion = "2.15.0";

function writeWeights(file: HdfFile, graph: ModelGraph, weights: WeightMap): void {
  const group = groupMaker(file);
  group(weightsGroup);
  const layers = graph.nodes.filter((node) => graph.kind !== "Sequential" || node.className !== "InputLayer");
  writeNames(
    file,
    weightsGroup,
    layerNamesAttribute,
    layers.map((node) => node.name),
  );
  writeText(file, weightsGroup, "backend", "tensorflow");
  writeText(file, weightsGroup, "keras_version", imitatedVersion);
  const specs = weightSpecsOf(graph);
  for (const layer of layers.map((node) => node.name).sort()) {
    const layerGroup = `${weightsGroup}/${layer}`;
    group(layerGroup);
    const names = (specs.get(layer) ?? []).map((spec) => spec.name);
    writeNames(
      file,
      layerGroup,
      weightNamesAttribute,
      names.map((name) => `${layer}/${name}:0`),
    );
    if (names.length > 0) group(`${layerGroup}/${layer}`);
    for (const name of names) {
      writeTensor(file, `${layerGroup}/${layer}/${name}:0`, weights.get(layer)?.get(name) as HostTensor);
    }
  }
  group(`${weightsGroup}/top_level_model_weights`);
  writeNames(file, `${weightsGroup}/top_level_model_weights`, weightNamesAttribute, []);
}

function writeOwn(file: HdfFile, own: OwnState): void {
  if (own.json === undefined && own.tensors === undefined) return;
  file.create_group(ownGroup);
  if (own.json !== undefined) writeText(file, ownGroup, ownJsonAttribute, JSON.stringify(own.json));
  const tensors = [...(own.tensors ?? [])];
  writeText(file, ownGroup, ownTensorsAttribute, JSON.stringify(tensors.map(([name]) => name)));
  for (const [index, [, tensor]] of tensors.entries()) writeTensor(file, `${ownGroup}/${index}`, tensor);
}

/** A list of names as fixed-length byte strings, split as Keras splits it when it outgrows one attribute. */
function writeNames(file: HdfFile, path: string, name: string, names: readonly string[]): void {
  const target = holder(file, path);
  if (names.length === 0) {
    target.create_attribute(name, new Float64Array(0), [0], "<d"); // what Keras' numpy makes of an empty list
    return;
  }
  const bytes = Math.max(...names.map((text) => Buffer.byteLength(text))) + 1; // and the closing zero
  const perChunk = Math.max(1, Math.floor(attributeLimitBytes / bytes));
  if (names.length <= perChunk) {
    target.create_attribute(name, [...names], [names.length], `A${bytes}`);
    return;
  }
  for (let chunk = 0; chunk * perChunk < names.length; chunk++) {
    const part = names.slice(chunk * perChunk, (chunk + 1) * perChunk);
    target.create_attribute(`${name}${chunk}`, part, [part.length], `A${bytes}`);
  }
}
