// Images to PNG or JPEG bytes, for reports, overlays, phantoms and tests. No metadata is written.
import sharp, { type Sharp } from "sharp";
import type { ColourImage } from "./colour-image.js";
import type { GrayImage } from "./gray-image.js";

/** Lossless 8-bit grey PNG. */
export async function encodePng(image: GrayImage): Promise<Uint8Array> {
  return await gray(image).png({ compressionLevel: 6 }).toBuffer();
}

/** Baseline grey JPEG; `quality` 1..100. */
export async function encodeJpeg(image: GrayImage, quality = 90): Promise<Uint8Array> {
  return await gray(image).jpeg({ quality }).toBuffer();
}

function gray(image: GrayImage): Sharp {
  const { width, height } = image;
  return sharp(image.data, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
}

/** Lossless 8-bit RGB PNG. */
export async function encodeColourPng({ width, height, data }: ColourImage): Promise<Uint8Array> {
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6 })
    .toBuffer();
}
