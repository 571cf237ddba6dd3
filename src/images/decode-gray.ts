// JPEG and PNG bytes to an 8-bit grey image, equal to `cv2.imread(path, IMREAD_GRAYSCALE)`, which the study reads with.
// libvips decodes what it decodes row by row, where it can be stopped, and small files of other kinds; the rest goes to a
// thread that can be ended, with the decoders of the browser's twin, portable-gray.ts. What libvips must not decide is
// settled before: jpeg-rewrite.ts and png-file.ts hand it files without profiles, orientation and stray bytes. Not for DICOM.
import { crc32 } from "node:zlib";
import sharp, { type OutputInfo } from "sharp";
import { Budget } from "../core/budget.js";
import { type DecodeCost, isQuick, isTooMuchWork, isWideColour, maxHeldBytes } from "./decode-cost.js";
import type { DecodeThreads } from "./decode-thread/pool.js";
import { sharedThreads } from "./decode-thread/shared-threads.js";
import type { GrayImage } from "./gray-image.js";
import { readImageFile } from "./image-file.js";
import { defaultImageLimits, type ImageLimits } from "./image-limits.js";
import type { JpegFile } from "./jpeg-file.js";
import { jpegGray } from "./jpeg-gray.js";
import { rewriteJpeg } from "./jpeg-rewrite.js";
import { spentFault, stopAfter } from "./libvips-limits.js";
import { openPicture } from "./open-picture.js";
import { damaged } from "./picture-errors.js";
import type { PngFile } from "./png-file.js";
import { pngGray } from "./png-gray.js";
import { turnUpright } from "./turn-upright.js";

// libvips keeps what it made in case the same file comes again. From bytes it never knows them again, so that would only
// hold 50 MB of other people's radiographs.
sharp.cache(false);

export interface DecodeOptions {
  /** Bounds to use in place of the defaults. */
  readonly limits?: Partial<ImageLimits>;
  /** What errors call the image when bytes are given; default "image". */
  readonly name?: string;
  /** Where files are decoded that libvips could not be stopped at; by default the threads that the whole process shares. */
  readonly threads?: DecodeThreads;
  /** Gives up an image that waits or is decoded in a thread when it aborts; libvips ends what it has begun. */
  readonly signal?: AbortSignal | undefined;
}

/** What all images that are decoded at a time may hold: a hundred usual radiographs, or one of the largest. */
const memory = new Budget(maxHeldBytes(defaultImageLimits));

/**
 * Decodes a JPEG or PNG file (a path) or its bytes to 8-bit grey, upright.
 *
 * Colour: of a JPEG its luma as stored; of a PNG ITU-R BT.601 weights, in linear light where the file has gAMA or sRGB.
 * 16-bit samples keep their high byte, transparency is dropped, EXIF orientation is applied: each as OpenCV does it.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL,
 * IMAGE_TOO_COSTLY; the signal's reason
 */
export async function decodeGray(source: string | Uint8Array, options: DecodeOptions = {}): Promise<GrayImage> {
  const limits: ImageLimits = { ...defaultImageLimits, ...options.limits };
  const name = typeof source === "string" ? source : (options.name ?? "image");
  const bytes = typeof source === "string" ? await readImageFile(source, limits) : source;
  const { file, cost } = openPicture(bytes, { name, limits, crc32 });
  const inThread = async (): Promise<GrayImage> => {
    const threads = options.threads ?? sharedThreads();
    return (await threads.decode({ format: file.format, bytes, name, limits }, options.signal)).image;
  };
  return await memory.run(cost.heldBytes, async () => {
    options.signal?.throwIfAborted();
    if (!isForLibvips(file, cost)) return await inThread();
    if (file.format === "jpeg") return await libvipsJpeg(file, name);
    const image = await libvipsPng(file, name);
    if (image !== undefined) return image;
    if (isTooMuchWork(cost, limits)) throw damaged(name, "its pixels cannot be decoded");
    return await inThread();
  });
}

function isForLibvips(file: JpegFile | PngFile, cost: DecodeCost): boolean {
  if (file.format === "png" && isWideColour(file)) return false;
  return cost.isByRows || isQuick(cost);
}

/** Bytes, never a path: libvips remembers opened paths and would miss that a file has changed. Sides are checked. */
const sharpOptions = { limitInputPixels: false, ignoreIcc: true } as const;
async function libvipsJpeg(file: JpegFile, name: string): Promise<GrayImage> {
  const rewritten = rewriteJpeg(file, { extraRow: true });
  const image = sharp(rewritten.bytes, { ...sharpOptions, failOn: "warning" }).timeout(stopAfter);
  const planes = image.toColourspace(file.colour === "grey" ? "b-w" : "srgb");
  const wanted = file.colour === "ycc" ? planes.extractChannel(0) : planes;
  const decoded = wanted.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  const { data, info } = await decoded.catch((thrown: unknown) => {
    // libvips keeps one list of errors for all threads: its words may belong to another image.
    throw spentFault(name, thrown) ?? damaged(name, "its pixels cannot be decoded", thrown);
  });
  return jpegGray({ data, step: info.channels }, rewritten, file, name);
}

/** Undefined where libvips refuses the file: its verdict is only in words, so that of our own decoder is asked for. */
async function libvipsPng(file: PngFile, name: string): Promise<GrayImage | undefined> {
  const { width, height, essence, bitDepth, colourType, orientation } = file;
  const image = sharp(Buffer.concat(essence), { ...sharpOptions, failOn: "error" }).timeout(stopAfter);
  const isEightBitGrey = bitDepth <= 8 && (colourType === 0 || colourType === 4);
  const wanted = image.toColourspace(isEightBitGrey ? "b-w" : "srgb").raw({ depth: "uchar" });
  let decoded: { readonly data: Buffer; readonly info: OutputInfo };
  try {
    decoded = await wanted.toBuffer({ resolveWithObject: true });
  } catch (thrown) {
    const fault = spentFault(name, thrown);
    if (fault !== undefined) throw fault;
    return undefined;
  }
  const { data, info } = decoded;
  const isGrey = (colourType & 2) === 0;
  const samples = isGrey ? firstChannel(data, info.channels) : data;
  const pixels = pngGray(samples, isGrey ? 1 : info.channels, file);
  return turnUpright({ width, height, data: pixels }, orientation);
}

function firstChannel(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return data;
  const result = new Uint8Array(data.length / channels);
  for (let i = 0, at = 0; i < result.length; i++, at += channels) result[i] = data[at] as number;
  return result;
}
