// Layers that change height and width without weights.
import type { Padding, Pair } from "./convolution.js";

export interface PoolingConfig {
  readonly poolSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

/** To height and width in pixels, as TensorFlow's `image.resize` does: pixels' centres at halves, no smoothing. */
export interface ResizingConfig {
  readonly height: number;
  readonly width: number;
  readonly interpolation: "bilinear" | "nearest";
  /** First cut, around the centre, to the target's proportions. */
  readonly cropToAspectRatio: boolean;
}

/** The `height` x `width` pixels around the centre. */
export interface CenterCropConfig {
  readonly height: number;
  readonly width: number;
}
