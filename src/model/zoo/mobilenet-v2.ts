// MobileNetV2 (Sandler et al., "Inverted Residuals and Linear Bottlenecks", 2018) as keras.applications builds it.
import type { ModelGraph } from "../model-graph.js";
import { checkedAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import { add, batchNormalization, conv2d, depthwiseConv2d, input, relu6, zeroPadding2d } from "./keras-layers.js";
import { predictions, withPooledHead } from "./pooled-head.js";
import { roundedChannels } from "./rounded-channels.js";
import {
  type BuildOptions,
  headOnly,
  kerasApplications,
  symmetricScaling,
  unitScaling,
  type ZooEntry,
} from "./zoo-entry.js";

export const mobileNetV2Entry: ZooEntry = {
  id: "mobilenetv2",
  aliases: ["mobilenet-v2"],
  title: "MobileNetV2",
  description: "The smallest; narrow blocks that widen inside.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: unitScaling, sound: symmetricScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "Apache-2.0",
  origin: "Sandler et al., arXiv 1801.04381, as in keras.applications",
  study: null,
  firstHeadLayer: predictions,
  pretrained: {
    title: "ImageNet",
    url: `${kerasApplications}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5`,
    checksum: null,
    licence: "Apache-2.0",
  },
  transfer: headOnly,
  gradCamLayer: "out_relu",
  build: (options) => mobileNetV2(options),
};

/** Filters, stride and repeats; all but the first widen six times inside. */
const stages = [
  [16, 1, 1],
  [24, 2, 2],
  [32, 2, 3],
  [64, 2, 4],
  [96, 1, 3],
  [160, 2, 3],
  [320, 1, 1],
] as const;

const normalization = batchNormalization({ momentum: 0.999 });

/** @throws AppError OPTION_INVALID for an `alpha` outside 0.1 to 2 */
function mobileNetV2(options: BuildOptions = {}): ModelGraph {
  const { imageSize = 224 } = options;
  const alpha = checkedAlpha(options, "0.35, 0.5, 0.75, 1, 1.3 and 1.4");
  const net = new GraphBuilder();
  let channels = roundedChannels(32 * alpha);
  let size = Math.ceil(imageSize / 2);
  let x = net.add(input(imageSize), []);
  x = net.add(conv2d(channels, 3, { strides: 2, padding: "same", useBias: false }), x, "Conv1");
  x = net.add(relu6, net.add(normalization, x, "bn_Conv1"), "Conv1_relu");
  let block = 0;
  for (const [stage, [filters, stride, repeats]] of stages.entries()) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const strides = repeat === 0 ? stride : 1;
      const name = block === 0 ? "expanded_conv" : `block_${block}`;
      const narrow = roundedChannels(Math.floor(filters * alpha));
      x = invertedResidual(net, x, name, { channels, narrow, strides, size, expansion: stage === 0 ? 1 : 6 });
      size = Math.ceil(size / strides);
      channels = narrow;
      block++;
    }
  }
  // A narrower network keeps the width of its features.
  x = net.add(conv2d(alpha > 1 ? roundedChannels(1280 * alpha) : 1280, 1, { useBias: false }), x, "Conv_1");
  x = net.add(relu6, net.add(normalization, x, "Conv_1_bn"), "out_relu");
  return withPooledHead(net, x, `mobilenetv2_${alpha.toFixed(2)}_${imageSize}`);
}

interface BlockOptions {
  /** Channels that come in, and that go out. */
  readonly channels: number;
  readonly narrow: number;
  readonly strides: 1 | 2;
  /** Height and width that come in. */
  readonly size: number;
  readonly expansion: 1 | 6;
}

/** Widen, convolve per channel, narrow without an activation; and a shortcut where shapes agree. */
function invertedResidual(
  net: GraphBuilder,
  inputs: string,
  name: string,
  { channels, narrow, strides, size, expansion }: BlockOptions,
): string {
  const normalizeAndActivate = (x: string, step: string): string =>
    net.add(relu6, net.add(normalization, x, `${name}_${step}_BN`), `${name}_${step}_relu`);

  let x = inputs;
  if (expansion > 1) {
    x = net.add(conv2d(expansion * channels, 1, { padding: "same", useBias: false }), x, `${name}_expand`);
    x = normalizeAndActivate(x, "expand");
  }
  if (strides === 2) x = net.add(zeroPadding2d(size % 2 === 0 ? 0 : 1, 1), x, `${name}_pad`);
  const padding = strides === 2 ? "valid" : "same";
  x = net.add(depthwiseConv2d(3, { strides, padding, useBias: false }), x, `${name}_depthwise`);
  x = normalizeAndActivate(x, "depthwise");
  x = net.add(conv2d(narrow, 1, { padding: "same", useBias: false }), x, `${name}_project`);
  x = net.add(normalization, x, `${name}_project_BN`);
  return channels === narrow && strides === 1 ? net.add(add, [inputs, x], `${name}_add`) : x;
}
