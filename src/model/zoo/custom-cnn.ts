// The study's own network (its Figures 28 and 29): five blocks of convolution, normalization and pooling, then three
// dense layers. Layer names are those a Keras 2 Sequential gives in a fresh session.
import type { LayerSpec } from "../layers.js";
import type { LayerNode, ModelGraph } from "../model-graph.js";
import { type BuildOptions, unitScaling, type ZooEntry } from "./zoo-entry.js";

export const customCnnEntry: ZooEntry = {
  id: "custom",
  aliases: ["custom-cnn", "customcnn", "cnn"],
  title: "Custom CNN",
  description: "The study's own five-block network, trained from scratch; no pretrained weights.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: unitScaling, sound: unitScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "Apache-2.0",
  origin: "Architecture of the study (its Figures 28 and 29); weights drawn at random, Glorot uniform",
  study: {
    accuracy: 0.9215,
    pneumonia: { precision: 0.92, recall: 0.96, f1: 0.94 },
    normal: { precision: 0.93, recall: 0.86, f1: 0.89 },
    trainable: 979_329,
    nonTrainable: 960,
    total: 980_289,
  },
  firstHeadLayer: null,
  pretrained: null,
  transfer: {
    study: { weights: "random", trainable: { kind: "all" } },
    sound: { weights: "random", trainable: { kind: "all" } },
  },
  gradCamLayer: "conv2d_4",
  build: (options) => customCnn(options),
};

const filtersOfBlocks = [32, 64, 64, 64, 128] as const;

/**
 * Inputs of at least 16 x 16 pixels, or the last pooling has nothing left.
 * 979,329 trainable and 960 other parameters at 224 pixels, as the study prints. Its listing lacks the normalization
 * after the first dense layer, without which the count would be 979,777: the printed summary decides.
 */
export function customCnn(options: BuildOptions = {}): ModelGraph {
  const { imageSize = 224 } = options;
  const layers: LayerSpec[] = [];
  for (const [block, filters] of filtersOfBlocks.entries()) {
    const isOuter = block === 0 || block === filtersOfBlocks.length - 1;
    layers.push(
      {
        className: "Conv2D",
        config: { filters, kernelSize: [3, 3], strides: [1, 1], padding: "same", activation: "relu", useBias: true },
      },
      batchNormalization,
      {
        className: "MaxPooling2D",
        config: { poolSize: [2, 2], strides: [2, 2], padding: isOuter ? "same" : "valid" },
      },
    );
  }
  layers.push(
    { className: "Flatten", config: {} },
    { className: "Dense", config: { units: 128, activation: "relu", useBias: true } },
    batchNormalization,
    { className: "Dense", config: { units: 64, activation: "relu", useBias: true } },
    { className: "Dense", config: { units: 1, activation: "sigmoid", useBias: true } },
  );
  return sequential(
    { className: "InputLayer", config: { shape: [imageSize, imageSize, 3] } },
    layers,
    new Map([
      ["Conv2D", "conv2d"],
      ["BatchNormalization", "batch_normalization"],
      ["MaxPooling2D", "max_pooling2d"],
      ["Flatten", "flatten"],
      ["Dense", "dense"],
    ]),
  );
}

const batchNormalization: LayerSpec = {
  className: "BatchNormalization",
  config: { momentum: 0.99, epsilon: 1e-3, center: true, scale: true },
};

/** Chains the layers and names them as Keras does: `conv2d`, `conv2d_1`, …; the input is `conv2d_input`. */
function sequential(input: LayerSpec, layers: readonly LayerSpec[], stems: ReadonlyMap<string, string>): ModelGraph {
  const firstStem = stems.get(layers[0]?.className ?? "");
  const nodes: LayerNode[] = [{ ...input, name: `${firstStem}_input`, inputs: [], trainable: true }];
  const used = new Map<string, number>();
  let previous = `${firstStem}_input`;
  for (const layer of layers) {
    const stem = stems.get(layer.className) ?? layer.className;
    const count = used.get(stem) ?? 0;
    used.set(stem, count + 1);
    const name = count === 0 ? stem : `${stem}_${count}`;
    nodes.push({ ...layer, name, inputs: [previous], trainable: true });
    previous = name;
  }
  return { name: "sequential", kind: "Sequential", nodes, output: previous };
}
