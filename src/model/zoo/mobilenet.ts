// MobileNet (Howard et al., "MobileNets", 2017) as keras.applications builds it, with the study's head (its Figure 26).
import type { ModelGraph } from "../model-graph.js";
import { checkedAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import {
  batchNormalization,
  conv2d,
  dense,
  depthwiseConv2d,
  globalAveragePooling2d,
  input,
  relu6,
  zeroPadding2d,
} from "./keras-layers.js";
import { type BuildOptions, symmetricScaling, unitScaling, type ZooEntry } from "./zoo-entry.js";

export const mobileNetEntry: ZooEntry = {
  id: "mobilenet",
  aliases: ["mobilenet-v1", "mobilenetv1"],
  title: "MobileNet",
  description: "Small and fast; ImageNet features below a dense layer of 1024. The study's best.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: unitScaling, sound: symmetricScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "Apache-2.0",
  origin: "Howard et al., arXiv 1704.04861, as in keras.applications; head of the study (its Figure 26)",
  study: {
    accuracy: 0.9278,
    pneumonia: { precision: 0.94, recall: 0.94, f1: 0.94 },
    normal: { precision: 0.9, recall: 0.91, f1: 0.9 },
    trainable: 1_052_673,
    nonTrainable: 3_226_816,
    total: 4_279_489,
  },
  firstHeadLayer: "global_average_pooling2d",
  pretrained: {
    title: "ImageNet",
    url: "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/mobilenet_1_0_224_tf_no_top.h5",
    checksum: null,
    licence: "Apache-2.0",
  },
  transfer: {
    study: { weights: "pretrained", trainable: { kind: "last", layers: 5 } },
    sound: { weights: "pretrained", trainable: { kind: "last", layers: 5 } },
  },
  gradCamLayer: "conv_pw_13_relu",
  build: (options) => mobileNet(options),
};

/** Filters and stride of the thirteen separable convolutions. */
const blocks = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/** @throws AppError OPTION_INVALID for an `alpha` outside 0.1 to 2 */
export function mobileNet(options: BuildOptions = {}): ModelGraph {
  const { imageSize = 224 } = options;
  const alpha = checkedAlpha(options, "0.25, 0.5, 0.75 and 1");
  const net = new GraphBuilder();
  const normalizeAndActivate = (x: string, name: string): string =>
    net.add(relu6, net.add(batchNormalization(), x, `${name}_bn`), `${name}_relu`);

  let x = net.add(input(imageSize), []);
  x = net.add(conv2d(Math.floor(32 * alpha), 3, { strides: 2, padding: "same", useBias: false }), x, "conv1");
  x = normalizeAndActivate(x, "conv1");
  for (const [index, [filters, strides]] of blocks.entries()) {
    const block = index + 1;
    if (strides === 2) x = net.add(zeroPadding2d(0, 1), x, `conv_pad_${block}`);
    const padding = strides === 2 ? "valid" : "same";
    x = net.add(depthwiseConv2d(3, { strides, padding, useBias: false }), x, `conv_dw_${block}`);
    x = normalizeAndActivate(x, `conv_dw_${block}`);
    x = net.add(conv2d(Math.floor(filters * alpha), 1, { padding: "same", useBias: false }), x, `conv_pw_${block}`);
    x = normalizeAndActivate(x, `conv_pw_${block}`);
  }
  x = net.add(globalAveragePooling2d, x);
  x = net.add(dense(1024, "relu"), x);
  net.add(dense(1, "sigmoid"), x);
  return net.build(`mobilenet_${alpha.toFixed(2)}_${imageSize}`);
}
