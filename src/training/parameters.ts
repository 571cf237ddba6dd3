// A model's weights inside the engine, in the engine's layouts, and the way from and to Keras' layouts.
import { AppError } from "../core/errors.js";
import type { ModelGraph } from "../model/model-graph.js";
import { type WeightSpec, weightSpecsOf } from "../model/shapes.js";
import type { HostTensor, WeightMap } from "../model/weights.js";
import { inArena } from "../tensor/arena.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";

/** Axes that take a weight from Keras' layout to the engine's; others are stored alike. */
const toEngineAxes: Readonly<Record<string, readonly number[]>> = {
  "Conv2D/kernel": [3, 2, 0, 1], // [kh, kw, in / groups, out] -> [out, in / groups, kh, kw]
  "DepthwiseConv2D/depthwise_kernel": [2, 3, 0, 1], // [kh, kw, in, multiplier] -> [in, multiplier, kh, kw]
  "SeparableConv2D/depthwise_kernel": [2, 3, 0, 1], // as DepthwiseConv2D's
  "SeparableConv2D/pointwise_kernel": [3, 2, 0, 1], // as Conv2D's
  "Dense/kernel": [1, 0], // [in, out] -> [out, in]
};

/** Of a weight for each value of an image, [h, w, c] -> [c, h, w]: PReLU's and LayerNormalization's. */
const ofImages = [2, 0, 1];

interface Parameter {
  readonly layer: string;
  readonly spec: WeightSpec;
  readonly axes: readonly number[] | undefined;
  readonly tensor: Tensor;
}

export interface NamedTensor {
  readonly layer: string;
  readonly name: string;
  readonly tensor: Tensor;
}

/** Where weights live and in which type they are kept. */
export interface Placement {
  readonly device: string;
  readonly dtype: "bfloat16" | "float32" | "float64";
}

/** Named weights of one model on one device. Trainable ones are marked for gradients. */
export class Parameters {
  readonly #byLayer = new Map<string, Map<string, Parameter>>();
  /** Trainable weights in the graph's order: what the optimizer updates. */
  readonly trainable: readonly NamedTensor[];
  /** Those, and the moving statistics of the layers that learn: all that a training step changes. */
  readonly changing: readonly NamedTensor[];
  /** Of these, the moving statistics. */
  readonly movingStatistics: readonly NamedTensor[];

  /** @throws AppError WEIGHTS_MISMATCH when a weight is missing or has another shape than the graph asks for. */
  constructor(graph: ModelGraph, weights: WeightMap, placement: Placement) {
    const classes = new Map(graph.nodes.map((node) => [node.name, node.className]));
    for (const [layer, specs] of weightSpecsOf(graph)) {
      const ofLayer = new Map<string, Parameter>();
      for (const spec of specs) {
        const axes = spec.shape.length === 3 ? ofImages : toEngineAxes[`${classes.get(layer)}/${spec.name}`];
        const tensor = toEngine(find(weights, layer, spec), axes, placement);
        if (spec.trainable) tensor.requireGrad();
        ofLayer.set(spec.name, { layer, spec, axes, tensor });
      }
      this.#byLayer.set(layer, ofLayer);
    }
    const named = ({ layer, spec, tensor }: Parameter): NamedTensor => ({ layer, name: spec.name, tensor });
    const learning = new Set(graph.nodes.filter(({ trainable }) => trainable).map(({ name }) => name));
    this.trainable = [...this.#all()].filter(({ spec }) => spec.trainable).map(named);
    const changing = [...this.#all()].filter(({ layer }) => learning.has(layer));
    this.changing = changing.map(named);
    this.movingStatistics = changing.filter(({ spec }) => !spec.trainable).map(named);
  }

  /** The weight, or null where the layer has none of that name (a convolution without bias). */
  get(layer: string, name: string): Tensor | null {
    return this.#byLayer.get(layer)?.get(name)?.tensor ?? null;
  }

  /** A weight that every layer of its class has. @throws RangeError where the caller errs. */
  need(layer: string, name: string): Tensor {
    const tensor = this.get(layer, name);
    if (tensor === null) throw new RangeError(`layer "${layer}" has no weight "${name}"`);
    return tensor;
  }

  /** A copy in Keras' layouts. */
  toWeightMap(): WeightMap {
    const weights = new Map<string, Map<string, HostTensor>>();
    for (const { layer, spec, axes, tensor } of this.#all()) {
      const ofLayer = weights.get(layer) ?? new Map<string, HostTensor>();
      ofLayer.set(spec.name, { shape: spec.shape, data: toKeras(tensor, axes) });
      weights.set(layer, ofLayer);
    }
    return weights;
  }

  dispose(): void {
    for (const { tensor } of this.#all()) tensor.dispose();
  }

  *#all(): Generator<Parameter> {
    for (const ofLayer of this.#byLayer.values()) yield* ofLayer.values();
  }
}

function find(weights: WeightMap, layer: string, spec: WeightSpec): HostTensor {
  const found = weights.get(layer)?.get(spec.name);
  if (found === undefined) {
    throw new AppError("WEIGHTS_MISMATCH", {
      place: `layer "${layer}"`,
      rule: `${spec.name} is missing`,
      remedy: "Load weights of this model",
    });
  }
  if (found.shape.join() !== spec.shape.join()) {
    throw new AppError("WEIGHTS_MISMATCH", {
      place: `layer "${layer}"`,
      rule: `${spec.name} should be [${spec.shape}]`,
      received: `[${found.shape}]`,
      remedy: "Load weights of this model",
    });
  }
  return found;
}

function toEngine(
  { data, shape }: HostTensor,
  axes: readonly number[] | undefined,
  { device, dtype }: Placement,
): Tensor {
  const memoryFormat = shape.length === 4 ? "channelsLast" : "contiguous";
  return inArena(() => {
    const given = Tensor.fromArray(data, shape);
    const permuted = axes === undefined ? given : ops.permute(given, axes);
    return ops.toDevice(ops.clone(permuted, { memoryFormat }), device, dtype);
  });
}

function toKeras(tensor: Tensor, axes: readonly number[] | undefined): Float32Array {
  if (axes === undefined) return tensor.toFloat32();
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return inArena(() => ops.permute(tensor, inverse).toFloat32());
}
