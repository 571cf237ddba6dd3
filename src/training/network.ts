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
  /** Layer -> layers whose values nobody reads after it. */
  readonly #readUntil: ReadonlyMap<string, readonly string[]>;

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
    this.#output = graph.nodes.find((node) => node.name === graph.output) as LayerNode;
    this.#readUntil = lastReadings(graph);
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

  #run(x: Tensor, mode: Mode): Tensor {
    const pass: Pass = { parameters: this.parameters, mode, kernels: this.#kernels };
    const values = new Map<string, Tensor>();
    for (const node of this.graph.nodes) {
      if (values.has(node.name)) continue;
      const inputs = node.inputs.map((name) => values.get(name) as Tensor);
      const block = mode === "training" ? this.#fused.get(node.name) : undefined;
      if (block !== undefined) {
        values.set(block.pooling.name, forwardFused(block, inputs[0] as Tensor, pass));
        for (const { name } of [block.convolution, block.normalization]) values.set(name, x); // read by nobody else
        continue;
      }
      const layer = node === this.#output ? outputActivation(node).linear : node;
      values.set(
        node.name,
        forwardLayer(layer, node.className === "InputLayer" ? [this.#input(x, node)] : inputs, pass),
      );
      if (mode === "inference") release(values, this.#readUntil.get(node.name) ?? [], x); // else backward reads them
    }
    return values.get(this.graph.output) as Tensor;
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

function lastReadings({ nodes, output }: ModelGraph): Map<string, readonly string[]> {
  const last = new Map<string, string>();
  for (const node of nodes) for (const name of node.inputs) last.set(name, node.name);
  const readings = new Map<string, string[]>();
  for (const [name, reader] of last) {
    if (name !== output) readings.set(reader, [...(readings.get(reader) ?? []), name]);
  }
  return readings;
}

/** Frees values, unless another name still stands for the same tensor or it is the caller's. */
function release(values: Map<string, Tensor>, names: readonly string[], callers: Tensor): void {
  for (const name of names) {
    const value = values.get(name);
    values.delete(name);
    if (value !== undefined && value !== callers && ![...values.values()].includes(value)) value.dispose();
  }
}

/** The output layer's activation, and the layer without it. */
function outputActivation(node: LayerNode) {
  if (node.className !== "Dense" && node.className !== "Activation")
    return { activation: "linear", linear: node } as const;
  const linear = { ...node, config: { ...node.config, activation: "linear" } } as LayerNode;
  return { activation: node.config.activation, linear } as const;
}
