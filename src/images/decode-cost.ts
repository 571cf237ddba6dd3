// What decoding a JPEG or PNG file takes at most, reckoned from its headers before a pixel is decoded: memory, work, and
// whether its decoder can be stopped on the way. For Node and browsers; docs/limits.md has the limits in words.
import { type ImageLimits, maxScans } from "./image-limits.js";
import type { JpegFile } from "./jpeg-file.js";
import { damaged, tooCostly } from "./picture-errors.js";
import { pngDataSize } from "./png-decode.js";
import type { PngFile } from "./png-file.js";

export interface DecodeCost {
  /** Bytes held at the same time: the file and its copies, coefficients, decoded samples, the grey image. */
  readonly heldBytes: number;
  /**
   * What the decoder does beside giving out rows. One unit is one sample visited in one scan of a JPEG: 3 to 4 ns by the
   * decoder in WebAssembly, half of that by libvips. A compressed byte counts 8 (25 ns), an inflated one 6 (15 to 25 ns).
   */
  readonly work: number;
  /**
   * Whether libvips decodes it row by row: then it can be told to stop between two. What has several scans or passes is
   * decoded by a single call, which nobody can end; 16-bit colour by code of our own.
   */
  readonly isByRows: boolean;
}

/** For each pixel allowed, so many bytes may be held and so much work done: 800 MB and 3 to 4 s by default. */
const [heldBytesPerPixel, workPerPixel] = [8, 10];

/** The memory that decoding one image may take, in bytes. */
export const maxHeldBytes = ({ maxPixels }: Pick<ImageLimits, "maxPixels">): number => heldBytesPerPixel * maxPixels;

/** Below this (a third of a second), what cannot be stopped need not be: 3 megapixels of a usual progressive colour JPEG. */
const quickWork = 100_000_000;
export const isQuick = ({ work }: DecodeCost): boolean => work <= quickWork;

/** Whether a file whose decoder cannot be stopped between rows asks for more work than any may. */
export const isTooMuchWork = ({ work }: DecodeCost, { maxPixels }: ImageLimits): boolean =>
  work > workPerPixel * maxPixels;

/** @param fileBytes the size of the whole file */
export function decodeCost(file: JpegFile | PngFile, fileBytes: number): DecodeCost {
  return file.format === "jpeg" ? jpegCost(file, fileBytes) : pngCost(file, fileBytes);
}

function jpegCost({ frame, blocks, blockVisits, colour, hasOneScan }: JpegFile, fileBytes: number): DecodeCost {
  const pixels = frame.width * frame.height;
  const work = 64 * blockVisits + 8 * fileBytes;
  // By rows: the file and its rewritten twin, what libvips gives (RGB or one channel), its luma, the blocks in order.
  if (hasOneScan) {
    return { heldBytes: 2 * fileBytes + (colour === "rgb" ? 5 : 2) * pixels, work, isByRows: true };
  }
  // The file three times (our own, the thread's, the codec's); 16-bit coefficients; RGBA twice, in and out of the codec.
  return { heldBytes: 3 * fileBytes + 2 * 64 * blocks + 9 * pixels, work, isByRows: false };
}

function pngCost(file: PngFile, fileBytes: number): DecodeCost {
  const { width, height, bitDepth, colourType, isInterlaced } = file;
  const [pixels, inflated] = [width * height, pngDataSize(file)];
  const work = 8 * fileBytes + 6 * inflated;
  // By rows: what libvips gives (four channels at most), the grey image, and its copy where it is turned.
  if (!isInterlaced && !isWideColour({ bitDepth, colourType })) {
    return { heldBytes: 2 * fileBytes + 6 * pixels, work, isByRows: true };
  }
  return { heldBytes: 3 * fileBytes + inflated + 2 * pixels, work, isByRows: false };
}

/** 16-bit colour: libvips gives it only after a conversion of its own. */
export const isWideColour = ({ bitDepth, colourType }: Pick<PngFile, "bitDepth" | "colourType">): boolean =>
  bitDepth === 16 && (colourType & 2) !== 0;

/** Block of 64 pixels to a bit: the first scan sends a bit for each block at least (T.81, F.1.2.1 and G.1.2.1). */
const maxPixelsPerJpegByte = 512;
/** Deflate makes 258 bytes of two bits, at most. */
const maxInflation = 1032;

/**
 * A file too small to hold the pixels that its header promises would only make a decoder fill them in.
 * @throws AppError IMAGE_UNREADABLE
 */
export function checkRatio(file: JpegFile | PngFile, fileBytes: number, name: string): void {
  const isPossible =
    file.format === "jpeg"
      ? file.frame.width * file.frame.height <= maxPixelsPerJpegByte * fileBytes
      : pngDataSize(file) <= maxInflation * fileBytes;
  const { width, height } = file.format === "jpeg" ? file.frame : file;
  if (!isPossible) throw damaged(name, `${fileBytes} bytes cannot hold ${width}x${height} pixels`);
}

/** @throws AppError IMAGE_TOO_COSTLY */
export function checkCost(cost: DecodeCost, name: string, limits: ImageLimits): void {
  if (cost.heldBytes > maxHeldBytes(limits)) {
    const rule = `decoding an image may take ${inMegabytes(maxHeldBytes(limits))} of memory at most`;
    throw tooCostly(name, rule, `one that takes ${inMegabytes(cost.heldBytes)}`);
  }
  if (cost.isByRows || !isTooMuchWork(cost, limits)) return;
  const share = Math.ceil((10 * cost.work) / (workPerPixel * limits.maxPixels)) / 10;
  throw tooCostly(name, "decoding an image must be done in a few seconds", `one that takes ${share} times as long`);
}

/**
 * The same bounds for a JPEG inside another file, whose markers are counted and not read: in a scan's data there are none.
 * @throws AppError IMAGE_TOO_COSTLY
 */
export function checkScans(
  { bytes, width, height }: { readonly bytes: Uint8Array; readonly width: number; readonly height: number },
  place: string,
  limits: ImageLimits,
): void {
  let scans = 0;
  for (let at = bytes.indexOf(startOfScan); at !== -1; at = bytes.indexOf(startOfScan, at + 1)) {
    if (bytes[at - 1] === 0xff) scans++;
  }
  if (scans > maxScans) throw tooCostly(place, `a JPEG may have ${maxScans} scans at most`, "one with more");
  const visits = scans * width * height; // nearly every progressive scan is of one component
  if (visits <= workPerPixel * limits.maxPixels) return;
  throw tooCostly(
    place,
    "decoding an image must be done in a few seconds",
    `${scans} scans of ${width}x${height} pixels`,
  );
}

const startOfScan = 0xda;

const inMegabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
