// Padding "same" as TensorFlow computes it: the odd pixel goes to the bottom and the right, which a symmetric padding
// cannot say.
import type { Padding } from "./layers.js";

/** Pixels before and after, for height and for width. */
export interface SpatialPadding {
  readonly height: readonly [number, number];
  readonly width: readonly [number, number];
}

/** The padding of a window over an image [height, width, …]. */
export function spatialPadding(
  [height, width]: readonly [number, number, ...number[]],
  window: readonly [number, number],
  strides: readonly [number, number],
  padding: Padding,
): SpatialPadding {
  if (padding === "valid") return { height: [0, 0], width: [0, 0] };
  return {
    height: alongOneAxis(height, window[0], strides[0]),
    width: alongOneAxis(width, window[1], strides[1]),
  };
}

function alongOneAxis(size: number, window: number, stride: number): [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Whether padding by one number per axis can express it. */
export function isSymmetric({ height, width }: SpatialPadding): boolean {
  return height[0] === height[1] && width[0] === width[1];
}
