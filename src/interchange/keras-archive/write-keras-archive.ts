// Writes .keras and .weights.h5 files as Keras 3.15 lays them out, so that it loads them with `load_model` and `load_weights`.
// Our own contract stands in metadata.json, which Keras writes and never reads. The same model makes the same bytes.
import { type WriteOptions, writeFileAtomically } from "../../core/atomic-file.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { weightSpecsOf } from "../../model/shapes.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { groupsOf } from "../keras-config/flatten-model.js";
import { asInKeras3, graphToKeras3 } from "../keras-config/graph-to-keras3.js";
import { bytesOf, groupMaker, hdfBytes, writeTensor, writeText } from "../keras-h5/hdf-writing.js";
import { configName, metadataName, nameAttribute, ownKey, variables, weightsName } from "./archive-layout.js";
import { storedZip } from "./stored-zip.js";

/** The Keras whose layout this is. */
const imitatedVersion = "3.15.1";

/**
 * A whole model; the file is complete or absent.
 * @param own what metadata.json keeps for us: anything JSON can hold, or undefined
 * @throws AppError WEIGHTS_MISMATCH when `weights` are not those of `graph`, MODEL_INVALID, FILE_UNWRITABLE
 */
export async function writeKerasArchive(
  path: string,
  graph: ModelGraph,
  weights: WeightMap,
  own?: unknown,
  options: WriteOptions = {},
): Promise<void> {
  await writeFileAtomically(path, await kerasArchiveBytes(graph, weights, own, path), options);
}

/** The bytes of the file. `place` names it in errors. Errors as `writeKerasArchive`. */
export async function kerasArchiveBytes(
  graph: ModelGraph,
  weights: WeightMap,
  own: unknown,
  place: string,
): Promise<Uint8Array> {
  const metadata = { keras_version: imitatedVersion, ...(own === undefined ? {} : { [ownKey]: own }) };
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const stored = await weightsBytes(graph, weights, place);
  return Buffer.concat(
    storedZip([
      [metadataName, text(metadata)],
      [configName, text(graphToKeras3(asInKeras3(graph).graph))],
      [weightsName, stored],
    ]),
  );
}

/** A .weights.h5 file, which says nothing of the model but its layers' names. Errors as `writeKerasArchive`. */
export async function writeKerasWeights(
  path: string,
  graph: ModelGraph,
  weights: WeightMap,
  options: WriteOptions = {},
): Promise<void> {
  await writeFileAtomically(path, await weightsBytes(graph, weights, path), options);
}

async function weightsBytes(graph: ModelGraph, weights: WeightMap, place: string): Promise<Uint8Array> {
  matchWeights(graph, weights, place);
  const { graph: written, formerNames } = asInKeras3(graph);
  const specs = weightSpecsOf(written);
  const groups = groupsOf(written.nodes, written.kind === "Sequential");
  const tensors = [...weights.values()].flatMap((ofLayer) => [...ofLayer.values()]);
  return hdfBytes(place, bytesOf(tensors), (file) => {
    const group = groupMaker(file);
    group(variables);
    writeText(file, variables, nameAttribute, written.name);
    for (const [i, { name }] of written.nodes.entries()) {
      const vars = `${groups[i]}/${variables}`;
      if (groups[i] === "") continue;
      group(vars);
      writeText(file, vars, nameAttribute, name);
      const ofLayer = weights.get(formerNames.get(name) ?? "");
      for (const [number, spec] of (specs.get(name) ?? []).entries()) {
        writeTensor(file, `${vars}/${number}`, ofLayer?.get(spec.name) as HostTensor);
      }
    }
  });
}
