// The activations, by the names of Keras 3, and the layers that are one with a number or weights of its own.

/** Every activation, for tests and messages that must name them all. Each is Keras 3's function with its default arguments. */
export const activationNames = [
  "linear",
  "relu",
  "relu6",
  "sigmoid",
  "swish",
  "softmax",
  "tanh",
  "elu",
  "selu",
  "celu",
  "gelu",
  "softplus",
  "softsign",
  "exponential",
  "hard_sigmoid",
  "hard_swish",
  "hard_tanh",
  "hard_shrink",
  "soft_shrink",
  "tanh_shrink",
  "leaky_relu",
  "mish",
  "log_sigmoid",
  "log_softmax",
  "squareplus",
  "sparse_plus",
] as const;

export type Activation = (typeof activationNames)[number];

/** Whether each value of the output depends on one value of the input: not so where they are divided by their sum. */
export const isElementwise = (activation: Activation): boolean =>
  activation !== "softmax" && activation !== "log_softmax";

/** What `leaky_relu` takes values below 0 times, in Keras 2 and 3. */
export const leakyReluSlope = 0.2;

/** x where it is above 0, else x times `negativeSlope`. */
export interface LeakyReLUConfig {
  readonly negativeSlope: number;
}

/** x where it is above 0, else alpha (e^x - 1). */
export interface ELUConfig {
  readonly alpha: number;
}

/** x where it is above 0, else x times a weight: one per value, equal along `sharedAxes` (Keras counts from 1: height, width, channels). */
export interface PReLUConfig {
  readonly sharedAxes: readonly number[];
}
