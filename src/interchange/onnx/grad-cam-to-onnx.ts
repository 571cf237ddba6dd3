// Grad-CAM (Selvaraju et al., 2017, arXiv 1610.02391) as ordinary ONNX nodes behind a model's own: where the model looked,
// computed by whatever runs the file. The gradient is written in closed form, backwards from the logit to the target
// layer, so no engine with automatic differentiation is needed. It says nothing of where a disease is.

import type { HeatMapMethod } from "../../model/heat-map.js";
import { leakyReluSlope } from "../../model/layer-configs/activation.js";
import { type Activation, actsByChance } from "../../model/layers.js";
import type { LayerNode, ModelGraph } from "../../model/model-graph.js";
import { product, type Shape } from "../../model/shapes.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import type { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import type { OnnxOperator } from "./onnx-operators.js";
import { hasPlainWindows, type PoolingNode, throughPooling } from "./pooling-gradient.js";

export interface GradCamRequest {
  readonly graph: ModelGraph;
  /** Of this graph, in Keras' layouts. */
  readonly weights: WeightMap;
  /** As `inferShapes` gives them for this graph. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The layer whose output is weighed, [n, c, h, w] (`gradCamLayerOf`). */
  readonly target: string;
  /** What the heat maps are to be called in the file. */
  readonly output: string;
  /** "grad-cam" when absent. */
  readonly method?: HeatMapMethod;
}

/**
 * Adds the nodes that compute heat maps [n, 2, h, w], one per class in label order (0 NORMAL, 1 PNEUMONIA), at the
 * target's height and width: ReLU(sum over channels k of alpha_k A_k), alpha_k being the mean over positions of
 * d logit / d A_k, the logit negated for NORMAL; each divided by its own maximum, 0..1, and all 0 where nothing is
 * positive. By "hirescam" it is ReLU(sum over k of (d logit / d A_k) A_k), place by place (Draelos and Carin, 2020, arXiv
 * 2011.08891). `builder` must hold the graph's own layers already (`layerToOnnx`).
 * @returns false, with nothing added, where the model has not one logit or a layer behind the target has no closed form here.
 */
export function gradCamToOnnx(request: GradCamRequest, builder: OnnxGraphBuilder): boolean {
  const behind = layersBehind(request);
  if (behind === null || !hasClosedForm(behind, request)) return false;
  const { target, output } = request;
  const [height, width, channels] = request.shapes.get(target) as [number, number, number];
  const pass = new BackwardPass(request, builder);
  let gradient = pass.begin();
  for (const node of behind.toReversed()) gradient = pass.through(node, gradient);

  const name = (step: string) => `${output}::${step}`;
  const reshape = (value: string, step: string, shape: readonly number[]) =>
    builder.node("Reshape", [value, builder.integers(name(`${step}_shape`), shape)], name(step)); // 0 keeps a size
  const weighed = (): string => {
    if (request.method === "hirescam") {
      const products = builder.node("Mul", [target, gradient.name], name("products")); // [n, c, h, w]
      const axes = builder.integers(name("channel_axis"), [1]);
      return builder.node("ReduceMean", [products, axes], name("sums"), { keepdims: 1 }); // -> [n, 1, h, w]
    }
    const alpha = pass.overPositions(gradient, target); // [n or 1, c, 1, 1]
    const rows = reshape(alpha, "weights", [0, 1, channels]); // [n or 1, c, 1, 1] -> [n or 1, 1, c]
    const positions = reshape(target, "positions", [0, channels, height * width]); // [n, c, h, w] -> [n, c, h * w]
    return builder.node("MatMul", [rows, positions], name("sums")); // [n, 1, h * w]
  };
  const sums = weighed();
  const forPneumonia = reshape(sums, "pneumonia", [0, 1, height, width]); // -> [n, 1, h, w]
  const forNormal = builder.node("Neg", [forPneumonia], name("normal"));
  const both = builder.node("Concat", [forNormal, forPneumonia], name("signed"), { axis: 1 });
  const positive = builder.node("Relu", [both], name("positive"));
  divideByMaximum(positive, output, builder);
  return true;
}

