// What each layer puts out for its inputs' shapes, as Keras computes it.
import { AppError } from "../core/errors.js";
import { isRandomLayer } from "./layer-configs/chance.js";
import { type Pair, spanOf } from "./layer-configs/convolution.js";
import { groupCount } from "./layer-configs/normalization.js";
import type { Padding } from "./layers.js";
import type { LayerNode } from "./model-graph.js";

/** Per-sample shape without the batch dimension: [h, w, c] or [n]. */
export type Shape = readonly number[];

/** @throws AppError MODEL_INVALID when the layer cannot take these inputs */
export function outputShape(node: LayerNode, inputs: readonly Shape[]): Shape {
  const [input = []] = inputs;
  if (isRandomLayer(node)) return input;
  switch (node.className) {
    case "InputLayer":
      return node.config.shape;
    case "Conv2D":
      checkGroups(node, input, node.config.groups ?? 1);
      return [...windowed(node, input, spanOf(node.config), node.config), node.config.filters];
    case "SeparableConv2D":
      return [...windowed(node, input, spanOf(node.config), node.config), node.config.filters];
    case "DepthwiseConv2D": {
      const [, , channels] = image(node, input);
      return [...windowed(node, input, spanOf(node.config), node.config), channels * node.config.depthMultiplier];
    }
    case "MaxPooling2D":
    case "AveragePooling2D":
      return [...windowed(node, input, node.config.poolSize, node.config), image(node, input)[2]];
    case "GlobalAveragePooling2D":
    case "GlobalMaxPooling2D": {
      const [, , channels] = image(node, input);
      return node.config.keepdims ? [1, 1, channels] : [channels];
    }
    case "ZeroPadding2D": {
      const [height, width, channels] = image(node, input);
      const [[top, bottom], [left, right]] = node.config.padding;
      return [height + top + bottom, width + left + right, channels];
    }
    case "Flatten":
      return [product(input)];
    case "Reshape":
      return reshaped(node, input, node.config.targetShape);
    case "Dense":
      return [...input.slice(0, -1), node.config.units]; // of an image every position by itself, as in Keras
    case "Rescaling":
      return perChannel(node, input, [node.config.scale, node.config.offset]);
    case "Normalization":
      return perChannel(node, input, [node.config.mean, node.config.variance]);
    case "BatchNormalization":
    case "LayerNormalization":
    case "Activation":
    case "ReLU":
    case "LeakyReLU":
    case "ELU":
    case "PReLU":
    case "Dropout":
    case "GaussianDropout":
    case "AlphaDropout":
    case "GaussianNoise":
      return input;
    case "LayerScale": {
      const { projectionDim } = node.config;
      if (input.at(-1) !== projectionDim)
        fail(node, `the input has ${projectionDim} channels, as it has factors`, [input]);
      return input;
    }
    case "GroupNormalization":
      checkGroups(node, input, groupCount(node.config, input.at(-1) ?? 0));
      return input;
    case "SpatialDropout2D":
      return image(node, input);
    case "Resizing":
      return [node.config.height, node.config.width, image(node, input)[2]];
    case "CenterCrop":
      return cropped(node, input, node.config);
    case "Permute":
      return permuted(node, input, node.config.dims);
    case "Add":
    case "Multiply":
    case "Average":
    case "Maximum":
      return broadcast(node, inputs);
    case "Concatenate":
      return concatenated(node, inputs);
    default:
      return node satisfies never;
  }
}

function perChannel(node: LayerNode, input: Shape, constants: readonly (number | readonly number[])[]): Shape {
  const [, , channels] = image(node, input);
  for (const values of constants) {
    if (typeof values === "number" || values.length === channels) continue;
    fail(node, `the input has as many channels as the layer has constants, ${values.length}`, [input]);
  }
  return input;
}

