// The one way into a JPEG or PNG file for both decoders, decode-gray.ts and portable-gray.ts: what is refused, and with
// which words, is settled here, before a pixel is decoded.
import { AppError } from "../core/errors.js";
import { checkFileSize, checkSides, type ImageLimits } from "./image-limits.js";
import { type JpegFile, readJpegFile } from "./jpeg-file.js";
import { type PngFile, readPngFile } from "./png-file.js";
import { rasterFormat } from "./raster-header.js";

export interface OpenOptions {
  /** What errors call the image. */
  readonly name: string;
  readonly limits: ImageLimits;
  readonly crc32: (bytes: Uint8Array) => number;
}

/** @throws AppError IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL */
export function openPicture(bytes: Uint8Array, { name, limits, crc32 }: OpenOptions): JpegFile | PngFile {
  checkFileSize(bytes.length, name, limits);
  switch (rasterFormat(bytes)) {
    case "jpeg": {
      const file = readJpegFile(bytes, name);
      checkSides(file.frame, name, limits);
      return file;
    }
    case "png": {
      const file = readPngFile(bytes, name, crc32);
      checkSides(file, name, limits);
      return file;
    }
    default: {
      const received = bytes.length === 0 ? "an empty file" : `${bytes.length} bytes that begin like neither`;
      throw new AppError("IMAGE_UNREADABLE", {
        place: name,
        rule: "must be a JPEG or PNG image",
        received,
        remedy: "Remove the file or replace it by the image",
      });
    }
  }
}