/** Divides each map by its largest value, and by 1 where that is 0: (max + 1 - sign(max)) is exact, in half precision too. */
function divideByMaximum(maps: string, output: string, builder: OnnxGraphBuilder): void {
  const name = (step: string) => `${output}::${step}`;
  // Unlike ReduceMax, the same in every operator set: the layers may be another file's.
  const maximum = builder.node("GlobalMaxPool", [maps], name("maximum")); // [n, 2, 1, 1]
  const one = builder.constant(name("one"), { shape: [], data: Float32Array.of(1) });
  const isZero = builder.node("Sub", [one, builder.node("Sign", [maximum], name("sign"))], name("is_zero"));
  builder.node("Div", [maps, builder.node("Add", [maximum, isZero], name("divisor"))], output);
}

/** The layers from the one behind the target to the output, in the graph's order; null unless they are one chain. */
function layersBehind({ graph, target }: GradCamRequest): readonly LayerNode[] | null {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const chain: LayerNode[] = [];
  for (let name = graph.output; name !== target; name = chain[0]?.inputs[0] as string) {
    const node = byName.get(name);
    if (node?.inputs.length !== 1) return null;
    chain.unshift(node);
  }
  return chain;
}

/** Activations whose derivative is written down in `BackwardPass`. */
const differentiated: ReadonlySet<Activation> = new Set([
  "relu",
  "relu6",
  "sigmoid",
  "swish",
  "tanh",
  "elu",
  "leaky_relu",
]);

const poolings = ["MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D"];

/** Whether each layer is one that `BackwardPass` knows, in an order that it can walk. */
function hasClosedForm(behind: readonly LayerNode[], { graph, shapes, target, method }: GradCamRequest): boolean {
  if (product(shapes.get(graph.output) ?? []) !== 1 || shapes.get(target)?.length !== 3) return false;
  const lastPooling = behind.findLastIndex(({ className }) => poolings.includes(className));
  return behind.every((node, index) => {
    const isOutput = node.name === graph.output;
    switch (node.className) {
      case "Dense":
      case "Activation":
        if (node.config.activation === "linear") return true;
        if (!differentiated.has(node.config.activation)) return false;
        return isOutput || index > lastPooling; // before a pooling, which position won would matter
      case "ReLU":
        return index > lastPooling;
      case "Reshape":
        return shapes.get(node.name)?.length === 1;
      case "LeakyReLU":
        return index > lastPooling;
      case "LayerNormalization":
        return shapes.get(node.name)?.length === 1;
      case "BatchNormalization":
      case "Flatten":
      case "GlobalAveragePooling2D":
        return true;
      case "MaxPooling2D":
      case "AveragePooling2D":
        return method !== "hirescam" || hasPlainWindows(node, shapes.get(node.inputs[0] as string) as Shape);
      case "GlobalMaxPooling2D":
        return method !== "hirescam";
      default:
        return actsByChance(node.className);
    }
  });
}

/**
 * d logit / d value, of the value of one layer. `values`: [n or 1, units] or [n or 1, c, h, w], or [n or 1, c, 1, 1]
 * where it is the same at all positions. `mean`: its mean over positions only, [n or 1, c, 1, 1].
 */
interface Gradient {
  readonly kind: "values" | "mean";
  readonly name: string;
}

class BackwardPass {
  readonly #request: GradCamRequest;
  readonly #builder: OnnxGraphBuilder;

  constructor(request: GradCamRequest, builder: OnnxGraphBuilder) {
    this.#request = request;
    this.#builder = builder;
  }

