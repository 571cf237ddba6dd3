// InceptionV3 (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016) as keras.applications
// builds it. It is the network of Kermany et al. (2018), whose radiographs the study uses.
import type { ModelGraph } from "../model-graph.js";
import { refuseAlpha } from "./alpha.js";
import { GraphBuilder } from "./graph-builder.js";
import {
  activation,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv2d,
  input,
  maxPooling2d,
  type WindowSize,
} from "./keras-layers.js";
import { predictions, withPooledHead } from "./pooled-head.js";
import {
  type BuildOptions,
  headOnly,
  kerasApplications,
  symmetricScaling,
  unitScaling,
  type ZooEntry,
} from "./zoo-entry.js";

export const inceptionV3Entry: ZooEntry = {
  id: "inceptionv3",
  aliases: ["inception", "inception-v3"],
  title: "InceptionV3",
  description: "Branches of several kernel sizes; the network of those who published the radiographs.",
  input: { imageSize: 299, channels: 3 },
  scaling: { study: unitScaling, sound: symmetricScaling },
  classes: ["NORMAL", "PNEUMONIA"],
  licence: "Apache-2.0",
  origin: "Szegedy et al., arXiv 1512.00567, as in keras.applications",
  study: null,
  firstHeadLayer: predictions,
  pretrained: {
    title: "ImageNet",
    url: `${kerasApplications}/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    checksum: { algorithm: "md5", hex: "bcbd6486424b2319ff4ef7d526e38f63" },
    licence: "Apache-2.0",
  },
  transfer: headOnly,
  gradCamLayer: "mixed10",
  build: (options) => inceptionV3(options),
};

/** A convolution of a branch: filters, kernel, and "valid" at stride 2 where the block halves height and width. */
type Step = readonly [filters: number, kernelSize: WindowSize, halves?: "halves"];

const wide: WindowSize = [1, 7];
const high: WindowSize = [7, 1];

/** Filters inside the 7x7 branches of mixed4 to mixed7. */
const sevens = [128, 160, 160, 192] as const;

/** @throws AppError OPTION_INVALID for an `alpha` */
function inceptionV3(options: BuildOptions = {}): ModelGraph {
  refuseAlpha("InceptionV3", options);
  const { imageSize = 299 } = options;
  const net = new GraphBuilder();
  const convolve = (
    x: string,
    [filters, kernelSize]: Step,
    { strides = 1, padding = "same" }: Pick<NonNullable<Parameters<typeof conv2d>[2]>, "strides" | "padding"> = {},
  ): string => {
    const convolved = net.add(conv2d(filters, kernelSize, { strides, padding, useBias: false }), x);
    return net.add(activation("relu"), net.add(batchNormalization({ scale: false }), convolved));
  };
  const branch = (inputs: string, steps: readonly Step[]): string =>
    steps.reduce((x, step) => convolve(x, step, step[2] ? { strides: 2, padding: "valid" } : {}), inputs);
  const pooledBranch = (inputs: string, filters: number): string =>
    convolve(net.add(averagePooling2d(3, { strides: 1, padding: "same" }), inputs), [filters, 1]);
  const halved = (inputs: string): string => net.add(maxPooling2d(3, { strides: 2 }), inputs);
  /** A branch that ends in a wide and a high convolution side by side; only the first of them is named. */
  const forked = (inputs: string, steps: readonly Step[], name?: string): string => {
    const x = branch(inputs, steps);
    return net.add(concatenate, [convolve(x, [384, [1, 3]]), convolve(x, [384, [3, 1]])], name);
  };

  let x = net.add(input(imageSize), []);
  x = convolve(x, [32, 3], { strides: 2, padding: "valid" });
  x = convolve(x, [32, 3], { padding: "valid" });
  x = halved(convolve(x, [64, 3]));
  x = convolve(x, [80, 1], { padding: "valid" });
  x = halved(convolve(x, [192, 3], { padding: "valid" }));

  for (const [block, pooled] of [32, 64, 64].entries()) {
    const one = branch(x, [[64, 1]]);
    const five = branch(x, [
      [48, 1],
      [64, 5],
    ]);
    const three = branch(x, [
      [64, 1],
      [96, 3],
      [96, 3],
    ]);
    x = net.add(concatenate, [one, five, three, pooledBranch(x, pooled)], `mixed${block}`);
  }
  const straight = branch(x, [[384, 3, "halves"]]);
  const twice = branch(x, [
    [64, 1],
    [96, 3],
    [96, 3, "halves"],
  ]);
  x = net.add(concatenate, [straight, twice, halved(x)], "mixed3");

  for (const [index, inside] of sevens.entries()) {
    const one = branch(x, [[192, 1]]);
    const seven = branch(x, [
      [inside, 1],
      [inside, wide],
      [192, high],
    ]);
    const twice = branch(x, [
      [inside, 1],
      [inside, high],
      [inside, wide],
      [inside, high],
      [192, wide],
    ]);
    x = net.add(concatenate, [one, seven, twice, pooledBranch(x, 192)], `mixed${index + 4}`);
  }
  const short = branch(x, [
    [192, 1],
    [320, 3, "halves"],
  ]);
  const long = branch(x, [
    [192, 1],
    [192, wide],
    [192, high],
    [192, 3, "halves"],
  ]);
  x = net.add(concatenate, [short, long, halved(x)], "mixed8");

  for (const index of [0, 1]) {
    const one = branch(x, [[320, 1]]);
    const three = forked(x, [[384, 1]], `mixed9_${index}`);
    const twice = forked(x, [
      [448, 1],
      [384, 3],
    ]);
    x = net.add(concatenate, [one, three, twice, pooledBranch(x, 192)], `mixed${index + 9}`);
  }
  return withPooledHead(net, x, "inception_v3");
}
