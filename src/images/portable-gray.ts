// JPEG and PNG bytes to an 8-bit grey image where there is no Node: WebAssembly builds of mozjpeg and of Rust's png.
// The browser's own decoders are not used: they differ from browser to browser, and some add noise to what a canvas
// gives back. The twin that this must equal pixel by pixel is decode-gray.ts. Not for DICOM.
import { AppError } from "../core/errors.js";
import type { GrayImage } from "./gray-image.js";
import { checkFileSize, checkSides, defaultImageLimits, type ImageLimits } from "./image-limits.js";
import { luma } from "./luma.js";
import { type RasterHeader, rasterFormat, readRasterHeader } from "./raster-header.js";
import { turnUpright } from "./turn-upright.js";

/** 8-bit pixels, [height, width, 4]; 16-bit samples already cut to their high byte. */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** Decoders of whole files, as stored (not turned upright). They throw whatever they like on damaged bytes. */
export interface RasterCodecs {
  jpeg(bytes: Uint8Array): Promise<RgbaPixels>;
  png(bytes: Uint8Array): Promise<RgbaPixels>;
}

export interface PortableDecodeOptions {
  readonly codecs: RasterCodecs;
  /** Bounds to use in place of the defaults. */
  readonly limits?: Partial<ImageLimits>;
  /** What errors call the image. */
  readonly name: string;
}

/**
 * Decodes as `decodeGray` does.
 * @throws AppError IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL
 */
export async function decodeGrayPortable(bytes: Uint8Array, options: PortableDecodeOptions): Promise<GrayImage> {
  const { codecs, name } = options;
  const limits: ImageLimits = { ...defaultImageLimits, ...options.limits };
  const header = checkedHeader(bytes, name, limits);
  let pixels: RgbaPixels;
  try {
    pixels = await codecs[header.format](bytes);
  } catch (thrown) {
    throw damaged(name, "its pixels cannot be decoded", thrown);
  }
  if (pixels.width !== header.width || pixels.height !== header.height) {
    throw damaged(
      name,
      `the header says ${header.width}x${header.height}, the pixels ${pixels.width}x${pixels.height}`,
    );
  }
  const data = luma(pixels.data, 4, header.format);
  return turnUpright({ width: pixels.width, height: pixels.height, data }, header.orientation);
}

function checkedHeader(bytes: Uint8Array, name: string, limits: ImageLimits): RasterHeader {
  checkFileSize(bytes.length, name, limits);
  if (rasterFormat(bytes) === undefined) {
    const received = bytes.length === 0 ? "an empty file" : `${bytes.length} bytes that begin like neither`;
    throw new AppError(
      "IMAGE_UNREADABLE",
      `${name}: must be a JPEG or PNG image. Received ${received}. Remove the file or replace it by the image.`,
    );
  }
  const header = readRasterHeader(bytes);
  if (header === undefined) throw damaged(name, "its header cannot be read");
  checkSides(header, name, limits);
  if (header.format === "jpeg" && header.components !== 1 && header.components !== 3) {
    throw new AppError(
      "IMAGE_UNREADABLE",
      `${name}: must be a grey or RGB image. Received ${header.components} colour components. Save it as grey JPEG or PNG.`,
    );
  }
  if (!header.isWhole) {
    throw new AppError("IMAGE_TRUNCATED", `${name}: the image is cut short. Copy or download the file again.`);
  }
  return header;
}

function damaged(name: string, reason: string, cause?: unknown): AppError {
  const message = `${name}: the image is damaged (${reason}). Copy or download the file again.`;
  return new AppError("IMAGE_UNREADABLE", message, { cause });
}
