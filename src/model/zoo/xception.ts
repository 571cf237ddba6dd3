// Xception (Chollet, "Deep Learning with Depthwise Separable Convolutions", 2017) as keras.applications builds it.
import type { ModelGraph } from "../model-graph.js";
import { refuseAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import { activation, add, batchNormalization, conv2d, input, maxPooling2d, separableConv2d } from "./keras-layers.js";
import { predictions, withPooledHead } from "./pooled-head.js";
import {
  type BuildOptions,
  headOnly,
  kerasApplications,
  symmetricScaling,
  unitScaling,
  type ZooEntry,
} from "./zoo-entry.js";

export const xceptionEntry: ZooEntry = {
  id: "xception",
  aliases: [],
  title: "Xception",
  description: "Separable convolutions throughout, with shortcuts.",
  input: { imageSize: 299, channels: 3 },
  scaling: { study: unitScaling, sound: symmetricScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "Apache-2.0",
  origin: "Chollet, arXiv 1610.02357, as in keras.applications",
  study: null,
  firstHeadLayer: predictions,
  pretrained: {
    title: "ImageNet",
    url: `${kerasApplications}/xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    checksum: { algorithm: "md5", hex: "b0042744bf5b25fce3cb969f33bebb97" },
    licence: "Apache-2.0",
  },
  transfer: headOnly,
  gradCamLayer: "block14_sepconv2_act",
  build: (options) => xception(options),
};

/** Filters of the two convolutions of the blocks that halve height and width. */
const entryBlocks = [
  [128, 128],
  [256, 256],
  [728, 728],
] as const;
const exitBlock = [728, 1024] as const;

/** @throws AppError OPTION_INVALID for an `alpha` */
function xception(options: BuildOptions = {}): ModelGraph {
  refuseAlpha("Xception", options);
  const { imageSize = 299 } = options;
  const net = new GraphBuilder();
  const separable = (x: string, filters: number, name: string): string => {
    const convolved = net.add(separableConv2d(filters, 3, { padding: "same", useBias: false }), x, name);
    return net.add(batchNormalization(), convolved, `${name}_bn`);
  };
  const relu = (x: string, name: string): string => net.add(activation("relu"), x, `${name}_act`);

  /** Convolution, normalization, pooling beside a 1x1 convolution. The first block comes activated. */
  const halving = (inputs: string, filters: readonly [number, number], block: number): string => {
    let residual = net.add(conv2d(filters[1], 1, { strides: 2, padding: "same", useBias: false }), inputs);
    residual = net.add(batchNormalization(), residual);
    let x = block === 2 ? inputs : relu(inputs, `block${block}_sepconv1`);
    x = separable(x, filters[0], `block${block}_sepconv1`);
    x = separable(relu(x, `block${block}_sepconv2`), filters[1], `block${block}_sepconv2`);
    x = net.add(maxPooling2d(3, { strides: 2, padding: "same" }), x, `block${block}_pool`);
    return net.add(add, [x, residual]);
  };

  let x = net.add(input(imageSize), []);
  for (const [name, filters, strides] of [
    ["block1_conv1", 32, 2],
    ["block1_conv2", 64, 1],
  ] as const) {
    x = net.add(conv2d(filters, 3, { strides, useBias: false }), x, name);
    x = relu(net.add(batchNormalization(), x, `${name}_bn`), name);
  }
  for (const [index, filters] of entryBlocks.entries()) x = halving(x, filters, index + 2);
  for (let block = 5; block <= 12; block++) {
    const residual = x;
    for (const step of [1, 2, 3]) {
      const name = `block${block}_sepconv${step}`;
      x = separable(relu(x, name), 728, name);
    }
    x = net.add(add, [x, residual]);
  }
  x = halving(x, exitBlock, 13);
  x = relu(separable(x, 1536, "block14_sepconv1"), "block14_sepconv1");
  x = relu(separable(x, 2048, "block14_sepconv2"), "block14_sepconv2");
  return withPooledHead(net, x, "xception");
}
