// JPEG and PNG bytes to an 8-bit grey image, equal to `cv2.imread(path, IMREAD_GRAYSCALE)`, which the study reads with.
// sharp's own `greyscale()` goes through linear light and is up to 61 levels away on coloured pixels, so the stored
// RGB values are taken (embedded colour profiles ignored, as OpenCV does) and weighted here. Not for DICOM.
import sharp, { type Metadata } from "sharp";
import { AppError } from "../core/errors.js";
import type { GrayImage } from "./gray-image.js";
import { readImageFile } from "./image-file.js";
import { checkSides, defaultImageLimits, type ImageLimits } from "./image-limits.js";
import { luma } from "./luma.js";
import { type RasterHeader, rasterFormat } from "./raster-header.js";

/** Raise when decoded pixels change for the same file: caches of decoded images carry it in their key. */
export const decoderVersion = 1;

export interface DecodeOptions {
  /** Bounds to use in place of the defaults. */
  readonly limits?: Partial<ImageLimits>;
  /** What errors call the image when bytes are given; default "image". */
  readonly name?: string;
}

type Format = RasterHeader["format"];

/**
 * Decodes a JPEG or PNG file (a path) or its bytes to 8-bit grey, upright.
 *
 * Colour: JPEG by ITU-R BT.601 luma, rounded; PNG by the same weights in libpng's 15-bit fixed point, truncated.
 * 16-bit samples keep their high byte, transparency is dropped, EXIF orientation is applied: each as OpenCV does it.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL
 */
export async function decodeGray(source: string | Uint8Array, options: DecodeOptions = {}): Promise<GrayImage> {
  const limits: ImageLimits = { ...defaultImageLimits, ...options.limits };
  const place = typeof source === "string" ? source : (options.name ?? "image");
  const bytes = typeof source === "string" ? await readImageFile(source, limits) : source;
  const format = formatOf(bytes, place);
  // Bytes, never a path: libvips remembers opened paths and would miss that a file has changed.
  const input = { failOn: "error", limitInputPixels: limits.maxPixels, ignoreIcc: true } as const;
  const damaged = { place, isCutShort: !hasEnd(bytes, format) };
  const header = await attempt(damaged, () => sharp(bytes, { ...input, limitInputPixels: false }).metadata());
  checkHeader(header, format, place, limits);
  const isEightBitGrey = header.channels <= 2 && header.depth === "uchar" && header.space === "b-w";
  const upright = sharp(bytes, input).autoOrient();
  const { data, info } = await attempt(damaged, () =>
    (isEightBitGrey ? upright.toColourspace("b-w") : upright.toColourspace("srgb"))
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true }),
  );
  const pixels = header.channels <= 2 ? firstChannel(data, info.channels) : luma(data, info.channels, format);
  return { width: info.width, height: info.height, data: pixels };
}

/** By the first bytes, not the name, so that no other of libvips' many readers ever sees the file. */
function formatOf(bytes: Uint8Array, place: string): Format {
  const format = rasterFormat(bytes);
  if (format !== undefined) return format;
  const received = bytes.length === 0 ? "an empty file" : `${bytes.length} bytes that begin like neither`;
  throw new AppError(
    "IMAGE_UNREADABLE",
    `${place}: must be a JPEG or PNG image. Received ${received}. Remove the file or replace it by the image.`,
  );
}

function checkHeader(header: Metadata, format: Format, place: string, limits: ImageLimits): void {
  checkSides(header, place, limits);
  if (header.format !== format || header.space === "cmyk") {
    throw new AppError(
      "IMAGE_UNREADABLE",
      `${place}: must be a grey or RGB image. Received ${header.format} in ${header.space}. Save it as grey JPEG or PNG.`,
    );
  }
}

/** Whether the mark at the end of every whole image is there; viewers, and we, accept some bytes after it. */
function hasEnd(bytes: Uint8Array, format: Format): boolean {
  const mark = format === "jpeg" ? Buffer.of(0xff, 0xd9) : Buffer.from("IEND", "latin1");
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(-4096);
  return tail.includes(mark);
}

/**
 * libvips keeps one list of errors for all threads, so while several images are decoded its words may belong to another
 * one or be gone: neither code nor message hangs on them.
 */
async function attempt<T>(
  { place, isCutShort }: { readonly place: string; readonly isCutShort: boolean },
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw new AppError(
      isCutShort ? "IMAGE_TRUNCATED" : "IMAGE_UNREADABLE",
      `${place}: ${isCutShort ? "the image is cut short" : "the image is damaged"}. Copy or download the file again.`,
      { cause: thrown },
    );
  }
}

function firstChannel(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return data;
  const result = new Uint8Array(data.length / channels);
  for (let i = 0, at = 0; i < result.length; i++, at += channels) result[i] = data[at] as number;
  return result;
}
