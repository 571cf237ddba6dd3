// Runs a ModelGraph in the engine: forward passes in training and inference mode. Knows graphs and layers, no model.
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import type { WeightMap } from "../model/weights.js";
import { bfloat16Autocast, noGrad } from "../tensor/engine.js";
import { scope } from "../tensor/scope.js";
import { op, type Tensor } from "../tensor/tensor.js";
import { activate, forwardLayer, type Mode, type Pass } from "./forward-layer.js";
import { type FusedBlock, findFusedBlocks, forwardFused } from "./fused-block.js";
import { Parameters } from "./parameters.js";

/** float64 is for comparing with references step by step; bfloat16 is mixed precision over float32 weights. */
export type Precision = "float32" | "bfloat16" | "float64";

export interface NetworkOptions {
  /** "cpu" or "cuda:0"; default "cpu". */
  readonly device?: string;
  /** Of training passes; default float32. Inference runs in the weights' own type: one score everywhere. */
  readonly precision?: Precision;
  /** "own", the default, takes the addon's kernels where they apply; "plain" is their reference: libtorch's operators only. */
  readonly kernels?: Pass["kernels"];
}

/** A model with its weights on a device. */
export class Network {
  readonly graph: ModelGraph;
  readonly device: string;
  readonly precision: Precision;
  readonly parameters: Parameters;
  readonly #kernels: Pass["kernels"];
  readonly #fused: ReadonlyMap<string, FusedBlock>;
  readonly #output: LayerNode;
  readonly #lastReads: ReadonlyMap<string, readonly string[]>;

  /** @throws AppError WEIGHTS_MISMATCH */
  constructor(graph: ModelGraph, weights: WeightMap, options: NetworkOptions = {}) {
    const { device = "cpu", precision = "float32", kernels = "own" } = options;
    this.graph = graph;
    this.device = device;
    this.precision = precision;
    this.parameters = new Parameters(graph, weights, {
      device,
      dtype: precision === "float64" ? "float64" : "float32",
    });
    const hasKernels = kernels === "own" && device === "cpu" && precision !== "float64";
    this.#kernels = hasKernels && precision === "float32" ? "own" : "plain";
    this.#fused = hasKernels ? findFusedBlocks(graph) : new Map();
    this.#lastReads = lastReads(graph);
    this.#output = graph.nodes.find((node) => node.name === graph.output) as LayerNode;
  }

  /**
   * The output layer's values, [n, units] or [n, c, h, w], for images `x`: [n, c, h, w] as the graph's input asks for,
   * already scaled, or [n, 1, h, w] standing for equal channels.
   */
  forward(x: Tensor, mode: Mode): Tensor {
    const { activation } = outputActivation(this.#output);
    return activate(this.logits(x, mode), activation);
  }

  /** As `forward`, before the output layer's own activation: what a numerically stable loss takes. */
  logits(x: Tensor, mode: Mode): Tensor {
    if (mode === "inference" || this.precision !== "bfloat16") return this.#run(x, mode);
    return bfloat16Autocast(this.device, () => this.#run(x, mode));
  }

  /** A layer's value is freed once its last reader has run; what gradients need of it, the engine keeps itself. */
  #run(x: Tensor, mode: Mode): Tensor {
    const pass: Pass = { parameters: this.parameters, mode, kernels: this.#kernels };
    const values = new Map<string, Tensor>();
    for (const node of this.graph.nodes) {
      if (!values.has(node.name)) scope(() => this.#evaluate(node, x, values, pass));
      for (const name of this.#lastReads.get(node.name) ?? []) {
        const value = values.get(name) as Tensor;
        values.delete(name);
        // A layer that only passes its input on shares it.
        if (value !== x && ![...values.values()].includes(value)) value.dispose();
      }
    }
    return values.get(this.graph.output) as Tensor;
  }

  /** Adds the node's value, or those of the block that it begins; returns what it added. */
  #evaluate(node: LayerNode, x: Tensor, values: Map<string, Tensor>, pass: Pass): Tensor {
    const inputs = node.inputs.map((name) => values.get(name) as Tensor);
    const block = pass.mode === "training" ? this.#fused.get(node.name) : undefined;
    if (block !== undefined) {
      const pooled = forwardFused(block, inputs[0] as Tensor, pass);
      for (const { name } of [block.convolution, block.normalization]) values.set(name, x); // read by nobody else
      values.set(block.pooling.name, pooled);
      return pooled;
    }
    const layer = node === this.#output ? outputActivation(node).linear : node;
    const value = forwardLayer(layer, node.className === "InputLayer" ? [this.#input(x, node)] : inputs, pass);
    values.set(node.name, value);
    return value;
  }

  /** Output values in inference mode as a host array, row-major. */
  predict(x: Tensor): Float32Array {
    return noGrad(() => scope(() => this.forward(x, "inference").toFloat32()));
  }

  dispose(): void {
    this.parameters.dispose();
  }

  /** A grey image is repeated to the channels the graph asks for, unless only convolutions read it: they sum instead. */
  #input(x: Tensor, input: Extract<LayerNode, { className: "InputLayer" }>): Tensor {
    const channels = input.config.shape[2];
    const readers = this.graph.nodes.filter((node) => node.inputs.includes(input.name));
    if (x.shape[1] === channels || readers.every((node) => node.className === "Conv2D")) return x;
    return op("aten::expand", x, [-1, channels, -1, -1]); // [n, 1, h, w] -> [n, c, h, w]
  }
}

/** By layer: the layers that it is the last to read. The output stays. */
function lastReads({ nodes, output }: ModelGraph): ReadonlyMap<string, readonly string[]> {
  const lastReader = new Map<string, string>();
  for (const node of nodes) for (const input of node.inputs) lastReader.set(input, node.name);
  lastReader.delete(output);
  const byReader = new Map<string, string[]>();
  for (const [name, reader] of lastReader) byReader.set(reader, [...(byReader.get(reader) ?? []), name]);
  return byReader;
}

/** The output layer's activation, and the layer without it. */
function outputActivation(node: LayerNode) {
  if (node.className !== "Dense" && node.className !== "Activation")
    return { activation: "linear", linear: node } as const;
  const linear = { ...node, config: { ...node.config, activation: "linear" } } as LayerNode;
  return { activation: node.config.activation, linear } as const;
}