  /** d logit / d logit. */
  begin(): Gradient {
    return { kind: "values", name: this.#constant("begin", [1, 1], [1]) };
  }

  /** From the gradient of the layer's value to that of its input's. */
  through(node: LayerNode, given: Gradient): Gradient {
    const { kind, name } = given;
    const { name: layer } = node;
    const shape = this.#request.shapes.get(node.inputs[0] as string) as Shape;
    switch (node.className) {
      case "Dense": {
        const linear = this.#throughActivation(node.config.activation, layer, name);
        const kernel = `${layer}::kernel`; // [in, out], written by layerToOnnx
        return { kind, name: this.#node("Gemm", [linear, kernel], layer, "input", { transB: 1 }) }; // [n, out] -> [n, in]
      }
      case "Activation":
        return { kind, name: this.#throughActivation(node.config.activation, layer, name) };
      case "ReLU": {
        const { maxValue } = node.config;
        return { kind, name: this.#throughRelu(maxValue, layer, name) };
      }
      case "LeakyReLU":
        return { kind, name: this.#throughLeakyRelu(node.config.negativeSlope, layer, name) };
      case "BatchNormalization":
        return { kind, name: this.#node("Mul", [name, this.#normalizationFactors(node, shape)], layer, "input") };
      case "LayerNormalization":
        return { kind, name: this.#throughLayerNormalization(node, name) };
      case "GlobalAveragePooling2D":
        // Each position has the same share.
        return {
          kind: "values",
          name: this.#scaled(this.#perChannel(name, layer, shape), layer, 1 / positions(shape)),
        };
      case "GlobalMaxPooling2D":
        return { kind: "mean", name: this.#scaled(this.#perChannel(name, layer, shape), layer, 1 / positions(shape)) };
      case "MaxPooling2D":
      case "AveragePooling2D": {
        // Whichever positions of a window get its gradient, its sum stays: so does the sum over all positions.
        const pooled = this.#request.shapes.get(layer) as Shape;
        if (this.#request.method === "hirescam") return { kind, name: this.#throughPlaces(node, name, shape, pooled) };
        const mean = this.overPositions(given, layer);
        return { kind: "mean", name: this.#scaled(mean, layer, positions(pooled) / positions(shape)) };
      }
      case "Flatten":
      case "Reshape":
        return shape.length === 1 ? given : { kind, name: this.#unflattened(name, layer, shape) };
      default:
        return given; // what acts by chance; `hasClosedForm` leaves no other
    }
  }

  /** Its mean over positions, [n or 1, c, 1, 1]. */
  overPositions({ kind, name }: Gradient, layer: string): string {
    if (kind === "mean") return name;
    return this.#node("GlobalAveragePool", [name], layer, "mean");
  }

  /** Behind an activation -> before it, from the activation's own value y. The output's own is left out: its logit counts. */
  #throughActivation(kind: Activation, layer: string, gradient: string): string {
    if (layer === this.#request.graph.output) return gradient;
    switch (kind) {
      case "relu":
        return this.#throughRelu(null, layer, gradient);
      case "relu6":
        return this.#throughRelu(6, layer, gradient);
      case "sigmoid":
        // y (1 - y)
        return this.#product(layer, gradient, this.#product(layer, layer, this.#oneMinus(layer, layer), "slope"));
      case "tanh": {
        // 1 - y^2
        const slope = this.#oneMinus(layer, this.#product(layer, layer, layer, "square"));
        return this.#product(layer, gradient, slope);
      }
      case "elu": {
        // 1 where y is above 0, else y + 1
        const below = this.#node("Relu", [this.#node("Neg", [layer], layer, "negative")], layer, "below");
        return this.#product(layer, gradient, this.#oneMinus(layer, below));
      }
      case "leaky_relu":
        return this.#throughLeakyRelu(leakyReluSlope, layer, gradient);
      case "swish": {
        // With s = sigmoid(x) and y = x s: s + y (1 - s)
        const gate = `${layer}::gate`; // written by layerToOnnx
        const rest = this.#product(layer, layer, this.#oneMinus(layer, gate), "rest");
        return this.#product(layer, gradient, this.#node("Add", [gate, rest], layer, "slope"));
      }
      default:
        return gradient; // linear
    }
  }

  /** 1 where 0 < y < most, else 0: y is never below 0 or above `most`. */
  #throughRelu(most: number | null, layer: string, gradient: string): string {
    const isPositive = this.#node("Sign", [layer], layer, "is_positive");
    const passed = this.#product(layer, gradient, isPositive, most === null ? "linear" : "below");
    if (most === null) return passed;
    const room = this.#node("Sub", [this.#constant(`${layer}::most`, [], [most]), layer], layer, "room");
    return this.#product(layer, passed, this.#node("Sign", [room], layer, "is_below"));
  }

  /** 1 where y is above 0, else `slope`. */
  #throughLeakyRelu(slope: number, layer: string, gradient: string): string {
    const isPositive = this.#node("Relu", [this.#node("Sign", [layer], layer, "sign")], layer, "is_positive");
    const more = this.#node("Mul", [isPositive, this.#constant(`${layer}::rise`, [], [1 - slope])], layer, "more");
    const factor = this.#node("Add", [more, this.#constant(`${layer}::leak`, [], [slope])], layer, "slope");
    return this.#product(layer, gradient, factor);
  }

  #product(layer: string, a: string, b: string, step = "linear"): string {
    return this.#node("Mul", [a, b], layer, step);
  }

  #oneMinus(layer: string, value: string): string {
    return this.#node("Sub", [this.#constant(`${layer}::one`, [], [1]), value], layer, "one_minus");
  }

  /** gamma / sqrt(variance + epsilon): [c, 1, 1], or [units] behind a flat value. */
  #normalizationFactors(node: Extract<LayerNode, { className: "BatchNormalization" }>, shape: Shape): string {
    const weights = this.#request.weights.get(node.name);
    const gamma = weights?.get("gamma")?.data;
    const variance = weights?.get("moving_variance") as HostTensor;
    const factors = Array.from(variance.data, (value, i) => (gamma?.[i] ?? 1) / Math.sqrt(value + node.config.epsilon));
    return this.#constant(
      `${node.name}::factors`,
      shape.length === 1 ? [factors.length] : [factors.length, 1, 1],
      factors,
    );
  }

  /**
   * Of a flat value x [n, units] with d = x - mean, s its deviation, and g the gradient times gamma:
   * (g - mean(g) - d mean(g d) / s^2) / s.
   */
  #throughLayerNormalization(node: Extract<LayerNode, { className: "LayerNormalization" }>, given: string): string {
    const { name: layer } = node;
    const x = node.inputs[0] as string;
    const mean = (value: string, step: string): string =>
      this.#node("ReduceMean", [value, this.#builder.integers(this.#name(layer, `${step}_axes`), [1])], layer, step, {
        keepdims: 1,
      });
    const centred = this.#node("Sub", [x, mean(x, "mean")], layer, "centred");
    const spread = mean(this.#product(layer, centred, centred, "squares"), "spread");
    const epsilon = this.#constant(`${layer}::epsilon`, [], [node.config.epsilon]);
    const variance = this.#node("Add", [spread, epsilon], layer, "variance");
    const gamma = this.#request.weights.get(layer)?.get("gamma");
    const gradient = gamma
      ? this.#product(layer, given, this.#constant(`${layer}::gamma`, gamma.shape, [...gamma.data]), "scaled")
      : given;
    const along = mean(this.#product(layer, gradient, centred, "along"), "along_mean");
    const slope = this.#node("Div", [along, variance], layer, "slope");
    const level = this.#node("Sub", [gradient, mean(gradient, "level_mean")], layer, "level");
    const rest = this.#node("Sub", [level, this.#product(layer, centred, slope, "rise")], layer, "rest");
    return this.#node("Div", [rest, this.#node("Sqrt", [variance], layer, "deviation")], layer, "input");
  }

  #throughPlaces(node: PoolingNode, gradient: string, input: Shape, pooled: Shape): string {
    return throughPooling(node, gradient, { input, pooled }, this.#builder, (step) => this.#name(node.name, step));
  }

  /** [n or 1, c] -> [n or 1, c, 1, 1]. With `keepdims` it has that shape already. */
  #perChannel(gradient: string, layer: string, shape: Shape): string {
    const target = this.#builder.integers(this.#name(layer, "channels"), [0, shape[2] as number, 1, 1]);
    return this.#node("Reshape", [gradient, target], layer, "per_channel");
  }

  /** Keras flattens [h, w, c]: [n or 1, h * w * c] -> [n or 1, h, w, c] -> [n or 1, c, h, w]. */
  #unflattened(gradient: string, layer: string, shape: Shape): string {
    const target = this.#builder.integers(this.#name(layer, "shape"), [0, ...shape]);
    const channelsLast = this.#node("Reshape", [gradient, target], layer, "channels_last");
    return this.#node("Transpose", [channelsLast], layer, "input", { perm: [0, 3, 1, 2] });
  }

  #scaled(gradient: string, layer: string, factor: number): string {
    return this.#node("Mul", [gradient, this.#constant(`${layer}::share`, [], [factor])], layer, "input");
  }

  #node(operator: OnnxOperator, inputs: readonly string[], layer: string, step: string, attributes = {}): string {
    return this.#builder.node(operator, inputs, this.#name(layer, step), attributes);
  }

  #constant(step: string, shape: readonly number[], values: readonly number[]): string {
    return this.#builder.constant(`${this.#request.output}::${step}`, { shape, data: Float32Array.from(values) });
  }

  #name(layer: string, step: string): string {
    return `${this.#request.output}::${layer}::${step}`;
  }
}

const positions = ([height = 1, width = 1]: Shape): number => height * width;
