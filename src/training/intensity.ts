// Random exposure: gamma, contrast and brightness, as if the image had been taken and windowed otherwise. Part of the
// sound protocol, for the published test images come from other machines than the training images (docs/study.md).
import type { Random } from "../core/random.js";
import { op, Tensor } from "../tensor/tensor.js";

/** What may happen to a training image's grey values, as a share of the whole range 0..1. Every value 0 switches its part off. */
export interface IntensitySettings {
  /** Exponents are drawn from [1 / (1 + gamma), 1 + gamma], uniformly in their logarithm. */
  readonly gamma: number;
  /** Factors about mid-grey are drawn uniformly from [1 - contrast, 1 + contrast]. */
  readonly contrast: number;
  /** Offsets are drawn uniformly from [-brightness, brightness]. */
  readonly brightness: number;
}

/** As far apart as radiographs of one view by different machines look. */
export const exposureVariation: IntensitySettings = { gamma: 0.5, contrast: 0.25, brightness: 0.1 };

/** One drawn change, on grey values 0..1: `(value ** exponent - 0.5) * factor + 0.5 + offset`, kept within 0..1. */
export interface IntensityChange {
  readonly exponent: number;
  readonly factor: number;
  readonly offset: number;
}

/** Draws one change. Always takes three values from `random`, whatever the settings. */
export function drawIntensity(random: Random, { gamma, contrast, brightness }: IntensitySettings): IntensityChange {
  const spread = (range: number) => random.uniform(-range, range);
  return { exponent: Math.exp(spread(Math.log1p(gamma))), factor: 1 + spread(contrast), offset: spread(brightness) };
}

/** Each image [n, 1, h, w] of grey values 0..255 under its own change; the result too is 0..255. */
export function changeIntensity(images: Tensor, changes: readonly IntensityChange[]): Tensor {
  const column = (values: readonly number[]) => Tensor.fromArray(Float32Array.from(values), [changes.length, 1, 1, 1]);
  const exponents = column(changes.map(({ exponent }) => exponent));
  const factors = column(changes.map(({ factor }) => 255 * factor));
  const offsets = column(changes.map(({ factor, offset }) => 255 * (0.5 - 0.5 * factor + offset)));
  const curved = op("aten::pow.Tensor_Tensor", op("aten::mul.Scalar", images, 1 / 255), exponents);
  return op("aten::clamp", op("aten::addcmul", offsets, curved, factors), 0, 255); // offset + curved * factor
}
