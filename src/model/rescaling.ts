// A Normalization layer is a Rescaling with constants per channel.
import type { NormalizationConfig, RescalingConfig } from "./layers.js";

/** (x - mean) / deviation as x / deviation - mean / deviation; deviations below 1e-7 count as that, as in Keras. */
export function asRescaling({ mean, variance }: NormalizationConfig): RescalingConfig {
  const scale = variance.map((value) => 1 / Math.max(Math.sqrt(value), 1e-7));
  return { scale, offset: mean.map((value, channel) => -value * (scale[channel] ?? 0)) };
}
