// The study's own network (its Figures 28 and 29): five blocks of convolution, normalization and pooling, then three
// dense layers. Layer names are those a Keras 2 Sequential gives in a fresh session.
import type { LayerSpec } from "../layers.js";
import type { ModelGraph } from "../model-graph.js";
import { refuseAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import { batchNormalization, conv2d, dense, input, maxPooling2d } from "./keras-layers.js";
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
 * @throws AppError OPTION_INVALID for an `alpha`
 */
export function customCnn(options: BuildOptions = {}): ModelGraph {
  refuseAlpha("the custom CNN", options);
  const { imageSize = 224 } = options;
  const net = new GraphBuilder();
  let x = net.add(input(imageSize), [], "conv2d_input");
  const add = (layer: LayerSpec): void => {
    x = net.add(layer, x);
  };
  for (const [block, filters] of filtersOfBlocks.entries()) {
    const isOuter = block === 0 || block === filtersOfBlocks.length - 1;
    add(conv2d(filters, 3, { padding: "same", activation: "relu" }));
    add(batchNormalization());
    add(maxPooling2d(2, { padding: isOuter ? "same" : "valid" }));
  }
  add({ className: "Flatten", config: {} });
  add(dense(128, "relu"));
  add(batchNormalization());
  add(dense(64, "relu"));
  add(dense(1, "sigmoid"));
  return net.build("sequential", "Sequential");
}
