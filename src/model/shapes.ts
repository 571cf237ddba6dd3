// Shapes: what each layer puts out and which weights it holds, as Keras computes and lays them out.
// Per-sample shapes, channels last: [height, width, channels] or [units]; the batch dimension is left out.
import { AppError } from "../core/errors.js";
import type { Padding, VarianceScaling } from "./layers.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { validateGraph } from "./validate-graph.js";

/** Per-sample shape without the batch dimension: [h, w, c] or [n]. */
export type Shape = readonly number[];

/** One weight of a layer: name and layout as Keras has them, and how Keras' defaults would fill it. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: Shape;
  /** False for moving statistics, and for everything in a frozen layer. */
  readonly trainable: boolean;
  readonly initializer: VarianceScaling | "zeros" | "ones";
}

/**
 * The output shape of every layer, by layer name, in the graph's order.
 * @throws AppError MODEL_INVALID when the graph breaks a rule or a layer cannot take its inputs.
 */
export function inferShapes(graph: ModelGraph): Map<string, Shape> {
  validateGraph(graph);
  const shapes = new Map<string, Shape>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => shapes.get(name) as Shape);
    shapes.set(node.name, outputShape(node, inputs));
  }
  return shapes;
}

/** The weights of every layer that has any, by layer name, in the graph's order. Errors as `inferShapes`. */
export function weightSpecsOf(graph: ModelGraph): Map<string, readonly WeightSpec[]> {
  const shapes = inferShapes(graph);
  const specs = new Map<string, readonly WeightSpec[]>();
  for (const node of graph.nodes) {
    const ofLayer = weightSpecs(
      node,
      node.inputs.map((name) => shapes.get(name) as Shape),
    );
    if (ofLayer.length > 0) specs.set(node.name, ofLayer);
  }
  return specs;
}

/**
 * A layer's weights in Keras' order and layout: Conv2D kernel [kh, kw, in, out], DepthwiseConv2D depthwise_kernel
 * [kh, kw, in, multiplier], Dense kernel [in, out], BatchNormalization gamma, beta, moving_mean, moving_variance.
 */
export function weightSpecs(node: LayerNode, inputShapes: readonly Shape[]): readonly WeightSpec[] {
  const { trainable } = node;
  const channels = inputShapes[0]?.at(-1) ?? 0;
  const kernel = (name: string, shape: Shape, initializer = glorotUniform): WeightSpec => ({
    name,
    shape,
    trainable,
    initializer,
  });
  const bias = (used: boolean, length: number): WeightSpec[] =>
    used ? [{ name: "bias", shape: [length], trainable, initializer: "zeros" }] : [];
  switch (node.className) {
    case "Conv2D": {
      const { kernelSize, filters, useBias, kernelInitializer } = node.config;
      return [kernel("kernel", [...kernelSize, channels, filters], kernelInitializer), ...bias(useBias, filters)];
    }
    case "DepthwiseConv2D": {
      const { kernelSize, depthMultiplier, useBias, kernelInitializer } = node.config;
      return [
        kernel("depthwise_kernel", [...kernelSize, channels, depthMultiplier], kernelInitializer),
        ...bias(useBias, channels * depthMultiplier),
      ];
    }
    case "Dense": {
      const { units, useBias, kernelInitializer } = node.config;
      return [kernel("kernel", [channels, units], kernelInitializer), ...bias(useBias, units)];
    }
    case "BatchNormalization": {
      const shape = [channels];
      const specs: WeightSpec[] = [];
      if (node.config.scale) specs.push({ name: "gamma", shape, trainable, initializer: "ones" });
      if (node.config.center) specs.push({ name: "beta", shape, trainable, initializer: "zeros" });
      specs.push({ name: "moving_mean", shape, trainable: false, initializer: "zeros" });
      specs.push({ name: "moving_variance", shape, trainable: false, initializer: "ones" });
      return specs;
    }
    default:
      return [];
  }
}

const glorotUniform: VarianceScaling = { scale: 1, mode: "fan_avg", distribution: "uniform" };

function outputShape(node: LayerNode, inputs: readonly Shape[]): Shape {
  const [input = []] = inputs;
  switch (node.className) {
    case "InputLayer":
      return node.config.shape;
    case "Conv2D":
      return [...windowed(node, input, node.config.kernelSize, node.config), node.config.filters];
    case "DepthwiseConv2D": {
      const [, , channels] = image(node, input);
      return [...windowed(node, input, node.config.kernelSize, node.config), channels * node.config.depthMultiplier];
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
      // Keras would apply it to every pixel of an image; no engine here does.
      if (input.length !== 1) fail(node, "the input is flat: put a Flatten or a pooling before it", [input]);
      return [node.config.units];
    case "Rescaling":
      return perChannel(node, input, [node.config.scale, node.config.offset]);
    case "Normalization":
      return perChannel(node, input, [node.config.mean, node.config.variance]);
    case "BatchNormalization":
    case "Activation":
    case "ReLU":
    case "Dropout":
      return input;
    case "Add":
    case "Multiply":
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

function windowed(
  node: LayerNode,
  input: Shape,
  window: readonly [number, number],
  config: { readonly strides: readonly [number, number]; readonly padding: Padding },
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
