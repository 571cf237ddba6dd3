// EfficientNetB0 (Tan and Le, 2019) as keras.applications builds it, scaling and normalization of the pixels included,
// with the study's head (its Figure 16). Like the module the study takes from TensorFlow Hub, the network ends in the
// 1000 logits of ImageNet, and the head reads those.
import type { ModelGraph } from "../model-graph.js";
import { refuseAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import {
  activation,
  add,
  batchNormalization,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  globalAveragePooling2d,
  input,
  multiply,
  zeroPadding2d,
} from "./keras-layers.js";
import { type BuildOptions, imageNetDeviation, imageNetMean, type PixelScaling, type ZooEntry } from "./zoo-entry.js";

/** The network divides by 255 itself, which is also what the study did before its module: both protocols are alike. */
const ownScaling: PixelScaling = {
  title: "by the network itself (0 to 255 goes in)",
  multiply: [1, 1, 1],
  add: [0, 0, 0],
};

export const efficientNetB0Entry: ZooEntry = {
  id: "efficientnetb0",
  aliases: ["efficientnet", "efficientnet-b0"],
  title: "EfficientNetB0",
  description: "ImageNet's 1000 logits below a dense layer of 512. The study's weakest.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: ownScaling, sound: ownScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "Apache-2.0",
  origin: "Tan and Le, arXiv 1905.11946, as in keras.applications; head of the study (its Figure 16)",
  study: {
    accuracy: 0.8141,
    pneumonia: { precision: 0.86, recall: 0.84, f1: 0.85 },
    normal: { precision: 0.74, recall: 0.77, f1: 0.76 },
    trainable: 513_025,
    nonTrainable: 5_330_564,
    total: 5_843_589,
  },
  firstHeadLayer: "dense",
  pretrained: {
    title: "ImageNet",
    url: "https://storage.googleapis.com/keras-applications/efficientnetb0.h5",
    checksum: { algorithm: "md5", hex: "902e53a9f72be733fc0bcb005b3ebbac" },
    licence: "Apache-2.0",
  },
  transfer: {
    study: { weights: "pretrained", trainable: { kind: "head" } },
    sound: { weights: "pretrained", trainable: { kind: "head" } },
  },
  gradCamLayer: "top_activation",
  build: (options) => efficientNetB0(options),
};

interface Stage {
  readonly kernelSize: number;
  readonly repeats: number;
  readonly filters: number;
  readonly expansion: number;
  readonly strides: 1 | 2;
}

const stages: readonly Stage[] = [
  { kernelSize: 3, repeats: 1, filters: 16, expansion: 1, strides: 1 },
  { kernelSize: 3, repeats: 2, filters: 24, expansion: 6, strides: 2 },
  { kernelSize: 5, repeats: 2, filters: 40, expansion: 6, strides: 2 },
  { kernelSize: 3, repeats: 3, filters: 80, expansion: 6, strides: 2 },
  { kernelSize: 5, repeats: 3, filters: 112, expansion: 6, strides: 1 },
  { kernelSize: 5, repeats: 4, filters: 192, expansion: 6, strides: 2 },
  { kernelSize: 3, repeats: 1, filters: 320, expansion: 6, strides: 1 },
];
const stemFilters = 32;
/** Share of the samples whose last block is skipped in training; earlier blocks have proportionally less. */
const dropConnectRate = 0.2;
const topDropoutRate = 0.2;
const kernelInitializer = { scale: 2, mode: "fan_out", distribution: "truncated_normal" } as const;
const logitsInitializer = { scale: 1 / 3, mode: "fan_out", distribution: "uniform" } as const;

/** @throws AppError OPTION_INVALID for an `alpha` */
export function efficientNetB0(options: BuildOptions = {}): ModelGraph {
  refuseAlpha("EfficientNetB0", options);
  const { imageSize = 224 } = options;
  const net = new GraphBuilder();
  let size = imageSize;
  let x = normalizedPixels(net, imageSize);
  x = net.add(halvingPadding(size, 3), x, "stem_conv_pad");
  x = net.add(conv2d(stemFilters, 3, { strides: 2, useBias: false, kernelInitializer }), x, "stem_conv");
  x = normalizeAndActivate(net, x, "stem_bn", "stem_activation");
  size = Math.ceil(size / 2);

  const blocks = stages.flatMap((stage, index) =>
    Array.from({ length: stage.repeats }, (_, repeat) => ({
      stage,
      name: `block${index + 1}${"abcd"[repeat]}`,
      repeat,
    })),
  );
  let channels = stemFilters;
  for (const [index, { stage, name, repeat }] of blocks.entries()) {
    const strides = repeat === 0 ? stage.strides : 1;
    const dropRate = (dropConnectRate * index) / blocks.length;
    x = invertedResidual(net, x, name, { ...stage, strides, size, channels, dropRate });
    size = Math.ceil(size / strides);
    channels = stage.filters;
  }

  x = net.add(conv2d(1280, 1, { padding: "same", useBias: false, kernelInitializer }), x, "top_conv");
  x = normalizeAndActivate(net, x, "top_bn", "top_activation");
  x = net.add(globalAveragePooling2d, x, "avg_pool");
  x = net.add(dropout(topDropoutRate), x, "top_dropout");
  x = net.add(dense(1000, "linear", logitsInitializer), x, "predictions");
  x = net.add(dense(512, "relu"), x);
  net.add(dense(1, "sigmoid"), x);
  return net.build("efficientnetb0");
}

/**
 * Grey values 0..255 to (x / 255 - mean) / deviation, in Keras' three steps: the published weights hold the deviation
 * where the normalization takes a variance, so a second scaling divides by the square root that is missing.
 */
function normalizedPixels(net: GraphBuilder, imageSize: number): string {
  let x = net.add(input(imageSize), []);
  x = net.add({ className: "Rescaling", config: { scale: 1 / 255, offset: 0 } }, x);
  x = net.add({ className: "Normalization", config: { mean: imageNetMean, variance: imageNetDeviation } }, x);
  const scale = imageNetDeviation.map((deviation) => 1 / Math.sqrt(deviation));
  return net.add({ className: "Rescaling", config: { scale, offset: 0 } }, x);
}

interface BlockOptions extends Stage {
  /** Height and width that come in. */
  readonly size: number;
  /** Channels that come in. */
  readonly channels: number;
  readonly dropRate: number;
}

/** Widen, convolve per channel, weigh the channels (squeeze and excite), narrow; and a shortcut where shapes agree. */
function invertedResidual(net: GraphBuilder, inputs: string, name: string, options: BlockOptions): string {
  const { kernelSize, strides, filters, expansion, size, channels, dropRate } = options;
  const wide = channels * expansion;
  let x = inputs;
  if (expansion !== 1) {
    x = net.add(conv2d(wide, 1, { padding: "same", useBias: false, kernelInitializer }), x, `${name}_expand_conv`);
    x = normalizeAndActivate(net, x, `${name}_expand_bn`, `${name}_expand_activation`);
  }
  if (strides === 2) x = net.add(halvingPadding(size, kernelSize), x, `${name}_dwconv_pad`);
  const padding = strides === 2 ? "valid" : "same";
  x = net.add(
    depthwiseConv2d(kernelSize, { strides, padding, useBias: false, kernelInitializer }),
    x,
    `${name}_dwconv`,
  );
  x = normalizeAndActivate(net, x, `${name}_bn`, `${name}_activation`);

  const squeezed = Math.max(1, Math.floor(channels / 4));
  let weights = net.add(globalAveragePooling2d, x, `${name}_se_squeeze`);
  weights = net.add({ className: "Reshape", config: { targetShape: [1, 1, wide] } }, weights, `${name}_se_reshape`);
  const narrow = conv2d(squeezed, 1, { padding: "same", activation: "swish", kernelInitializer });
  weights = net.add(narrow, weights, `${name}_se_reduce`);
  const widen = conv2d(wide, 1, { padding: "same", activation: "sigmoid", kernelInitializer });
  weights = net.add(widen, weights, `${name}_se_expand`);
  x = net.add(multiply, [x, weights], `${name}_se_excite`);

  x = net.add(conv2d(filters, 1, { padding: "same", useBias: false, kernelInitializer }), x, `${name}_project_conv`);
  x = net.add(batchNormalization(), x, `${name}_project_bn`);
  if (strides === 2 || channels !== filters) return x;
  if (dropRate > 0) x = net.add(dropout(dropRate, "samples"), x, `${name}_drop`);
  return net.add(add, [x, inputs], `${name}_add`);
}

function normalizeAndActivate(net: GraphBuilder, x: string, bn: string, name: string): string {
  return net.add(activation("swish"), net.add(batchNormalization(), x, bn), name);
}

/** `correct_pad` of keras/src/applications/imagenet_utils.py: what makes a strided window halve the size, rounding up. */
function halvingPadding(size: number, kernelSize: number) {
  const after = Math.floor(kernelSize / 2);
  return zeroPadding2d(size % 2 === 0 ? after - 1 : after, after);
}
