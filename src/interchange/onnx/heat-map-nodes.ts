// The nodes that compute an inference model's heat maps, behind those of its layers: Grad-CAM at the layer that the graph
// itself gives away.
import { gradCamLayerOf } from "../../model/grad-cam-layer.js";
import type { HeatMapMethod } from "../../model/heat-map.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { Shape } from "../../model/shapes.js";
import type { WeightMap } from "../../model/weights.js";
import { gradCamToOnnx } from "./grad-cam-to-onnx.js";
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

export const heatMapsBy =
  (method: HeatMapMethod): AddHeatMaps =>
  (request, builder) => {
    const target = gradCamLayerOf(request.graph);
    if (target === null || !gradCamToOnnx({ ...request, target, method }, builder)) return null;
    const [height = 0, width = 0] = request.shapes.get(target) ?? [];
    return { height, width };
  };

export const addHeatMaps: AddHeatMaps = heatMapsBy("grad-cam");
