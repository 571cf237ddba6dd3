// ResNet152V2 (He et al., "Identity Mappings in Deep Residual Networks", 2016) as keras.applications builds it, with
// the study's head (its Figure 27).
import type { ModelGraph } from "../model-graph.js";
import { refuseAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import {
  activation,
  add,
  batchNormalization,
  conv2d,
  dense,
  globalAveragePooling2d,
  input,
  maxPooling2d,
  zeroPadding2d,
} from "./keras-layers.js";
import { type BuildOptions, symmetricScaling, unitScaling, type ZooEntry } from "./zoo-entry.js";

export const resNet152V2Entry: ZooEntry = {
  id: "resnet152v2",
  aliases: ["resnet", "resnet152", "resnet-152-v2"],
  title: "ResNet152V2",
  description: "The largest; ImageNet features below a dense layer of 1024. Slow without a GPU.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: unitScaling, sound: symmetricScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "Apache-2.0",
  origin: "He et al., arXiv 1603.05027, as in keras.applications; head of the study (its Figure 27)",
  study: {
    accuracy: 0.9054,
    pneumonia: { precision: 0.94, recall: 0.91, f1: 0.92 },
    normal: { precision: 0.86, recall: 0.9, f1: 0.88 },
    trainable: 2_103_297,
    nonTrainable: 58_327_552,
    total: 60_430_849,
  },
  firstHeadLayer: "global_average_pooling2d",
  pretrained: {
    title: "ImageNet",
    url: "https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet152v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    checksum: { algorithm: "md5", hex: "ed17cf2e0169df9d443503ef94b23b33" },
    licence: "Apache-2.0",
  },
  transfer: {
    study: { weights: "pretrained", trainable: { kind: "last", layers: 5 } },
    sound: { weights: "pretrained", trainable: { kind: "last", layers: 5 } },
  },
  gradCamLayer: "post_relu",
  build: (options) => resNet152V2(options),
};

/** Filters and blocks of the four stacks, conv2 to conv5. */
const stacks = [
  [64, 3],
  [128, 8],
  [256, 36],
  [512, 3],
] as const;
const epsilon = 1.001e-5;

/** @throws AppError OPTION_INVALID for an `alpha` */
export function resNet152V2(options: BuildOptions = {}): ModelGraph {
  refuseAlpha("ResNet152V2", options);
  const { imageSize = 224 } = options;
  const net = new GraphBuilder();
  let x = net.add(input(imageSize), []);
  x = net.add(zeroPadding2d(3), x, "conv1_pad");
  x = net.add(conv2d(64, 7, { strides: 2 }), x, "conv1_conv");
  x = net.add(zeroPadding2d(1), x, "pool1_pad");
  x = net.add(maxPooling2d(3, { strides: 2 }), x, "pool1_pool");
  for (const [index, [filters, blocks]] of stacks.entries()) {
    for (let block = 1; block <= blocks; block++) {
      // The last block of a stack halves height and width; the last stack has nothing left to halve for.
      const strides = block === blocks && index < stacks.length - 1 ? 2 : 1;
      x = residualBlock(net, x, `conv${index + 2}_block${block}`, { filters, strides, isFirst: block === 1 });
    }
  }
  x = normalizeAndActivate(net, x, "post");
  x = net.add(globalAveragePooling2d, x);
  x = net.add(dense(1024, "relu"), x);
  net.add(dense(1, "sigmoid"), x);
  return net.build("resnet152v2");
}

interface BlockOptions {
  readonly filters: number;
  readonly strides: 1 | 2;
  /** The first block of a stack widens the shortcut to its own channels. */
  readonly isFirst: boolean;
}

/** Normalization and activation come before each convolution; the sum stays as it is. */
function residualBlock(
  net: GraphBuilder,
  x: string,
  name: string,
  { filters, strides, isFirst }: BlockOptions,
): string {
  const preactivated = normalizeAndActivate(net, x, `${name}_preact`);
  let shortcut = x;
  if (isFirst) shortcut = net.add(conv2d(4 * filters, 1, { strides }), preactivated, `${name}_0_conv`);
  else if (strides === 2) shortcut = net.add(maxPooling2d(1, { strides }), x);
  let y = net.add(conv2d(filters, 1, { useBias: false }), preactivated, `${name}_1_conv`);
  y = normalizeAndActivate(net, y, `${name}_1`);
  y = net.add(zeroPadding2d(1), y, `${name}_2_pad`);
  y = net.add(conv2d(filters, 3, { strides, useBias: false }), y, `${name}_2_conv`);
  y = normalizeAndActivate(net, y, `${name}_2`);
  y = net.add(conv2d(4 * filters, 1), y, `${name}_3_conv`);
  return net.add(add, [shortcut, y], `${name}_out`);
}

function normalizeAndActivate(net: GraphBuilder, x: string, name: string): string {
  return net.add(activation("relu"), net.add(batchNormalization(epsilon), x, `${name}_bn`), `${name}_relu`);
}
