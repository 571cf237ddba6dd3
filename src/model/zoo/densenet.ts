// DenseNet (Huang et al., 2017) as keras.applications builds it, in three sizes with the study's head; and CheXNet (Rajpurkar
// et al., 2017), the smallest of them with the fourteen findings of ChestX-ray14 below one more dense layer.
import type { ModelGraph } from "../model-graph.js";
import { refuseAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import {
  activation,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv2d,
  dense,
  globalAveragePooling2d,
  input,
  maxPooling2d,
  zeroPadding2d,
} from "./keras-layers.js";
import { withPooledHead } from "./pooled-head.js";
import {
  type BuildOptions,
  headOnly,
  imageNetScaling,
  kerasApplications,
  type PretrainedSource,
  unitScaling,
  type ZooEntry,
} from "./zoo-entry.js";

interface Size {
  readonly title: string;
  readonly layersOfBlocks: readonly [number, number, number, number];
}

const sizes = {
  densenet121: { title: "DenseNet121", layersOfBlocks: [6, 12, 24, 16] },
  densenet169: { title: "DenseNet169", layersOfBlocks: [6, 12, 32, 32] },
  densenet201: { title: "DenseNet201", layersOfBlocks: [6, 12, 48, 32] },
} as const satisfies Readonly<Record<string, Size>>;

export const denseNet121Entry: ZooEntry = {
  id: "densenet121",
  aliases: ["densenet", "densenet-121"],
  title: "DenseNet121",
  description: "Every layer reads all before it; ImageNet features, pooled, below one sigmoid.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: unitScaling, sound: imageNetScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "BSD-3-Clause",
  origin: "Huang et al., arXiv 1608.06993, as in keras.applications; head of the study (its Figure 24)",
  study: {
    accuracy: 0.8782,
    pneumonia: { precision: 0.94, recall: 0.86, f1: 0.9 },
    normal: { precision: 0.8, recall: 0.91, f1: 0.85 },
    trainable: 167_169,
    nonTrainable: 6_871_360,
    total: 7_038_529,
  },
  firstHeadLayer: "predictions",
  pretrained: imageNetWeights("densenet121", "30ee3e1110167f948a6b9946edeeb738"),
  transfer: {
    // The study's listing asks for `weights=None` and freezes all but the last ten layers: random features.
    study: { weights: "random", trainable: { kind: "last", layers: 10 } },
    sound: { weights: "pretrained", trainable: { kind: "last", layers: 10 } },
  },
  gradCamLayer: "relu",
  build: (options) => denseNet(sizes.densenet121, options),
};

export const denseNet169Entry = largerEntry(
  { id: "densenet169", aliases: ["densenet-169"], title: "DenseNet169" },
  "b8c4d4c20dd625c148057b9ff1c1176b",
);

export const denseNet201Entry = largerEntry(
  { id: "densenet201", aliases: ["densenet-201"], title: "DenseNet201" },
  "c13680b51ded0fb44dff2d8f86ac8bb1",
);

interface LargerSize extends Pick<ZooEntry, "aliases" | "title"> {
  readonly id: "densenet169" | "densenet201";
}

function largerEntry({ id, aliases, title }: LargerSize, md5: string): ZooEntry {
  return {
    ...denseNet121Entry,
    id,
    aliases,
    title,
    description: "DenseNet121 with more layers in its later blocks.",
    origin: "Huang et al., arXiv 1608.06993, as in keras.applications; head of DenseNet121",
    study: null,
    pretrained: imageNetWeights(id, md5),
    transfer: headOnly,
    build: (options) => denseNet(sizes[id], options),
  };
}

function imageNetWeights(id: string, md5: string): PretrainedSource {
  return {
    title: "ImageNet",
    url: `${kerasApplications}/densenet/${id}_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    checksum: { algorithm: "md5", hex: md5 },
    licence: "BSD-3-Clause",
  };
}

export const cheXNetEntry: ZooEntry = {
  id: "chexnet",
  aliases: ["chexnet-densenet121"],
  title: "CheXNet",
  description: "DenseNet121 that learned fourteen findings from ChestX-ray14, below one sigmoid.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: unitScaling, sound: imageNetScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "MIT",
  origin: "Rajpurkar et al., arXiv 1711.05225; heads of the study (its Figure 25)",
  study: {
    accuracy: 0.891,
    pneumonia: { precision: 0.96, recall: 0.86, f1: 0.91 },
    normal: { precision: 0.81, recall: 0.94, f1: 0.87 },
    trainable: 180_509,
    nonTrainable: 6_871_360,
    total: 7_051_869,
  },
  firstHeadLayer: "dense",
  pretrained: {
    title: "ChestX-ray14 (CheXNet)",
    url: "https://raw.githubusercontent.com/armiro/COVID-CXNet/3ade488b/checkpoints/CheXNet/CheXNet_v0.3.0.h5",
    checksum: { algorithm: "git-blob", hex: "4b43966d072ba751da5ba3921dd728ab4964a7bb" },
    licence: "MIT",
    otherNames: { output: "predictions" },
  },
  transfer: {
    study: { weights: "pretrained", trainable: { kind: "last", layers: 10 } },
    sound: { weights: "pretrained", trainable: { kind: "last", layers: 10 } },
  },
  gradCamLayer: "bn",
  build: (options) => cheXNet(options),
};

/** Average pooled, below one sigmoid. @throws AppError OPTION_INVALID for an `alpha` */
function denseNet({ title, layersOfBlocks }: Size, options: BuildOptions = {}): ModelGraph {
  refuseAlpha(title, options);
  const net = new GraphBuilder();
  const features = net.add(activation("relu"), denseFeatures(net, layersOfBlocks, options), "relu");
  return withPooledHead(net, features, title.toLowerCase());
}

/**
 * The published weights are older than the ReLU that Keras put after DenseNet's last normalization in 2018: the sound
 * protocol leaves it out, so that the features are those the fourteen outputs were trained on. The study has it.
 * @throws AppError OPTION_INVALID for an `alpha`
 */
export function cheXNet(options: BuildOptions = {}): ModelGraph {
  refuseAlpha("CheXNet", options);
  const net = new GraphBuilder();
  let x = denseFeatures(net, sizes.densenet121.layersOfBlocks, options);
  if (options.protocol === "study") x = net.add(activation("relu"), x, "relu");
  x = net.add(globalAveragePooling2d, x, "avg_pool");
  x = net.add(dense(chestXray14Findings.length, "sigmoid"), x, "output");
  net.add(dense(1, "sigmoid"), x);
  return net.build("chexnet");
}

/** What CheXNet's layer `output` says, in the order of its units. */
export const chestXray14Findings = [
  "Atelectasis",
  "Cardiomegaly",
  "Effusion",
  "Infiltration",
  "Mass",
  "Nodule",
  "Pneumonia",
  "Pneumothorax",
  "Consolidation",
  "Edema",
  "Emphysema",
  "Fibrosis",
  "Pleural_Thickening",
  "Hernia",
] as const;

const growthRate = 32;
const epsilon = 1.001e-5;

/** Everything up to the last normalization: [h / 32, w / 32, 1024] of DenseNet121. */
function denseFeatures(
  net: GraphBuilder,
  layersOfBlocks: Size["layersOfBlocks"],
  { imageSize = 224 }: BuildOptions,
): string {
  const normalizeAndActivate = (x: string, bn: string, relu: string): string =>
    net.add(activation("relu"), net.add(batchNormalization({ epsilon }), x, bn), relu);

  let x = net.add(input(imageSize), []);
  x = net.add(zeroPadding2d(3), x);
  x = net.add(conv2d(64, 7, { strides: 2, useBias: false }), x, "conv1_conv");
  x = normalizeAndActivate(x, "conv1_bn", "conv1_relu");
  x = net.add(zeroPadding2d(1), x);
  x = net.add(maxPooling2d(3, { strides: 2 }), x, "pool1");
  let channels = 64;
  for (const [index, layers] of layersOfBlocks.entries()) {
    const stage = index + 2;
    for (let layer = 1; layer <= layers; layer++) {
      const name = `conv${stage}_block${layer}`;
      let grown = normalizeAndActivate(x, `${name}_0_bn`, `${name}_0_relu`);
      grown = net.add(conv2d(4 * growthRate, 1, { useBias: false }), grown, `${name}_1_conv`);
      grown = normalizeAndActivate(grown, `${name}_1_bn`, `${name}_1_relu`);
      grown = net.add(conv2d(growthRate, 3, { padding: "same", useBias: false }), grown, `${name}_2_conv`);
      x = net.add(concatenate, [x, grown], `${name}_concat`);
    }
    channels += layers * growthRate;
    if (index === layersOfBlocks.length - 1) break;
    channels /= 2;
    x = normalizeAndActivate(x, `pool${stage}_bn`, `pool${stage}_relu`);
    x = net.add(conv2d(channels, 1, { useBias: false }), x, `pool${stage}_conv`);
    x = net.add(averagePooling2d(2), x, `pool${stage}_pool`);
  }
  return net.add(batchNormalization({ epsilon }), x, "bn");
}
