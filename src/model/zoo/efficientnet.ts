// EfficientNet (Tan and Le, 2019) as keras.applications builds it, scaling and normalization of the pixels included. B0 has
// the study's head (its Figure 16): like the module the study takes from TensorFlow Hub, the network ends in the 1000
// logits of ImageNet, and the head reads those. The larger ones end in their pooled features, below one sigmoid.
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
  zeroPadding2d,
} from "./keras-layers.js";
import { predictions, withPooledHead } from "./pooled-head.js";
import { roundedChannels } from "./rounded-channels.js";
import { squeezeAndExcite } from "./squeeze-and-excite.js";
import {
  type BuildOptions,
  headOnly,
  imageNetDeviation,
  imageNetMean,
  ownScaling,
  type ZooEntry,
} from "./zoo-entry.js";

/** How a size differs from B0: wider and deeper by these factors. */
interface Size {
  readonly title: string;
  readonly width: number;
  readonly depth: number;
}

const sizes = {
  efficientnetb0: { title: "EfficientNetB0", width: 1, depth: 1 },
  efficientnetb1: { title: "EfficientNetB1", width: 1, depth: 1.1 },
  efficientnetb2: { title: "EfficientNetB2", width: 1.1, depth: 1.2 },
  efficientnetb3: { title: "EfficientNetB3", width: 1.2, depth: 1.4 },
} as const satisfies Readonly<Record<string, Size>>;

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

export const efficientNetB1Entry = largerEntry(
  { id: "efficientnetb1", aliases: ["efficientnet-b1"], imageSize: 240 },
  "74c4e6b3e1f6a1eea24c589628592432",
);

export const efficientNetB2Entry = largerEntry(
  { id: "efficientnetb2", aliases: ["efficientnet-b2"], imageSize: 260 },
  "111f8e2ac8aa800a7a99e3239f7bfb39",
);

export const efficientNetB3Entry = largerEntry(
  { id: "efficientnetb3", aliases: ["efficientnet-b3"], imageSize: 300 },
  "af6d107764bb5b1abb91932881670226",
);

interface LargerSize extends Pick<ZooEntry, "aliases"> {
  readonly id: Exclude<keyof typeof sizes, "efficientnetb0">;
  readonly imageSize: number;
}

function largerEntry({ id, aliases, imageSize }: LargerSize, md5: string): ZooEntry {
  const { title } = sizes[id];
  return {
    ...efficientNetB0Entry,
    id,
    aliases,
    title,
    description: "EfficientNet, larger than B0; pooled ImageNet features below one sigmoid.",
    input: { imageSize, channels: 3 },
    origin: "Tan and Le, arXiv 1905.11946, as in keras.applications",
    study: null,
    firstHeadLayer: predictions,
    pretrained: {
      title: "ImageNet",
      url: `https://storage.googleapis.com/keras-applications/${id}_notop.h5`,
      checksum: { algorithm: "md5", hex: md5 },
      licence: "Apache-2.0",
    },
    transfer: headOnly,
    build: (options) => largerEfficientNet(sizes[id], { imageSize, ...options }),
  };
}

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

/** With the study's head. @throws AppError OPTION_INVALID for an `alpha` */
export function efficientNetB0(options: BuildOptions = {}): ModelGraph {
  const net = new GraphBuilder();
  let x = features(net, sizes.efficientnetb0, options);
  x = net.add(globalAveragePooling2d, x, "avg_pool");
  x = net.add(dropout(topDropoutRate), x, "top_dropout");
  x = net.add(dense(1000, "linear", logitsInitializer), x, "predictions");
  x = net.add(dense(512, "relu"), x);
  net.add(dense(1, "sigmoid"), x);
  return net.build("efficientnetb0");
}

function largerEfficientNet(size: Size, options: BuildOptions): ModelGraph {
  const net = new GraphBuilder();
  return withPooledHead(net, features(net, size, options), size.title.toLowerCase());
}

/** [h / 32, w / 32, 1280] of B0. @throws AppError OPTION_INVALID for an `alpha` */
function features(net: GraphBuilder, { title, width, depth }: Size, options: BuildOptions): string {
  refuseAlpha(title, options);
  const { imageSize = 224 } = options;
  const widened = (filters: number): number => roundedChannels(filters * width);
  let size = imageSize;
  let x = normalizedPixels(net, imageSize);
  x = net.add(halvingPadding(size, 3), x, "stem_conv_pad");
  x = net.add(conv2d(widened(stemFilters), 3, { strides: 2, useBias: false, kernelInitializer }), x, "stem_conv");
  x = normalizeAndActivate(net, x, "stem_bn", "stem_activation");
  size = Math.ceil(size / 2);

  const blocks = stages.flatMap((stage, index) =>
    Array.from({ length: Math.ceil(stage.repeats * depth) }, (_, repeat) => ({
      stage: { ...stage, filters: widened(stage.filters) },
      name: `block${index + 1}${"abcdef"[repeat]}`,
      repeat,
    })),
  );
  let channels = widened(stemFilters);
  for (const [index, { stage, name, repeat }] of blocks.entries()) {
    const strides = repeat === 0 ? stage.strides : 1;
    const dropRate = (dropConnectRate * index) / blocks.length;
    x = invertedResidual(net, x, name, { ...stage, strides, size, channels, dropRate });
    size = Math.ceil(size / strides);
    channels = stage.filters;
  }

  x = net.add(conv2d(widened(1280), 1, { padding: "same", useBias: false, kernelInitializer }), x, "top_conv");
  return normalizeAndActivate(net, x, "top_bn", "top_activation");
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
  x = squeezeAndExcite(net, x, `${name}_`, { channels: wide, squeezed, kernelInitializer });

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
