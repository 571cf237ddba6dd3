// Padding "same" as TensorFlow computes it: the odd pixel goes to the bottom and the right, which torch's symmetric
// padding cannot say.
import type { Padding } from "../model/layers.js";
import { op, type Tensor } from "../tensor/tensor.js";

/** Pixels before and after, for height and for width. */
export interface SpatialPadding {
  readonly height: readonly [number, number];
  readonly width: readonly [number, number];
}

/** The padding of a window over a [n, c, h, w] tensor. */
export function spatialPadding(
  shape: readonly number[],
  window: readonly [number, number],
  strides: readonly [number, number],
  padding: Padding,
): SpatialPadding {
  if (padding === "valid") return { height: [0, 0], width: [0, 0] };
  return {
    height: alongOneAxis(shape[2] as number, window[0], strides[0]),
    width: alongOneAxis(shape[3] as number, window[1], strides[1]),
  };
}

function alongOneAxis(size: number, window: number, stride: number): [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Whether torch's own symmetric padding argument can express it. */
export function isSymmetric({ height, width }: SpatialPadding): boolean {
  return height[0] === height[1] && width[0] === width[1];
}

/** `x` [n, c, h, w] with a border of `value`. */
export function pad(x: Tensor, { height, width }: SpatialPadding, value: number): Tensor {
  if (height[0] + height[1] + width[0] + width[1] === 0) return x;
  return op("aten::constant_pad_nd", x, [...width, ...height], value);
}
