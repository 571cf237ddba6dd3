// Gaussian noise, each pixel by itself.
import { Random } from "../../core/random.js";
import type { GrayImage } from "../gray-image.js";
import { type Corruption, commonCorruptions, percentText } from "./corruption.js";

/** Rows begin anywhere in one list of draws: a million draws for each image would take longer than all the rest. */
const drawn = 2 ** 18;
let draws: Float32Array | undefined;

export function noisy(image: GrayImage, deviation: number, random: Random): GrayImage {
  if (draws === undefined) {
    const stream = Random.of("draws of noise");
    draws = Float32Array.from({ length: drawn }, () => stream.normal());
  }
  const { width, height } = image;
  const data = new Uint8ClampedArray(image.data.length); // rounds and cuts
  for (let y = 0; y < height; y++) {
    const start = random.integer(drawn);
    for (let x = 0, at = y * width; x < width; x++, at++) {
      data[at] = (image.data[at] as number) + 255 * deviation * (draws[(start + x) & (drawn - 1)] as number);
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

export const noise: Corruption = {
  title: "noise",
  unit: "standard deviation, of the range of grey levels",
  text: percentText,
  amounts: [0.04, 0.08, 0.12],
  source: commonCorruptions,
  apply: noisy,
};
