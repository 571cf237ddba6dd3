// JPEG and PNG bytes to an 8-bit grey image, equal to `cv2.imread(path, IMREAD_GRAYSCALE)`, which the study reads with.
// libvips decodes (the browser's twin is portable-gray.ts); what it must not decide is settled before: jpeg-rewrite.ts and
// png-file.ts hand it files without profiles, orientation and stray bytes. Not for DICOM.
import { crc32 } from "node:zlib";
import sharp from "sharp";
import type { GrayImage } from "./gray-image.js";
import { readImageFile } from "./image-file.js";
import { defaultImageLimits, type ImageLimits } from "./image-limits.js";
import type { JpegFile } from "./jpeg-file.js";
import { jpegGray } from "./jpeg-gray.js";
import { rewriteJpeg } from "./jpeg-rewrite.js";
import { openPicture } from "./open-picture.js";
import { damaged } from "./picture-errors.js";
import { decodePng } from "./png-decode.js";
import type { PngFile } from "./png-file.js";
import { pngGray } from "./png-gray.js";
import { turnUpright } from "./turn-upright.js";

export interface DecodeOptions {
  /** Bounds to use in place of the defaults. */
  readonly limits?: Partial<ImageLimits>;
  /** What errors call the image when bytes are given; default "image". */
  readonly name?: string;
}

/**
 * Decodes a JPEG or PNG file (a path) or its bytes to 8-bit grey, upright.
 *
 * Colour: of a JPEG its luma as stored; of a PNG ITU-R BT.601 weights, in linear light where the file has gAMA or sRGB.
 * 16-bit samples keep their high byte, transparency is dropped, EXIF orientation is applied: each as OpenCV does it.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL
 */
export async function decodeGray(source: string | Uint8Array, options: DecodeOptions = {}): Promise<GrayImage> {
  const limits: ImageLimits = { ...defaultImageLimits, ...options.limits };
  const name = typeof source === "string" ? source : (options.name ?? "image");
  const bytes = typeof source === "string" ? await readImageFile(source, limits) : source;
  const file = openPicture(bytes, { name, limits, crc32 });
  return file.format === "jpeg" ? await decodeJpeg(file, name) : await decodePngFile(file, name);
}

/** Bytes, never a path: libvips remembers opened paths and would miss that a file has changed. Sides are checked. */
const sharpOptions = { limitInputPixels: false, ignoreIcc: true } as const;

async function decodeJpeg(file: JpegFile, name: string): Promise<GrayImage> {
  const rewritten = rewriteJpeg(file, { extraRow: true });
  const image = sharp(rewritten.bytes, { ...sharpOptions, failOn: "warning" });
  const decoded = async () => {
    const planes = image.toColourspace(file.colour === "grey" ? "b-w" : "srgb");
    const wanted = file.colour === "ycc" ? planes.extractChannel(0) : planes;
    return await wanted.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  };
  const { data, info } = await decoded().catch((thrown: unknown) => {
    // libvips keeps one list of errors for all threads: its words may belong to another image.
    throw damaged(name, "its pixels cannot be decoded", thrown);
  });
  return jpegGray({ data, step: info.channels }, rewritten, file, name);
}

/** libvips gives 16-bit colour only after its own conversion, and a verdict only in words: both are left to our own. */
async function decodePngFile(file: PngFile, name: string): Promise<GrayImage> {
  const { width, height, bitDepth, colourType, orientation } = file;
  const isWideColour = bitDepth === 16 && (colourType & 2) !== 0;
  const { samples, channels } = (isWideColour ? undefined : await libvipsPng(file)) ?? decodePng(file, name);
  return turnUpright({ width, height, data: pngGray(samples, channels, file) }, orientation);
}

async function libvipsPng({ essence, bitDepth, colourType }: PngFile) {
  const image = sharp(Buffer.concat(essence), { ...sharpOptions, failOn: "error" });
  const isEightBitGrey = bitDepth <= 8 && (colourType === 0 || colourType === 4);
  const wanted = image.toColourspace(isEightBitGrey ? "b-w" : "srgb").raw({ depth: "uchar" });
  try {
    const { data, info } = await wanted.toBuffer({ resolveWithObject: true });
    const isGrey = (colourType & 2) === 0;
    return { samples: isGrey ? firstChannel(data, info.channels) : data, channels: isGrey ? 1 : info.channels };
  } catch {
    return undefined;
  }
}

function firstChannel(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return data;
  const result = new Uint8Array(data.length / channels);
  for (let i = 0, at = 0; i < result.length; i++, at += channels) result[i] = data[at] as number;
  return result;
}
