// What the models that the study does not have end in: features, pooled, below one sigmoid.
import type { ModelGraph } from "../model-graph.js";
import type { GraphBuilder } from "./graph-builder.js";
import { dense, globalAveragePooling2d } from "./keras-layers.js";

/** The head's one layer with weights. */
export const predictions = "predictions";

/** @param features [h, w, c] */
export function withPooledHead(net: GraphBuilder, features: string, name: string): ModelGraph {
  return withPrediction(net, net.add(globalAveragePooling2d, features, "avg_pool"), name);
}

/** @param pooled [c] */
export function withPrediction(net: GraphBuilder, pooled: string, name: string): ModelGraph {
  net.add(dense(1, "sigmoid"), pooled, predictions);
  return net.build(name);
}
