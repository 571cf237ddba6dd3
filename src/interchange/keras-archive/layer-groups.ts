// The layers' groups of a file in Keras 3's layout of weights: which there are, what they are called, and how many variables
// each has. Runs inside the reader's worker.
import { maxLayers } from "../../model/validate-graph.js";
import { invalid } from "../invalid-model-file.js";
import type { DeclaredTensor, H5File } from "../keras-h5/h5-file.js";
import { layersGroup, nameAttribute, oldLayersGroup, variables } from "./archive-layout.js";

/** A layer's own group. */
export interface LayerGroup {
  /** As Keras 3 names it: "layers/functional/layers/conv2d_1". */
  readonly group: string;
  /** The layer's name; undefined in files by Keras 2 and the first of Keras 3. */
  readonly name: string | undefined;
  /** Paths of its variables in the file, in order. */
  readonly paths: readonly string[];
}

const maxDepth = 8;

/** Every layer's, in the order of HDF5, which is none of the model's. The optimizer's and the metrics' are passed by. */
export function layerGroups(file: H5File, place: string): readonly LayerGroup[] {
  const isOld = !file.hasGroup(layersGroup) && file.hasGroup(oldLayersGroup);
  const inFile = (group: string): string => (isOld ? group.replaceAll(layersGroup, oldLayersGroup) : group);
  const found: LayerGroup[] = [];
  let seen = 0;
  const walk = (parent: string, depth: number): void => {
    if (depth > maxDepth) throw invalid(place, `models stand at most ${maxDepth} deep`, `"${parent.slice(0, 80)}…"`);
    for (const child of file.children(inFile(parent))) {
      // Hard links may name one group many times.
      if (++seen > maxLayers) throw invalid(place, `it holds at most ${maxLayers} layers`, "more");
      const group = `${parent}/${child}`;
      const path = inFile(group);
      if (!file.hasGroup(path)) continue;
      const vars = `${path}/${variables}`;
      if (file.hasGroup(vars)) {
        found.push({ group, name: file.text(vars, nameAttribute), paths: numbered(file, vars, place) });
      }
      if (file.hasGroup(`${path}/${inFile(layersGroup)}`)) walk(`${group}/${layersGroup}`, depth + 1);
    }
  };
  walk(layersGroup, 0);
  return found;
}

/** Whether a file has this layout at all. */
export const hasLayerGroups = (file: H5File): boolean => file.hasGroup(layersGroup) || file.hasGroup(oldLayersGroup);

/** Variables "0", "1", … without a gap. */
function numbered(file: H5File, vars: string, place: string): readonly string[] {
  const names = file.children(vars);
  const paths = names.map((_, i) => `${vars}/${i}`);
  const odd = names.find((name) => !paths.includes(`${vars}/${name}`) && names.length <= 64);
  if (odd !== undefined || names.length > 64) {
    throw invalid(
      place,
      `"/${vars}" holds a layer's variables, numbered from 0`,
      `"${odd ?? `${names.length} of them`}"`,
    );
  }
  return paths;
}

export const declaredAt = (file: H5File, paths: readonly string[]): readonly DeclaredTensor[] =>
  paths.map((path) => file.declared(path));
