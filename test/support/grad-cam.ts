// Grad-CAM twice, for tests: as the nodes that gradCamToOnnx writes, run in ONNX Runtime; and by libtorch's own
// automatic differentiation.
import { loadOnnxRuntime } from "../../src/core/onnx-runtime.js";
import { gradCamToOnnx } from "../../src/interchange/onnx/grad-cam-to-onnx.js";
import { OnnxGraphBuilder } from "../../src/interchange/onnx/onnx-graph-builder.js";
import { dataType } from "../../src/interchange/onnx/onnx-messages.js";
import { encodeGraph, imagesInfo, layersToOnnx } from "../../src/interchange/onnx/write-onnx-model.js";
import type { HeatMapMethod } from "../../src/model/heat-map.js";
import type { ModelGraph } from "../../src/model/model-graph.js";
import type { HostTensor, WeightMap } from "../../src/model/weights.js";
import { inArena } from "../../src/tensor/arena.js";
import { noGrad } from "../../src/tensor/engine.js";
import * as ops from "../../src/tensor/operators.js";
import { gradients, Tensor } from "../../src/tensor/tensor.js";
import { Network } from "../../src/training/network.js";

const { InferenceSession, Tensor: OnnxTensor } = await loadOnnxRuntime();

export interface Model {
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
}

/** Heat maps [n, 2, h, w] for scaled images [n, c, size, size]; null where gradCamToOnnx cannot write them. */
export async function heatmapsByOnnx(
  { graph, weights }: Model,
  target: string,
  images: HostTensor,
  method?: HeatMapMethod,
): Promise<HostTensor | null> {
  const model = withHeatmap(graph, weights, target, method);
  if (model === null) return null;
  const session = await InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const [input = ""] = session.inputNames;
  const { heatmap } = await session.run({ [input]: new OnnxTensor("float32", images.data, images.shape) });
  await session.release();
  return { shape: heatmap?.dims ?? [], data: heatmap?.data as Float32Array };
}

function withHeatmap(
  graph: ModelGraph,
  weights: WeightMap,
  target: string,
  method: HeatMapMethod = "grad-cam",
): Uint8Array | null {
  const builder = new OnnxGraphBuilder();
  const shapes = layersToOnnx(graph, weights, builder);
  const nodes = builder.nodes.length;
  if (!gradCamToOnnx({ graph, weights, shapes, target, output: "heatmap", method }, builder)) {
    if (builder.nodes.length !== nodes) throw new Error("nodes were added although there is no heat map");
    return null;
  }
  const input = graph.nodes[0]?.name ?? "";
  const [height = 0, width = 0] = shapes.get(target) ?? [];
  const [rows = 0, columns = 0, channels = 0] = shapes.get(input) ?? [];
  return encodeGraph(
    graph.name,
    builder,
    [imagesInfo(input, dataType.float, [channels, rows, columns])],
    [imagesInfo("heatmap", dataType.float, [2, height, width])],
  );
}

/** As `heatmapsByOnnx`, in float64: d logit / d target by libtorch. */
export function heatmapsByAutograd(
  { graph, weights }: Model,
  target: string,
  images: HostTensor,
  method: HeatMapMethod = "grad-cam",
): HostTensor {
  const before = new Network(upTo(graph, target), weights, { precision: "float64" });
  const whole = new Network(graph, weights, { precision: "float64" });
  try {
    return inArena(() => {
      const given = Tensor.fromArray(Float64Array.from(images.data), images.shape);
      const values = noGrad(() => before.forward(given, "inference")); // A: [n, c, h, w]
      const leaf = ops.clone(ops.detach(values)).requireGrad();
      const logit = whole.behind(target).logits(leaf, "inference"); // [n, 1]
      const [gradient] = gradients(ops.sum(logit), [leaf]) as [Tensor];
      const mean = () => ops.meanDim(gradient, [2, 3], { keepdim: true }); // [n, c, h, w] -> [n, c, 1, 1]
      const alpha = method === "hirescam" ? gradient : mean();
      const sums = ops.sumDimIntList(ops.mulTensor(values, alpha), [1], { keepdim: true }); // -> [n, 1, h, w]
      const signed = ops.cat([ops.neg(sums), sums], { dim: 1 }); // [n, 2, h, w]
      const positive = ops.relu(signed);
      const largest = ops.clampMin(ops.amax(positive, { dim: [2, 3], keepdim: true }), Number.MIN_VALUE);
      const maps = ops.divTensor(positive, largest);
      return { shape: maps.shape, data: maps.toFloat32() };
    });
  } finally {
    before.dispose();
    whole.dispose();
  }
}

/** The part of the graph that leads to that layer. */
export function upTo(graph: ModelGraph, layer: string): ModelGraph {
  const needed = new Set([layer]);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!needed.has(node.name)) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  return { ...graph, nodes: nodes.reverse(), output: layer };
}
