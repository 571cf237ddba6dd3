// ConvNeXt-Tiny (Liu et al., "A ConvNet for the 2020s", 2022) as keras.applications builds it, normalization of the pixels
// included; its stem and the steps between its stages, which Keras keeps as models inside the model, stand in one list here.
import type { LayerSpec } from "../layers.js";
import type { ModelGraph } from "../model-graph.js";
import { refuseAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import { activation, add, conv2d, dense, globalAveragePooling2d, input, layerNormalization } from "./keras-layers.js";
import { predictions, withPrediction } from "./pooled-head.js";
import {
  type BuildOptions,
  headOnly,
  imageNetDeviation,
  imageNetMean,
  kerasApplications,
  ownScaling,
  type ZooEntry,
} from "./zoo-entry.js";

export const convNeXtTinyEntry: ZooEntry = {
  id: "convnexttiny",
  aliases: ["convnext", "convnext-tiny"],
  title: "ConvNeXtTiny",
  description: "A convolutional network with the habits of transformers.",
  input: { imageSize: 224, channels: 3 },
  scaling: { study: ownScaling, sound: ownScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "MIT",
  origin: "Liu et al., arXiv 2201.03545, as in keras.applications",
  study: null,
  firstHeadLayer: predictions,
  pretrained: {
    title: "ImageNet",
    url: `${kerasApplications}/convnext/convnext_tiny_notop.h5`,
    checksum: { algorithm: "sha256", hex: "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1" },
    licence: "MIT",
  },
  transfer: headOnly,
  gradCamLayer: "add_17",
  build: (options) => convNeXtTiny(options),
};

const name = "convnext_tiny";
/** Channels and blocks of the four stages. */
const stages = [
  [96, 3],
  [192, 3],
  [384, 9],
  [768, 3],
] as const;
const normalization = layerNormalization(1e-6);

/** @throws AppError OPTION_INVALID for an `alpha` */
function convNeXtTiny(options: BuildOptions = {}): ModelGraph {
  refuseAlpha("ConvNeXtTiny", options);
  const { imageSize = 224 } = options;
  const net = new GraphBuilder();
  let x = net.add(input(imageSize), []);
  x = net.add(normalizedPixels, x, `${name}_prestem_normalization`);
  for (const [stage, [channels, blocks]] of stages.entries()) {
    if (stage === 0) {
      x = net.add(conv2d(channels, 4, { strides: 4 }), x, `${name}_stem_conv`);
      x = net.add(normalization, x, `${name}_stem_layernorm`);
    } else {
      x = net.add(normalization, x, `${name}_downsampling_layernorm_${stage - 1}`);
      x = net.add(conv2d(channels, 2, { strides: 2 }), x, `${name}_downsampling_conv_${stage - 1}`);
    }
    for (let block = 0; block < blocks; block++)
      x = residual(net, x, channels, `${name}_stage_${stage}_block_${block}`);
  }
  x = net.add(globalAveragePooling2d, x);
  return withPrediction(net, net.add(normalization, x), name);
}

/** Grey values 0..255 by ImageNet's mean and deviation. */
const normalizedPixels: LayerSpec = {
  className: "Normalization",
  config: {
    mean: imageNetMean.map((mean) => mean * 255),
    variance: imageNetDeviation.map((deviation) => (deviation * 255) ** 2),
  },
};

/** Convolve per channel, then widen and narrow at each position; what is added to the input starts small. */
function residual(net: GraphBuilder, inputs: string, channels: number, block: string): string {
  let x = net.add(conv2d(channels, 7, { padding: "same", groups: channels }), inputs, `${block}_depthwise_conv`);
  x = net.add(normalization, x, `${block}_layernorm`);
  x = net.add(activation("gelu"), net.add(dense(4 * channels), x, `${block}_pointwise_conv_1`), `${block}_gelu`);
  x = net.add(dense(channels), x, `${block}_pointwise_conv_2`);
  const scale: LayerSpec = { className: "LayerScale", config: { initValues: 1e-6, projectionDim: channels } };
  x = net.add(scale, x, `${block}_layer_scale`);
  x = net.add(activation("linear"), x, `${block}_identity`);
  return net.add(add, [inputs, x]);
}
