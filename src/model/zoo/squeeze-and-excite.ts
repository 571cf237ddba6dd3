// Squeeze and excite (Hu et al., 2018), as both EfficientNets have it: each channel times a weight that all channels decide.
import type { VarianceScaling } from "../layers.js";
import type { GraphBuilder } from "./graph-builder.js";
import { conv2d, globalAveragePooling2d, multiply } from "./keras-layers.js";

interface SqueezeAndExcite {
  readonly channels: number;
  readonly squeezed: number;
  readonly kernelInitializer: VarianceScaling;
}

/** @param prefix of the layers' names */
export function squeezeAndExcite(
  net: GraphBuilder,
  x: string,
  prefix: string,
  { channels, squeezed, kernelInitializer }: SqueezeAndExcite,
): string {
  let weights = net.add(globalAveragePooling2d, x, `${prefix}se_squeeze`);
  weights = net.add(
    { className: "Reshape", config: { targetShape: [1, 1, channels] } },
    weights,
    `${prefix}se_reshape`,
  );
  const narrow = conv2d(squeezed, 1, { padding: "same", activation: "swish", kernelInitializer });
  weights = net.add(narrow, weights, `${prefix}se_reduce`);
  const widen = conv2d(channels, 1, { padding: "same", activation: "sigmoid", kernelInitializer });
  weights = net.add(widen, weights, `${prefix}se_expand`);
  return net.add(multiply, [x, weights], `${prefix}se_excite`);
}
