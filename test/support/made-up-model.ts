// A model that neither the study nor the registry knows, as somebody else would write it: one entry, one small network.
import { refuseAlpha } from "../../src/model/zoo/alpha.js";
import { GraphBuilder } from "../../src/model/zoo/graph-builder.js";
import { batchNormalization, conv2d, dense, globalAveragePooling2d, input } from "../../src/model/zoo/keras-layers.js";
import { unitScaling, type ZooEntry } from "../../src/model/zoo/zoo-entry.js";

const recipe = { weights: "random", trainable: { kind: "all" } } as const;

export const madeUpModel: ZooEntry = {
  id: "made-up",
  aliases: ["invented"],
  title: "Made-up network",
  description: "Two convolutions and a mean, from a test.",
  input: { imageSize: 64, channels: 3 },
  scaling: { study: unitScaling, sound: unitScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "0BSD",
  origin: "Made up by a test",
  study: null,
  firstHeadLayer: null,
  pretrained: null,
  transfer: { study: recipe, sound: recipe },
  gradCamLayer: "conv2d_1",
  build: (options = {}) => {
    refuseAlpha("the made-up network", options);
    const { imageSize = 64 } = options;
    const net = new GraphBuilder();
    const image = net.add(input(imageSize), []);
    const edges = net.add(conv2d(4, 3, { strides: 4, activation: "relu" }), image);
    const shapes = net.add(conv2d(6, 3, { strides: 2, activation: "relu" }), net.add(batchNormalization(), edges));
    const mean = net.add(globalAveragePooling2d, shapes);
    net.add(dense(1, "sigmoid"), mean);
    return net.build("made_up");
  },
};