function checkGroups(node: LayerNode, input: Shape, groups: number): void {
  const channels = input.at(-1) ?? 0;
  if (channels % groups !== 0) fail(node, `the input's channels divide into ${groups} groups`, [input]);
  if (node.className === "Conv2D" && node.config.filters % groups !== 0) {
    fail(node, `its ${node.config.filters} filters divide into ${groups} groups`, [input]);
  }
}

function cropped(node: LayerNode, input: Shape, { height, width }: { height: number; width: number }): Shape {
  const [givenHeight, givenWidth, channels] = image(node, input);
  if (givenHeight < height || givenWidth < width) {
    fail(node, `the input is at least as large as what is cut from it, ${height}x${width}`, [input]);
  }
  return [height, width, channels];
}

function permuted(node: LayerNode, input: Shape, dims: readonly number[]): Shape {
  const isPermutation = dims.length === input.length && input.every((_, axis) => dims.includes(axis + 1));
  if (!isPermutation) fail(node, `dims [${dims.join(", ")}] name each axis of the input once`, [input]);
  return dims.map((axis) => input[axis - 1] as number);
}

/** @param window the pixels that it spans */
function windowed(
  node: LayerNode,
  input: Shape,
  window: Pair,
  config: { readonly strides: Pair; readonly padding: Padding },
): [number, number] {
  const [height, width] = image(node, input);
  const length = (size: number, axis: 0 | 1): number => {
    if (config.padding === "same") return Math.ceil(size / config.strides[axis]);
    const steps = Math.floor((size - window[axis]) / config.strides[axis]) + 1;
    if (steps < 1) fail(node, `a ${window.join("x")} window with padding "valid" fits into its input`, [input]);
    return steps;
  };
  return [length(height, 0), length(width, 1)];
}

function image(node: LayerNode, input: Shape): readonly [number, number, number] {
  const [height, width, channels, ...more] = input;
  if (height === undefined || width === undefined || channels === undefined || more.length > 0) {
    fail(node, "the input has the shape [height, width, channels]", [input]);
  }
  return [height, width, channels];
}

function reshaped(node: LayerNode, input: Shape, target: Shape): Shape {
  if (target.length !== 1 && target.length !== 3) {
    fail(node, `the target is [height, width, channels] or [n], not [${target.join(", ")}]`, [input]);
  }
  const total = product(input);
  const known = product(target.filter((size) => size !== -1));
  const open = target.filter((size) => size === -1).length;
  if (open > 1 || (open === 1 ? total % known !== 0 : total !== known)) {
    fail(node, `[${target.join(", ")}] holds as many values as the input`, [input]);
  }
  return target.map((size) => (size === -1 ? total / known : size));
}

function broadcast(node: LayerNode, inputs: readonly Shape[]): Shape {
  const [first = [], ...rest] = inputs;
  return rest.reduce((whole, shape) => {
    const fits = whole.length === shape.length && whole.every((n, i) => n === shape[i] || n === 1 || shape[i] === 1);
    if (!fits) fail(node, "the inputs have equal shapes, or 1 where they differ", inputs);
    return whole.map((n, i) => Math.max(n, shape[i] ?? 0));
  }, first);
}

function concatenated(node: LayerNode, inputs: readonly Shape[]): Shape {
  const [first = []] = inputs;
  const leading = (shape: Shape): string => shape.slice(0, -1).join();
  if (inputs.some((shape) => shape.length !== first.length || leading(shape) !== leading(first))) {
    fail(node, "the inputs' shapes differ in the last place only", inputs);
  }
  return [...first.slice(0, -1), inputs.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0)];
}

/** How many values an array of this shape holds. */
export function product(shape: Shape): number {
  return shape.reduce((total, size) => total * size, 1);
}

function fail(node: LayerNode, rule: string, inputs: readonly Shape[]): never {
  const received = inputs.map((shape) => `[${shape.join(", ")}]`).join(" and ");
  throw new AppError("MODEL_INVALID", {
    place: `layer "${node.name}" (${node.className})`,
    rule,
    received,
    remedy: "Correct the layers before it",
  });
}
