// What the layers that act by chance do in training.
import type { LayerNode } from "../model/model-graph.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";
import type { BatchShare } from "./data-parallel/batch-share.js";

type ChanceNode = Extract<
  LayerNode,
  { className: "Dropout" | "SpatialDropout2D" | "GaussianDropout" | "AlphaDropout" | "GaussianNoise" }
>;

/**
 * The layer's value in training; what is dropped is made up for by what stays.
 * @param share of the batch, where it is not all here: what is drawn for an image follows from its place in the whole one
 */
export function byChance(node: ChanceNode, x: Tensor, share?: BatchShare): Tensor {
  const dropout = (value: Tensor, rate: number) => dropped(value, rate, share);
  const noise = (value: Tensor) => ofShare(value, share, (shape) => ops.randn(shape, optionsOf(value)));
  switch (node.className) {
    case "Dropout":
      return node.config.noiseShape === "values"
        ? dropout(x, node.config.rate)
        : dropWhole(x, node.config.rate, 1, dropout); // [n, 1, 1, 1]
    case "SpatialDropout2D":
      return dropWhole(x, node.config.rate, 2, dropout); // [n, c, 1, 1]
    case "GaussianDropout": {
      const { rate } = node.config;
      const factor = ops.addScalar(ops.mulScalar(noise(x), Math.sqrt(rate / (1 - rate))), 1);
      return ops.mulTensor(x, factor);
    }
    case "AlphaDropout":
      return alphaDrop(x, node.config.rate, dropout);
    case "GaussianNoise":
      return ops.addTensor(x, ops.mulScalar(noise(x), node.config.stddev));
    default:
      return node satisfies never;
  }
}

type Dropout = (value: Tensor, rate: number) => Tensor;

const optionsOf = ({ dtype, device }: Tensor) => ({ dtype, device });

/** libtorch's dropout, which draws in the order of memory; of a share, as it would be drawn for the whole batch. */
function dropped(x: Tensor, rate: number, share: BatchShare | undefined): Tensor {
  if (share === undefined) return ops.dropout(x, rate, true);
  const memoryFormat = x.shape.length === 4 ? "channelsLast" : "contiguous";
  const mask = (shape: readonly number[]) =>
    ops.dropout(ops.contiguous(ops.ones(shape, optionsOf(x)), { memoryFormat }), rate, true);
  return ops.mulTensor(x, ofShare(x, share, mask));
}

/** What `draw` gives for the shape of `x`; of a share of a batch, the rows of what it gives for the whole one. */
function ofShare(x: Tensor, share: BatchShare | undefined, draw: (shape: readonly number[]) => Tensor): Tensor {
  if (share === undefined) return draw(x.shape);
  const [own, ...rest] = x.shape;
  const places = own === 0 ? [] : share.places; // who stands in draws along, for no image
  return ops.indexSelect(
    draw([share.images, ...rest]),
    0,
    Tensor.fromArray(Int32Array.from(places), [places.length], x.device),
  );
}

/** One draw for all values that share their first `axes` places. */
function dropWhole(x: Tensor, rate: number, axes: number, dropout: Dropout): Tensor {
  const shape = x.shape.map((size, axis) => (axis < axes ? size : 1));
  return ops.mulTensor(x, dropout(ops.ones(shape, optionsOf(x)), rate));
}

/** Klambauer et al. (2017): values that drop out become SELU's least, and mean and variance stay. */
function alphaDrop(x: Tensor, rate: number, dropout: Dropout): Tensor {
  const least = -1.7580993408473766; // -scale * alpha of SELU
  const factor = 1 / Math.sqrt((1 - rate) * (1 + rate * least ** 2));
  const ones = ops.ones(x.shape, { dtype: x.dtype, device: x.device });
  const kept = ops.mulScalar(dropout(ones, rate), 1 - rate); // 1 or 0
  const lost = ops.mulScalar(ops.subTensor(ones, kept), least);
  const mixed = ops.addTensor(ops.mulTensor(x, kept), lost);
  return ops.addScalar(ops.mulScalar(mixed, factor), -factor * least * rate);
}
