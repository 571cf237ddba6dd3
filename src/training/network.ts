// Runs a ModelGraph in the engine: forward passes in training and inference mode. Knows graphs and layers, no model.
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import type { WeightMap } from "../model/weights.js";
import { inArena } from "../tensor/arena.js";
import { bfloat16Autocast, noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import type { Tensor } from "../tensor/tensor.js";
import { activate } from "./activate.js";
import type { BatchShare } from "./data-parallel/batch-share.js";
import { forwardLayer, type Mode, type Pass } from "./forward-layer.js";
import { type FusedBlock, findFusedBlocks, forwardFused } from "./fused-block.js";
import { type FusedNormalization, findFusedNormalizations, forwardNormalization } from "./fused-normalization.js";
import { Parameters } from "./parameters.js";

/** float64 is for comparing with references step by step; bfloat16 is mixed precision over float32 weights. */
export type Precision = "float32" | "bfloat16" | "float64";

export interface NetworkOptions {
  /** "cpu" or "cuda:0"; default "cpu". */
  readonly device?: string;
  /** Of training passes; default float32. Inference runs in the weights' own type: one score everywhere. */
  readonly precision?: Precision;
  /** The weights' own type where `precision` is not float64; default float32. bfloat16 is for weights that never learn. */
  readonly storage?: "float32" | "bfloat16";
  /** Processes that normalize together (`Processes.group`); default 0: each batch by its own statistics. */
  readonly group?: number;
  /** "own", the default, takes the addon's kernels where they apply; "plain" is their reference: libtorch's operators only. */
  readonly kernels?: Pass["kernels"];
}

/** A network, or the part of one behind a layer, as training and scoring use it. */
export interface NetworkPart {
  readonly device: string;
  readonly parameters: Parameters;
  /** The output before its own activation, [n, units]: what a numerically stable loss takes. `share`: of a batch that is not all here. */
  logits(x: Tensor, mode: Mode, share?: BatchShare): Tensor;
  /** Output values in inference mode as a host array, row-major. */
  predict(x: Tensor): Float32Array;
}

/** A model with its weights on a device. */
export class Network implements NetworkPart {
  readonly graph: ModelGraph;
  readonly device: string;
  readonly precision: Precision;
  readonly parameters: Parameters;
  readonly #storage: "float32" | "bfloat16" | "float64";
  readonly #kernels: Pass["kernels"];
  readonly #group: number;
  readonly #fused: ReadonlyMap<string, FusedBlock>;
  readonly #normalizations: ReadonlyMap<string, FusedNormalization>;
  readonly #output: LayerNode;
  readonly #lastReads: ReadonlyMap<string, readonly string[]>;
  /** Normalizations: the layers before activations whose values are always memory of their own. */
  readonly #ownMemory: ReadonlySet<string>;

  /** @throws AppError WEIGHTS_MISMATCH */
  constructor(graph: ModelGraph, weights: WeightMap, options: NetworkOptions = {}) {
    const { device = "cpu", precision = "float32", storage = "float32", kernels = "own", group = 0 } = options;
    this.graph = graph;
    this.device = device;
    this.precision = precision;
    this.#group = group;
    this.#storage = precision === "float64" ? "float64" : storage;
    this.parameters = new Parameters(graph, weights, { device, dtype: this.#storage });
    const hasKernels = kernels === "own" && device === "cpu" && this.#storage === "float32";
    this.#kernels = hasKernels && precision === "float32" ? "own" : "plain";
    this.#fused = hasKernels ? findFusedBlocks(graph) : new Map();
    this.#normalizations = this.#kernels === "own" ? findFusedNormalizations(graph) : new Map();
    this.#lastReads = lastReads(graph);
    const normalizations = graph.nodes.filter(({ className }) => className === "BatchNormalization");
    this.#ownMemory = new Set(normalizations.map(({ name }) => name));
    this.#output = graph.nodes.find((node) => node.name === graph.output) as LayerNode;
  }

  /**
   * The output layer's values, [n, units] or [n, c, h, w], for images `x`: [n, c, h, w] as the graph's input asks for,
   * already scaled, or [n, 1, h, w] standing for equal channels.
   */
  forward(x: Tensor, mode: Mode): Tensor {
    return activate(this.logits(x, mode), outputActivation(this.#output).activation);
  }

  /** As `forward`, before the output layer's own activation. */
  logits(x: Tensor, mode: Mode, share?: BatchShare): Tensor {
    return this.#logits(x, mode, null, share);
  }

  /** As `forward` in inference mode, with nothing recorded for gradients. */
  infer(x: Tensor): Tensor {
    return this.#infer(x, null);
  }

  predict(x: Tensor): Float32Array {
    return inArena(() => this.infer(x).toFloat32());
  }

  /** The layers that come after `boundary` and read nothing else before it. Instead of images it takes that layer's values. */
  behind(boundary: string): NetworkPart {
    return {
      device: this.device,
      parameters: this.parameters,
      logits: (x, mode, share) => this.#logits(x, mode, boundary, share),
      predict: (x) => inArena(() => this.#infer(x, boundary).toFloat32()),
    };
  }

  dispose(): void {
    this.parameters.dispose();
  }

  #logits(x: Tensor, mode: Mode, boundary: string | null, share?: BatchShare): Tensor {
    const run = () => this.#run(x, mode, boundary, "nothing", share);
    return mode === "inference" || this.precision !== "bfloat16" ? run() : bfloat16Autocast(this.device, run);
  }

  #infer(x: Tensor, boundary: string | null): Tensor {
    const { activation } = outputActivation(this.#output);
    return noGrad(() => inArena(() => activate(this.#run(x, "inference", boundary, "own values"), activation)));
  }

  /**
   * Runs the layers behind `boundary`, whose value is `x`, or all of them. A layer's value is freed once its last reader
   * has run; what gradients need of it, the engine keeps itself.
   */
  #run(x: Tensor, mode: Mode, boundary: string | null, overwrite: Pass["overwrite"], share?: BatchShare): Tensor {
    const pass: Pass = {
      parameters: this.parameters,
      mode,
      kernels: this.#kernels,
      group: this.#group,
      overwrite,
      share,
    };
    const { nodes } = this.graph;
    const start = boundary === null ? 0 : nodes.findIndex((node) => node.name === boundary) + 1;
    const values = new Map<string, Tensor>(boundary === null ? [] : [[boundary, x]]);
    for (const node of nodes.slice(start)) {
      if (!values.has(node.name)) inArena(() => this.#evaluate(node, x, values, pass));
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
    const fused = pass.mode === "training" ? this.#normalizations.get(node.name) : undefined;
    if (fused !== undefined && inputs[0]?.shape.length === 4) {
      const activated = forwardNormalization(fused, inputs[0] as Tensor, pass);
      values.set(node.name, x); // read by nobody else, where an activation follows
      values.set(fused.last, activated);
      return activated;
    }
    const layer = node === this.#output ? outputActivation(node).linear : node;
    const given = node.className === "InputLayer" ? [this.#input(x, node)] : inputs;
    const isFree = pass.overwrite !== "nothing" && this.#isOverwritable(node);
    const value = forwardLayer(layer, given, isFree ? { ...pass, overwrite: "input" } : pass);
    values.set(node.name, value);
    return value;
  }

  /** Whether the node is the last to read its one input, and that is no view of another layer's value. */
  #isOverwritable({ name, inputs: [input = ""] }: LayerNode): boolean {
    return this.#ownMemory.has(input) && this.#lastReads.get(name)?.includes(input) === true;
  }

  /**
   * Images in the weights' own type. A grey image is repeated to the channels the graph asks for, unless only
   * convolutions read it: they sum instead.
   */
  #input(x: Tensor, input: Extract<LayerNode, { className: "InputLayer" }>): Tensor {
    const given = this.#storage === "bfloat16" ? ops.toDtype(x, "bfloat16") : x;
    const channels = input.config.shape[2];
    const readers = this.graph.nodes.filter((node) => node.inputs.includes(input.name));
    if (given.shape[1] === channels || readers.every(sumsGrey)) return given;
    return ops.expand(given, [-1, channels, -1, -1]); // [n, 1, h, w] -> [n, c, h, w]
  }
}

/** Whether the layer takes one grey channel for all of its input's (`convolve`). */
const sumsGrey = (node: LayerNode): boolean => node.className === "Conv2D" && (node.config.groups ?? 1) === 1;

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
