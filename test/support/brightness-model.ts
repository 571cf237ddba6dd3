// A model whose score can be worked out by hand, as the saved file that commands take: its logit is twice the mean
// brightness (0 to 1) in each of three channels, minus 3. And flat images to show it.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import sharp from "sharp";
import { writeKerasModel } from "../../src/interchange/keras-h5/write-keras-model.js";
import type { ModelGraph } from "../../src/model/model-graph.js";
import type { StoredContract } from "../../src/model/stored-contract.js";
import { randomWeights } from "../../src/model/weights-origin.js";
import { unitScaling } from "../../src/model/zoo/zoo-entry.js";

export const brightnessModelSize = 32;

/** P(pneumonia) of a flat image of this grey value, 0..255. */
export function brightnessScore(gray: number): number {
  return 1 / (1 + Math.exp(3 - (6 * gray) / 255));
}

export interface BrightnessModelOptions {
  /** The contract's threshold; null writes a file without a contract, as Keras does. */
  readonly threshold: number | null;
  readonly bias?: number;
  readonly activation?: "sigmoid" | "linear" | "tanh";
}

export async function writeBrightnessModel(path: string, options: BrightnessModelOptions): Promise<void> {
  const { threshold, bias = -3, activation = "sigmoid" } = options;
  const size = brightnessModelSize;
  const graph: ModelGraph = {
    name: "brightness",
    nodes: [
      { className: "InputLayer", config: { shape: [size, size, 3] }, name: "input", inputs: [], trainable: true },
      {
        className: "GlobalAveragePooling2D",
        config: { keepdims: false },
        name: "mean",
        inputs: ["input"],
        trainable: true,
      },
      {
        className: "Dense",
        config: { units: 1, activation, useBias: true },
        name: "score",
        inputs: ["mean"],
        trainable: true,
      },
    ],
    output: "score",
  };
  const score = new Map([
    ["kernel", { shape: [3, 1], data: Float32Array.of(2, 2, 2) }],
    ["bias", { shape: [1], data: Float32Array.of(bias) }],
  ]);
  const own = threshold === null ? {} : { json: { contract: contractOf(threshold) } };
  await writeKerasModel(path, graph, new Map([["score", score]]), own);
}

function contractOf(threshold: number): StoredContract {
  return {
    version: 1,
    model: "custom",
    title: "Brightness",
    protocol: "sound",
    weights: randomWeights,
    imageSize: brightnessModelSize,
    interpolation: "linear",
    scaling: unitScaling,
    classes: ["NORMAL", "PNEUMONIA"],
    threshold: { value: threshold, policy: "youden", chosenOn: "validation" },
    trainedOn: { dataset: "flat", images: 2, sha256: "" },
  };
}

/** Writes a flat image, JPEG or PNG by the path's ending; folders above are made. */
export async function writeFlatImage(path: string, gray: number, side = 40): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const background = { r: gray, g: gray, b: gray };
  const image = sharp({ create: { width: side, height: side, channels: 3, background } });
  await (/\.jpe?g$/i.test(path) ? image.jpeg({ quality: 100 }) : image.png()).toFile(path);
}
