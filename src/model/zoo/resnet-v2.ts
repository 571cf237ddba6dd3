// ResNetV2 (He et al., "Identity Mappings in Deep Residual Networks", 2016) as keras.applications builds it, in three
// sizes with the study's head (its Figure 27). The study has the largest.
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
import {
  type BuildOptions,
  headOnly,
  kerasApplications,
  type PretrainedSource,
  symmetricScaling,
  unitScaling,
  type ZooEntry,
} from "./zoo-entry.js";

interface Size {
  readonly title: string;
  /** Of the four stacks, conv2 to conv5. */
  readonly blocksOfStacks: readonly [number, number, number, number];
}

const sizes = {
  resnet50v2: { title: "ResNet50V2", blocksOfStacks: [3, 4, 6, 3] },
  resnet101v2: { title: "ResNet101V2", blocksOfStacks: [3, 4, 23, 3] },
  resnet152v2: { title: "ResNet152V2", blocksOfStacks: [3, 8, 36, 3] },
} as const satisfies Readonly<Record<string, Size>>;

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
  pretrained: imageNetWeights("resnet152v2", "ed17cf2e0169df9d443503ef94b23b33"),
  transfer: {
    study: { weights: "pretrained", trainable: { kind: "last", layers: 5 } },
    sound: { weights: "pretrained", trainable: { kind: "last", layers: 5 } },
  },
  gradCamLayer: "post_relu",
  build: (options) => resNetV2(sizes.resnet152v2, options),
};

export const resNet50V2Entry = smallerEntry(
  { id: "resnet50v2", aliases: ["resnet50", "resnet-50-v2"], title: "ResNet50V2" },
  "fac2f116257151a9d068a22e544a4917",
);

export const resNet101V2Entry = smallerEntry(
  { id: "resnet101v2", aliases: ["resnet101", "resnet-101-v2"], title: "ResNet101V2" },
  "c0ed64b8031c3730f411d2eb4eea35b5",
);

interface SmallerSize extends Pick<ZooEntry, "aliases" | "title"> {
  readonly id: "resnet50v2" | "resnet101v2";
}

function smallerEntry({ id, aliases, title }: SmallerSize, md5: string): ZooEntry {
  return {
    ...resNet152V2Entry,
    id,
    aliases,
    title,
    description: "ResNet152V2 with fewer blocks, below the same head.",
    origin: "He et al., arXiv 1603.05027, as in keras.applications; head of ResNet152V2",
    study: null,
    pretrained: imageNetWeights(id, md5),
    transfer: headOnly,
    build: (options) => resNetV2(sizes[id], options),
  };
}

function imageNetWeights(id: string, md5: string): PretrainedSource {
  return {
    title: "ImageNet",
    url: `${kerasApplications}/resnet/${id}_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    checksum: { algorithm: "md5", hex: md5 },
    licence: "Apache-2.0",
  };
}

const filtersOfStacks = [64, 128, 256, 512] as const;
const epsilon = 1.001e-5;

/** @throws AppError OPTION_INVALID for an `alpha` */
function resNetV2({ title, blocksOfStacks }: Size, options: BuildOptions = {}): ModelGraph {
  refuseAlpha(title, options);
  const { imageSize = 224 } = options;
  const net = new GraphBuilder();
  let x = net.add(input(imageSize), []);
  x = net.add(zeroPadding2d(3), x, "conv1_pad");
  x = net.add(conv2d(64, 7, { strides: 2 }), x, "conv1_conv");
  x = net.add(zeroPadding2d(1), x, "pool1_pad");
  x = net.add(maxPooling2d(3, { strides: 2 }), x, "pool1_pool");
  for (const [index, blocks] of blocksOfStacks.entries()) {
    const filters = filtersOfStacks[index] as number;
    for (let block = 1; block <= blocks; block++) {
      // The last block of a stack halves height and width; the last stack has nothing left to halve for.
      const strides = block === blocks && index < blocksOfStacks.length - 1 ? 2 : 1;
      x = residualBlock(net, x, `conv${index + 2}_block${block}`, { filters, strides, isFirst: block === 1 });
    }
  }
  x = normalizeAndActivate(net, x, "post");
  x = net.add(globalAveragePooling2d, x);
  x = net.add(dense(1024, "relu"), x);
  net.add(dense(1, "sigmoid"), x);
  return net.build(title.toLowerCase());
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
  return net.add(activation("relu"), net.add(batchNormalization({ epsilon }), x, `${name}_bn`), `${name}_relu`);
}
