// Writes a whole-model Keras .h5 file: configuration and weights as tf.keras 2 lays them out, so that tf.keras 2 and
// Keras 3 load it with `load_model(path, compile=False)`; and, in a group that Keras passes by, our own training state.
import { type WriteOptions, writeFileAtomically } from "../../core/atomic-file.js";
import { AppError, messageOf } from "../../core/errors.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { weightSpecsOf } from "../../model/shapes.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { graphToKeras } from "../keras-config/graph-to-keras.js";
import { sealedAttribute, withSeal } from "./h5-checksum.js";
import { type HdfFile, hdfReason, loadHdf } from "./h5wasm-module.js";
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

let filesWritten = 0;

/** The bytes of the file. `place` names it in errors. Errors as `writeKerasModel`. */
export async function kerasModelBytes(
  graph: ModelGraph,
  weights: WeightMap,
  own: OwnState,
  place: string,
): Promise<Uint8Array> {
  matchWeights(graph, weights, place);
  checkNames(graph);
  const hdf = await loadHdf();
  const name = `write-${filesWritten++}.h5`;
  try {
    const file = hdf.open(`/${name}`, "w");
    try {
      writeText(file, "", sealedAttribute, "sha256");
      writeConfig(file, graph);
      writeWeights(file, graph, weights);
      writeOwn(file, own);
    } finally {
      file.close();
    }
    return withSeal(hdf.files.readFile(`/${name}`));
  } catch (thrown) {
    throw new AppError(
      "FILE_UNWRITABLE",
      { place, rule: `HDF5 cannot hold this model: ${hdfReason(messageOf(thrown))}` },
      { cause: thrown },
    );
  } finally {
    if (hdf.files.analyzePath(`/${name}`).exists) hdf.files.unlink(`/${name}`);
  }
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
  const groups = new Set<string>();
  const group = (path: string): void => {
    let made = "";
    for (const part of path.split("/")) {
      if (!groups.has(`${made}/${part}`)) file.create_group(made === "" ? part : `${made.slice(1)}/${part}`);
      made += `/${part}`;
      groups.add(made);
    }
  };
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

function writeTensor(file: HdfFile, name: string, tensor: HostTensor): void {
  file.create_dataset({ name, data: tensor.data, shape: [...tensor.shape], dtype: "<f" });
}

/** A string of any length: HDF5 keeps it outside the object's header. */
function writeText(file: HdfFile, path: string, name: string, text: string): void {
  holder(file, path).create_attribute(name, text, [], "S");
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

function holder(file: HdfFile, path: string): Pick<HdfFile, "create_attribute"> {
  if (path === "") return file;
  const found = file.get(path);
  if (found === null || !("create_attribute" in found)) throw new Error(`no group ${path}`);
  return found;
}
