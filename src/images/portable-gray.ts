// JPEG and PNG bytes to an 8-bit grey image where there is no Node. The browser's own decoders are not used: they differ
// from browser to browser, and some add noise to what a canvas gives back. The twin that this must equal pixel by pixel
// and refusal by refusal is decode-gray.ts. Not for DICOM.
import { crc32 } from "./crc32.js";
import type { GrayImage } from "./gray-image.js";
import { defaultImageLimits, type ImageLimits } from "./image-limits.js";
import type { JpegFile } from "./jpeg-file.js";
import { jpegGray } from "./jpeg-gray.js";
import { type RewrittenJpeg, rewriteJpeg } from "./jpeg-rewrite.js";
import { openPicture } from "./open-picture.js";
import { damaged } from "./picture-errors.js";
import { decodePng } from "./png-decode.js";
import { turnUpright } from "./turn-upright.js";

/** 8-bit pixels, [height, width, 4]. */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface JpegPixels extends RgbaPixels {
  /** libjpeg's first warning about the data, in its words. */
  readonly warning: string | undefined;
}

/** Decodes a whole JPEG as stored, with RGB for YCbCr. Throws whatever it likes on damaged bytes. */
export type JpegCodec = (bytes: Uint8Array) => Promise<JpegPixels>;

export interface PortableDecodeOptions {
  /** Asked for when the first JPEG comes. */
  readonly jpegCodec: () => Promise<JpegCodec>;
  /** Bounds to use in place of the defaults. */
  readonly limits?: Partial<ImageLimits>;
  /** What errors call the image. */
  readonly name: string;
}

/**
 * Decodes as `decodeGray` does.
 * @throws AppError IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TOO_COSTLY; whatever `jpegCodec` throws
 */
export async function decodeGrayPortable(bytes: Uint8Array, options: PortableDecodeOptions): Promise<GrayImage> {
  const { name } = options;
  const limits: ImageLimits = { ...defaultImageLimits, ...options.limits };
  const { file } = openPicture(bytes, { name, limits, crc32 });
  if (file.format === "jpeg") return await decodeJpeg(file, await options.jpegCodec(), name);
  const { width, height, orientation } = file;
  return turnUpright({ width, height, data: decodePng(file, name) }, orientation);
}

/**
 * Unlike libvips, libjpeg's own interface tells of the last row as well, so the row that has no data is only asked for
 * where bytes remained, to see what they are.
 */
async function decodeJpeg(file: JpegFile, codec: JpegCodec, name: string): Promise<GrayImage> {
  const exact = rewriteJpeg(file, { extraRow: false });
  const pixels = await decoded(codec, exact, name);
  if (pixels.warning === undefined) return jpegGray({ data: pixels.data, step: 4 }, exact, file, name);
  if (!file.hasOneScan || !bytesBeforeEnd.test(pixels.warning)) throw damaged(name, "its pixels cannot be decoded");
  const taller = rewriteJpeg(file, { extraRow: true });
  const { data } = await decoded(codec, taller, name);
  return jpegGray({ data, step: 4 }, taller, file, name);
}

/** Nothing can follow this one: libjpeg gives it when all rows are done. */
const bytesBeforeEnd = /extraneous bytes before marker 0xd9$/;

async function decoded(codec: JpegCodec, rewritten: RewrittenJpeg, name: string): Promise<JpegPixels> {
  let pixels: JpegPixels;
  try {
    pixels = await codec(rewritten.bytes);
  } catch (thrown) {
    throw damaged(name, "its pixels cannot be decoded", thrown);
  }
  const { width, height } = pixels;
  if (width !== rewritten.storedWidth || height !== rewritten.storedHeight) {
    throw damaged(name, "its pixels cannot be decoded");
  }
  return pixels;
}
