// The gradient of a pooling whose windows do not overlap, place by place, as ONNX nodes: HiResCAM needs it, Grad-CAM does without.

import type { LayerNode } from "../../model/model-graph.js";
import type { Shape } from "../../model/shapes.js";
import type { OnnxGraphBuilder } from "./onnx-graph-builder.js";

export type PoolingNode = Extract<LayerNode, { className: "MaxPooling2D" | "AveragePooling2D" }>;

/** Whether `throughPooling` can write it. A mean over windows that reach beyond the edge would count their places. */
export function hasPlainWindows({ className, config }: PoolingNode, [height = 0, width = 0]: Shape): boolean {
  const { poolSize, strides, padding } = config;
  const fits = height % poolSize[0] === 0 && width % poolSize[1] === 0;
  // "same" puts half of what is missing before the first place, rounded down.
  const missing = [height, width].map((side, axis) => {
    const pool = poolSize[axis] as number;
    return Math.ceil(side / pool) * pool - side;
  });
  const beginsFirst = padding === "valid" || missing.every((places) => places <= 1);
  const isApart = poolSize[0] === strides[0] && poolSize[1] === strides[1];
  return isApart && beginsFirst && (className === "MaxPooling2D" || fits);
}

/**
 * d logit / d pooled, [n or 1, c, h', w'], becomes d logit / d input, [n or 1, c, h, w]. Of a maximum, every place that has it gets the
 * gradient: behind a ReLU such places are 0 in the map in any case.
 */
export function throughPooling(
  node: PoolingNode,
  gradient: string,
  { input, pooled }: { readonly input: Shape; readonly pooled: Shape },
  builder: OnnxGraphBuilder,
  name: (step: string) => string,
): string {
  const [down, across] = node.config.poolSize;
  const spread = (value: string, step: string) =>
    spreadOut(value, { node, input, pooled }, builder, (part) => name(`${step}_${part}`));
  const wide = spread(gradient, "gradient");
  if (node.className === "AveragePooling2D") {
    const share = builder.constant(name("window"), { shape: [], data: Float32Array.of(1 / (down * across)) });
    return builder.node("Mul", [wide, share], name("input"));
  }
  // 1 where the place has its window's maximum: 1 - sign(maximum - value).
  const below = builder.node("Sub", [spread(node.name, "maximum"), node.inputs[0] as string], name("below"));
  const one = builder.constant(name("one"), { shape: [], data: Float32Array.of(1) });
  const isMaximum = builder.node("Sub", [one, builder.node("Sign", [below], name("is_below"))], name("is_maximum"));
  return builder.node("Mul", [wide, isMaximum], name("input"));
}

/** Each value at every place of its window, cut or filled with zeros to the input's size: windows begin at the first place. */
function spreadOut(
  value: string,
  { node, input, pooled }: { readonly node: PoolingNode; readonly input: Shape; readonly pooled: Shape },
  builder: OnnxGraphBuilder,
  name: (step: string) => string,
): string {
  const [down, across] = node.config.poolSize;
  const [height = 0, width = 0] = input;
  const [rows = 0, columns = 0, channels = 0] = pooled;
  const reshape = (from: string, step: string, shape: readonly number[]) =>
    builder.node("Reshape", [from, builder.integers(name(`${step}_shape`), shape)], name(step)); // 0 keeps a size
  const apart = reshape(value, "apart", [0, channels * rows, 1, columns, 1]); // [n, c, h', w'] -> [n, c h', 1, w', 1]
  const ones = builder.constant(name("ones"), {
    shape: [1, 1, down, 1, across],
    data: new Float32Array(down * across).fill(1),
  });
  const copies = builder.node("Mul", [apart, ones], name("copies")); // -> [n, c h', down, w', across]
  const whole = reshape(copies, "whole", [0, channels, rows * down, columns * across]); // -> [n, c, h' down, w' across]
  const integers = (step: string, values: readonly number[]) => builder.integers(name(step), values);
  if (rows * down > height || columns * across > width) {
    const bounds = [integers("starts", [0, 0]), integers("ends", [height, width]), integers("axes", [2, 3])];
    return builder.node("Slice", [whole, ...bounds], name("cut"));
  }
  if (rows * down === height && columns * across === width) return whole;
  const missing = [0, 0, 0, 0, 0, 0, height - rows * down, width - columns * across];
  return builder.node("Pad", [whole, integers("missing", missing)], name("filled"));
}
