// The place where a reading model gets the nodes that compute its heat maps, behind those of its layers.
import type { ModelGraph } from "../../model/model-graph.js";
import type { Shape } from "../../model/shapes.js";
import type { WeightMap } from "../../model/weights.js";
import type { OnnxGraphBuilder } from "./onnx-graph-builder.js";

/** A model whose layers the builder holds already, each value under its layer's name. */
export interface HeatMapRequest {
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** What the value of the maps, [n, 2, h, w] in label order, is to be called. */
  readonly output: string;
}

/** Adds the nodes. Returns the maps' height and width, or null where the model has no layer for them. */
export type AddHeatMaps = (
  request: HeatMapRequest,
  builder: OnnxGraphBuilder,
) => { readonly height: number; readonly width: number } | null;

export const addHeatMaps: AddHeatMaps = () => null;
