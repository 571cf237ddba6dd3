// The one way into a JPEG or PNG file for both decoders, decode-gray.ts and portable-gray.ts: what is refused, and with
// which words, is settled here, before a pixel is decoded.
import { checkCost, checkRatio, type DecodeCost, decodeCost } from "./decode-cost.js";
import { imageFormats } from "./formats.js";
import { formatOf } from "./image-kind.js";
import { checkFileSize, checkSides, type ImageLimits } from "./image-limits.js";
import { type JpegFile, readJpegFile } from "./jpeg-file.js";
import { type PngFile, readPngFile } from "./png-file.js";

export interface OpenOptions {
  /** What errors call the image. */
  readonly name: string;
  readonly limits: ImageLimits;
  readonly crc32: (bytes: Uint8Array) => number;
}

export interface OpenPicture {
  readonly file: JpegFile | PngFile;
  readonly cost: DecodeCost;
}

/** @throws AppError IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TOO_COSTLY */
export function openPicture(bytes: Uint8Array, { name, limits, crc32 }: OpenOptions): OpenPicture {
  checkFileSize(bytes.length, name, limits);
  const format = formatOf(bytes, name, pictureFormats);
  const file = format.name === "jpeg" ? readJpegFile(bytes, name) : readPngFile(bytes, name, crc32);
  checkSides(file.format === "jpeg" ? file.frame : file, name, limits);
  checkRatio(file, bytes.length, name);
  const cost = decodeCost(file, bytes.length);
  checkCost(cost, name, limits);
  return { file, cost };
}

const pictureFormats = imageFormats.filter(({ name }) => name === "jpeg" || name === "png");
