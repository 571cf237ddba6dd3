// EfficientNetV2B0 (Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", 2021) as keras.applications builds it,
// scaling and normalization of the pixels included.
import type { ModelGraph } from "../model-graph.js";
import { refuseAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import { activation, add, batchNormalization, conv2d, depthwiseConv2d, dropout, input } from "./keras-layers.js";
import { predictions, withPooledHead } from "./pooled-head.js";
import { squeezeAndExcite } from "./squeeze-and-excite.js";
import {
  type BuildOptions,
  headOnly,
  imageNetDeviation,
  imageNetMean,
  kerasApplications,
  ownScaling,
  type ZooEntry,
} from "./zoo-entry.js";

export const efficientNetV2B0Entry: ZooEntry = {
  id: "efficientnetv2b0",
  aliases: ["efficientnetv2", "efficientnet-v2-b0"],
  title: "EfficientNetV2B0",
  description: "EfficientNet with plain convolutions in its first blocks, made for faster training.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: ownScaling, sound: ownScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "Apache-2.0",
  origin: "Tan and Le, arXiv 2104.00298, as in keras.applications",
  study: null,
  firstHeadLayer: predictions,
  pretrained: {
    title: "ImageNet",
    url: `${kerasApplications}/efficientnet_v2/efficientnetv2-b0_notop.h5`,
    checksum: { algorithm: "md5", hex: "893217f2bb855e2983157299931e43ff" },
    licence: "Apache-2.0",
  },
  transfer: headOnly,
  gradCamLayer: "top_activation",
  build: (options) => efficientNetV2B0(options),
};

interface Stage {
  readonly repeats: number;
  readonly filters: number;
  readonly expansion: number;
  readonly strides: 1 | 2;
  /** Fused: one convolution in the place of a widening and a depthwise one, and no weighing of channels. */
  readonly isFused: boolean;
}

const stages: readonly Stage[] = [
  { repeats: 1, filters: 16, expansion: 1, strides: 1, isFused: true },
  { repeats: 2, filters: 32, expansion: 4, strides: 2, isFused: true },
  { repeats: 2, filters: 48, expansion: 4, strides: 2, isFused: true },
  { repeats: 3, filters: 96, expansion: 4, strides: 2, isFused: false },
  { repeats: 5, filters: 112, expansion: 6, strides: 1, isFused: false },
  { repeats: 8, filters: 192, expansion: 6, strides: 2, isFused: false },
];
const stemFilters = 32;
/** Share of the samples whose last block is skipped in training; earlier blocks have proportionally less. */
const dropConnectRate = 0.2;
const kernelInitializer = { scale: 2, mode: "fan_out", distribution: "truncated_normal" } as const;
const plain = { padding: "same", useBias: false, kernelInitializer } as const;

/** @throws AppError OPTION_INVALID for an `alpha` */
function efficientNetV2B0(options: BuildOptions = {}): ModelGraph {
  refuseAlpha("EfficientNetV2B0", options);
  const { imageSize = 224 } = options;
  const net = new GraphBuilder();
  let x = net.add(input(imageSize), []);
  x = net.add({ className: "Rescaling", config: { scale: 1 / 255, offset: 0 } }, x);
  const variance = imageNetDeviation.map((deviation) => deviation ** 2);
  x = net.add({ className: "Normalization", config: { mean: imageNetMean, variance } }, x);
  x = net.add(conv2d(stemFilters, 3, { ...plain, strides: 2 }), x, "stem_conv");
  x = normalizeAndActivate(net, x, "stem_");

  const total = stages.reduce((sum, { repeats }) => sum + repeats, 0);
  let channels = stemFilters;
  let block = 0;
  for (const [index, stage] of stages.entries()) {
    for (let repeat = 0; repeat < stage.repeats; repeat++) {
      const strides = repeat === 0 ? stage.strides : 1;
      const dropRate = (dropConnectRate * block++) / total;
      const name = `block${index + 1}${"abcdefgh"[repeat]}_`;
      x = invertedResidual(net, x, name, { ...stage, strides, channels, dropRate });
      channels = stage.filters;
    }
  }
  x = net.add(conv2d(1280, 1, plain), x, "top_conv");
  return withPooledHead(net, normalizeAndActivate(net, x, "top_"), "efficientnetv2-b0");
}

interface BlockOptions extends Omit<Stage, "repeats"> {
  /** Channels that come in. */
  readonly channels: number;
  readonly dropRate: number;
}

/** Widen, convolve, weigh the channels, narrow; and a shortcut where shapes agree. */
function invertedResidual(net: GraphBuilder, inputs: string, name: string, options: BlockOptions): string {
  const { strides, filters, expansion, isFused, channels, dropRate } = options;
  const wide = channels * expansion;
  let x = inputs;
  if (expansion !== 1) {
    const convolution = isFused ? conv2d(wide, 3, { ...plain, strides }) : conv2d(wide, 1, plain);
    x = normalizeAndActivate(net, net.add(convolution, x, `${name}expand_conv`), `${name}expand_`);
  }
  if (!isFused) {
    x = net.add(depthwiseConv2d(3, { ...plain, strides }), x, `${name}dwconv2`);
    x = normalizeAndActivate(net, x, name);
    x = squeezeAndExcite(net, x, name, { channels: wide, squeezed: channels / 4, kernelInitializer });
  }
  // A fused block that does not widen is one convolution, activated.
  const isOne = expansion === 1;
  const narrowing = isOne ? conv2d(filters, 3, { ...plain, strides }) : conv2d(filters, 1, plain);
  x = net.add(narrowing, x, `${name}project_conv`);
  x = net.add(normalization, x, `${name}project_bn`);
  if (isOne) x = net.add(activation("swish"), x, `${name}project_activation`);
  if (strides === 2 || channels !== filters) return x;
  if (dropRate > 0) x = net.add(dropout(dropRate, "samples"), x, `${name}drop`);
  return net.add(add, [x, inputs], `${name}add`);
}

const normalization = batchNormalization({ momentum: 0.9 });

function normalizeAndActivate(net: GraphBuilder, x: string, name: string): string {
  return net.add(activation("swish"), net.add(normalization, x, `${name}bn`), `${name}activation`);
}
