// The normalizations with weights in ONNX operators: by moving statistics, by each sample's own.
import { groupCount } from "../../model/layer-configs/normalization.js";
import type { LayerNode } from "../../model/model-graph.js";
import { product } from "../../model/shapes.js";
import type { HostTensor } from "../../model/weights.js";
import type { LayerInput, Weights } from "./layer-to-onnx.js";
import type { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import { permuted } from "./permuted.js";

type NodeOf<C extends LayerNode["className"]> = Extract<LayerNode, { className: C }>;

export function batchNormalization(
  { name, config }: NodeOf<"BatchNormalization">,
  input: LayerInput,
  weights: Weights,
  builder: OnnxGraphBuilder,
): void {
  const channels = input.shape.at(-1) as number;
  const constant = (weight: string, otherwise: number) =>
    builder.constant(`${name}::${weight}`, weights.get(weight) ?? filled([channels], otherwise));
  const parameters = [
    constant("gamma", 1),
    constant("beta", 0),
    constant("moving_mean", 0),
    constant("moving_variance", 1),
  ];
  builder.node("BatchNormalization", [input.name, ...parameters], name, { epsilon: { float: config.epsilon } });
}

export function layerNormalization(
  { name, config }: NodeOf<"LayerNormalization">,
  input: LayerInput,
  weights: Weights,
  builder: OnnxGraphBuilder,
): void {
  const isImage = input.shape.length === 3;
  const isOfAll = config.axes === "all" && isImage;
  const size = isOfAll ? input.shape : input.shape.slice(-1);
  const constant = (weight: string, otherwise: number) => {
    const given = weights.get(weight) ?? filled(size, otherwise);
    return builder.constant(`${name}::${weight}`, isOfAll ? permuted(given, [2, 0, 1]) : given); // [h, w, c] -> [c, h, w]
  };
  const parameters = [constant("gamma", 1), constant("beta", 0)];
  const options = { axis: isOfAll || !isImage ? 1 : 3, epsilon: { float: config.epsilon } };
  if (isOfAll || !isImage) {
    builder.node("LayerNormalization", [input.name, ...parameters], name, options);
    return;
  }
  const last = builder.node("Transpose", [input.name], `${name}::channels_last`, { perm: [0, 2, 3, 1] });
  const normalized = builder.node("LayerNormalization", [last, ...parameters], `${name}::normalized`, options);
  builder.node("Transpose", [normalized], name, { perm: [0, 3, 1, 2] }); // [n, h, w, c] -> [n, c, h, w]
}

/** ONNX's own GroupNormalization of set 18 scales groups, not channels, and later ones are not in set 18. */
export function groupNormalization(
  { name, config }: NodeOf<"GroupNormalization">,
  input: LayerInput,
  weights: Weights,
  builder: OnnxGraphBuilder,
): void {
  const channels = input.shape.at(-1) as number;
  const groups = groupCount(config, channels);
  const reshape = (value: string, step: string, shape: readonly number[], output: string) =>
    builder.node("Reshape", [value, builder.integers(`${name}::${step}_shape`, shape)], output);
  const grouped = reshape(input.name, "groups", [0, groups, -1], `${name}::groups`); // [n, c, h, w] -> [n, groups, c / groups * h * w]
  const plain = [
    builder.constant(`${name}::ones`, filled([groups], 1)),
    builder.constant(`${name}::zeros`, filled([groups], 0)),
  ];
  const normalized = builder.node("InstanceNormalization", [grouped, ...plain], `${name}::normalized`, {
    epsilon: { float: config.epsilon },
  });
  const [height, width] = input.shape;
  const shape = input.shape.length === 3 ? [channels, height as number, width as number] : [channels];
  const whole = reshape(normalized, "input", [0, ...shape], `${name}::whole`);
  const perChannel = (weight: string, otherwise: number) => {
    const { data } = weights.get(weight) ?? filled([channels], otherwise);
    return builder.constant(`${name}::${weight}`, { shape: shape.map((size, axis) => (axis === 0 ? size : 1)), data });
  };
  const scaled = builder.node("Mul", [whole, perChannel("gamma", 1)], `${name}::scaled`);
  builder.node("Add", [scaled, perChannel("beta", 0)], name);
}

const filled = (shape: readonly number[], value: number): HostTensor => ({
  shape,
  data: new Float32Array(product(shape)).fill(value),
});
