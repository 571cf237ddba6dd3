// Layers that move and scale values, by constants or by what the values are.

/** x * scale + offset; one number for all channels or one for each. */
export interface RescalingConfig {
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
}

/** (x - mean) / sqrt(variance), one of each per channel. They are constants here, not weights, however a file keeps them. */
export interface NormalizationConfig {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** `epsilon` is added to the variance; `momentum` is the share of the old moving average that is kept. */
export interface BatchNormalizationConfig {
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
}

/** Mean and variance of each sample: at each position over its channels, or over "all" values. */
export interface LayerNormalizationConfig {
  readonly axes: "channels" | "all";
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
}

/** Mean and variance of each sample over all positions and a group of neighbouring channels. */
export interface GroupNormalizationConfig {
  /** -1 gives each channel a group of its own. */
  readonly groups: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
}

/** x times one learned factor per channel (Touvron et al., 2021). */
export interface LayerScaleConfig {
  /** What every factor starts at. */
  readonly initValues: number;
  /** As many as the input has channels. */
  readonly projectionDim: number;
}

/** How many groups there are. */
export const groupCount = ({ groups }: GroupNormalizationConfig, channels: number): number =>
  groups === -1 ? channels : groups;
