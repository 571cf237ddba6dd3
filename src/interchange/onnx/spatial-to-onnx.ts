// Layers that cut, resize or turn images, in ONNX operators.
import type { LayerNode } from "../../model/model-graph.js";
import { centredWindow, resizingMatrices } from "../../model/resizing-matrix.js";
import type { LayerInput } from "./layer-to-onnx.js";
import type { OnnxGraphBuilder } from "./onnx-graph-builder.js";

type NodeOf<C extends LayerNode["className"]> = Extract<LayerNode, { className: C }>;

/** As two products: runtimes round the positions of a Resize each in their own way. */
export function resizing({ name, config }: NodeOf<"Resizing">, input: LayerInput, builder: OnnxGraphBuilder): void {
  const [h = 0, w = 0] = input.shape;
  const { rows, columns } = resizingMatrices(config, h, w);
  const transposed = builder.node("Transpose", [builder.constant(`${name}::columns`, columns)], `${name}::across`, {
    perm: [1, 0],
  });
  const tall = builder.node("MatMul", [builder.constant(`${name}::rows`, rows), input.name], `${name}::tall`); // [n, c, h, w] -> [n, c, h', w]
  builder.node("MatMul", [tall, transposed], name); // -> [n, c, h', w']
}

export function centreCrop({ name, config }: NodeOf<"CenterCrop">, input: LayerInput, builder: OnnxGraphBuilder): void {
  const [h = 0, w = 0] = input.shape;
  const { top, left, height, width } = centredWindow(config, h, w);
  const list = (which: string, values: readonly number[]) => builder.integers(`${name}::${which}`, values);
  const bounds = [list("starts", [top, left]), list("ends", [top + height, left + width]), list("axes", [2, 3])];
  builder.node("Slice", [input.name, ...bounds], name);
}

/** Keras' axes of [h, w, c], from 1, in our order [n, c, h, w]. */
export function permute({ name, config }: NodeOf<"Permute">, input: LayerInput, builder: OnnxGraphBuilder): void {
  if (input.shape.length !== 3) {
    builder.node("Identity", [input.name], name);
    return;
  }
  const ours = (axis: number | undefined): number => (axis === 3 ? 1 : (axis ?? 0) + 1);
  const [height, width, channels] = config.dims;
  builder.node("Transpose", [input.name], name, { perm: [0, ours(channels), ours(height), ours(width)] });
}
