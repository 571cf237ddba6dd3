// Detail that is lost: out of focus, in a smaller file, to JPEG.
import sharp from "sharp";
import { decodeGray } from "../decode-gray.js";
import { encodeJpeg } from "../encode.js";
import type { GrayImage } from "../gray-image.js";
import { resizeArea } from "../resize.js";
import { type Corruption, commonCorruptions, referenceSide } from "./corruption.js";

const shorterSide = ({ width, height }: GrayImage): number => Math.min(width, height);

/** By a Gaussian. @param sigma its standard deviation in pixels */
export async function blurred({ width, height, data }: GrayImage, sigma: number): Promise<GrayImage> {
  const image = sharp(data, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
  // By itself libvips cuts the bell off at a fifth of its height, and with it a fifth of its standard deviation; sharp takes no sigma below 0.3;
  // whole numbers would change the brightness by up to three levels.
  const soft = image.blur({ sigma: Math.max(0.3, sigma), minAmplitude: 0.01, precision: "float" });
  return { width, height, data: new Uint8Array(await soft.raw().toBuffer()) };
}

export const blur: Corruption = {
  title: "blur",
  unit: `standard deviation, where the shorter side has ${referenceSide} pixels`,
  text: (amount) => `${amount} px`,
  amounts: [0.6, 1, 2],
  source: commonCorruptions,
  apply: async (image, amount) => await blurred(image, (amount * shorterSide(image)) / referenceSide),
};

/** A file of fewer pixels. One that has no more already stays as it is. */
export const fewerPixels: Corruption = {
  title: "fewer pixels",
  unit: "pixels of the shorter side",
  text: (amount) => `${Math.round(amount * referenceSide)} px`,
  amounts: [0.6, 0.4, 0.25],
  source: commonCorruptions,
  apply: (image, amount) => {
    const share = (amount * referenceSide) / shorterSide(image);
    if (share >= 1) return image;
    const side = (length: number) => Math.max(1, Math.round(length * share));
    return resizeArea(image, side(image.width), side(image.height));
  },
};

export const jpeg: Corruption = {
  title: "JPEG",
  unit: "quality, as libjpeg counts it",
  text: String,
  amounts: [50, 25, 10],
  source: commonCorruptions,
  apply: async (image, amount) => await decodeGray(await encodeJpeg(image, amount), { name: "its JPEG" }),
};
