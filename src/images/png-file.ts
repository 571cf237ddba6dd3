// A PNG file taken apart without decoding a pixel (PNG specification, third edition). What libpng refuses, this refuses;
// what libpng passes over (auxiliary chunks with a wrong checksum, say), this passes over.
import { exifOrientation } from "./exif-orientation.js";
import { maxParts } from "./image-limits.js";
import { cutShort, damaged, tooCostly } from "./picture-errors.js";

export interface PngFile {
  readonly format: "png";
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colourType: number;
  readonly isInterlaced: boolean;
  /** RGB triples; with colour type 3 only. */
  readonly palette: Uint8Array | undefined;
  /** The exponent by which the file is encoded, in 1/100000, as gAMA and sRGB give it; 0 where nothing is said. */
  readonly gamma: number;
  /** The largest number of significant bits of red, green and blue; 0 where sBIT says nothing. */
  readonly significantBits: number;
  /** EXIF orientation, 1..8; 1 where the file has none. */
  readonly orientation: number;
  /** The zlib stream, in pieces. */
  readonly data: readonly Uint8Array[];
  /** The file without auxiliary chunks: what decoders disagree on. */
  readonly essence: readonly Uint8Array[];
}

interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
  /** From the length to the checksum. */
  readonly whole: Uint8Array;
}

/** sRGB's exponent as libpng has it. */
const srgbGamma = 45_455;

/** @throws AppError IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_COSTLY */
export function readPngFile(bytes: Uint8Array, name: string, crc32: (bytes: Uint8Array) => number): PngFile {
  const signature = bytes.subarray(0, 8);
  if (bytes.length < 8) throw cutShort(name);
  if (!isEqual(signature, [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])) throw damaged(name, "its signature is garbled");
  const chunks = readChunks(bytes, name, crc32);
  const header = parseHeader(chunks[0], name);
  const firstData = chunks.findIndex(({ type }) => type === "IDAT");
  if (firstData === -1) throw damaged(name, "it holds no pixels");
  const afterData = chunks.findIndex(({ type }, i) => i > firstData && type !== "IDAT");
  const ahead = chunks.slice(1, firstData);
  const data = chunks.slice(firstData, afterData);
  const paletteAt = ahead.findIndex(({ type }) => type === "PLTE");
  const palette = paletteOf(ahead, header, name);
  const colour = paletteAt === -1 ? ahead : ahead.slice(0, paletteAt);
  const essential = [chunks[0] as Chunk, ...(palette ? [palette] : []), ...data, chunks.at(-1) as Chunk];
  return {
    format: "png",
    ...header,
    palette: palette?.body,
    gamma: gammaOf(colour),
    significantBits: significantBitsOf(colour, header),
    orientation: orientationOf(chunks),
    data: data.map(({ body }) => body),
    essence: [signature, ...essential.map(({ whole }) => whole)],
  };
}

function readChunks(bytes: Uint8Array, name: string, crc32: (bytes: Uint8Array) => number): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const result: Chunk[] = [];
  for (let at = 8, parts = 0; ; ) {
    if (++parts > maxParts) throw tooCostly(name, `a PNG may have ${maxParts} chunks at most`, "one with more");
    if (at + 12 > bytes.length) throw cutShort(name);
    const end = at + 12 + view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw damaged(name, "a chunk has no name");
    if (end > bytes.length) throw cutShort(name);
    const chunk = { type, body: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) };
    if (type === "IEND") return [...result, chunk];
    const isCritical = /^[A-Z]/.test(type);
    if (isCritical && !["IHDR", "PLTE", "IDAT"].includes(type)) throw damaged(name, "it has an unknown critical chunk");
    if (crc32(bytes.subarray(at + 4, end - 4)) === view.getUint32(end - 4)) result.push(chunk);
    else if (isCritical) throw damaged(name, `the checksum of ${type} is wrong`);
    at = end;
  }
}

type Header = Pick<PngFile, "width" | "height" | "bitDepth" | "colourType" | "isInterlaced">;

function parseHeader(chunk: Chunk | undefined, name: string): Header {
  if (chunk?.type !== "IHDR" || chunk.body.length !== 13) throw damaged(name, "its header cannot be read");
  const view = new DataView(chunk.body.buffer, chunk.body.byteOffset, 13);
  const [bitDepth = 0, colourType = 0, compression, filter, interlace = 0] = chunk.body.subarray(8);
  const depths: Readonly<Record<number, readonly number[]>> = {
    0: [1, 2, 4, 8, 16],
    2: [8, 16],
    3: [1, 2, 4, 8],
    4: [8, 16],
    6: [8, 16],
  };
  const isPossible = depths[colourType]?.includes(bitDepth) && compression === 0 && filter === 0 && interlace <= 1;
  if (!isPossible) throw damaged(name, "its header says what no PNG can be");
  return { width: view.getUint32(0), height: view.getUint32(4), bitDepth, colourType, isInterlaced: interlace === 1 };
}

/** A suggested palette of an RGB file is left out, but a broken one refused, as libpng does. */
function paletteOf(ahead: readonly Chunk[], { colourType }: Header, name: string): Chunk | undefined {
  const [palette, ...more] = ahead.filter(({ type }) => type === "PLTE");
  if (more.length > 0) throw damaged(name, "it has two palettes");
  const length = palette?.body.length;
  if (colourType === 3 && length === undefined) throw damaged(name, "it has no palette");
  const isWrong = length !== undefined && (length % 3 !== 0 || length > 768);
  if (length === 0 || (isWrong && colourType === 3)) throw damaged(name, "its palette has a wrong length");
  return colourType === 3 ? palette : undefined;
}

/** sRGB before gAMA; of several, the first that is valid. libpng takes no exponent from iCCP or cICP. */
function gammaOf(ahead: readonly Chunk[]): number {
  const says = ahead.some(({ type, body }) => type === "sRGB" && body.length === 1 && (body[0] as number) <= 3);
  if (says) return srgbGamma;
  for (const { type, body } of ahead) {
    if (type !== "gAMA" || body.length !== 4) continue;
    const value = new DataView(body.buffer, body.byteOffset, 4).getUint32(0);
    if (value <= 0x7fffffff) return value;
  }
  return 0;
}

function significantBitsOf(ahead: readonly Chunk[], { colourType, bitDepth }: Header): number {
  const length = { 2: 3, 6: 4 }[colourType];
  const chunk = ahead.find(({ type, body }) => {
    return type === "sBIT" && body.length === length && body.every((bits) => bits >= 1 && bits <= bitDepth);
  });
  return chunk === undefined ? 0 : Math.max(...chunk.body.subarray(0, 3));
}

/** OpenCV takes eXIf from before or after the pixels, the first that begins as a TIFF structure does. */
function orientationOf(chunks: readonly Chunk[]): number {
  const isTiff = (body: Uint8Array) => isEqual(body, [0x49, 0x49, 42, 0]) || isEqual(body, [0x4d, 0x4d, 0, 42]);
  const block = chunks.find(({ type, body }) => type === "eXIf" && isTiff(body));
  return block === undefined ? 1 : exifOrientation(block.body);
}

const isEqual = (bytes: Uint8Array, start: readonly number[]) => start.every((byte, i) => bytes[i] === byte);
