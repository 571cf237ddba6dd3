// JPEG and PNG files that are valid and made to cost: many scans, many parts, many pixels in few bytes.
import { crc32, deflateSync } from "node:zlib";

export interface ScansOptions {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3;
  /** How often each coefficient is sent, a bit more each time; 1..14. */
  readonly passes: number;
  /** In how many scans the 63 coefficients beside the first are sent each time. */
  readonly bands: 1 | 63;
}

/** A progressive JPEG in mid-grey with 1 + components * passes * bands scans, each of as few bytes as there may be. */
export function manyScansJpeg({ width, height, components, passes, bands }: ScansOptions): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const ids = Array.from({ length: components }, (_, i) => i + 1);
  const sides = [height >> 8, height & 255, width >> 8, width & 255];
  const parts = [
    startOfImage,
    segment(0xdb, [0, ...new Array(64).fill(1)]),
    segment(0xc2, [8, ...sides, components, ...ids.flatMap((id) => [id, 0x11, 0])]),
    segment(0xc4, [0, 1, ...new Array(15).fill(0), 0]), // of the first coefficient: no difference, in one bit
    segment(0xc4, [0x10, 0, 0, 0, 15, ...new Array(12).fill(0), ...runLengths.map((n) => n << 4)]),
    scan(ids, [0, 0, 0], zeroBits(blocks * components)),
  ];
  const nothing = emptyBlocks(blocks);
  for (const id of ids) {
    for (let low = passes - 1; low >= 0; low--) {
      const high = low === passes - 1 ? 0 : low + 1;
      for (let band = 0; band < bands; band++) {
        const [first, last] = bands === 1 ? [1, 63] : [band + 1, band + 1];
        parts.push(scan([id], [first, last, (high << 4) | low], nothing));
      }
    }
  }
  return Buffer.concat([...parts, endOfImage]);
}

/** A grey JPEG of one scan in mid-grey, two bits for each block: the fewest that there may be. */
export function blankJpeg({ width, height }: { readonly width: number; readonly height: number }): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const sides = [height >> 8, height & 255, width >> 8, width & 255];
  const oneCode = [1, ...new Array(15).fill(0), 0];
  return Buffer.concat([
    startOfImage,
    segment(0xdb, [0, ...new Array(64).fill(1)]),
    segment(0xc0, [8, ...sides, 1, 1, 0x11, 0]),
    segment(0xc4, [0, ...oneCode]),
    segment(0xc4, [0x10, ...oneCode]),
    scan([1], [0, 63, 0], zeroBits(2 * blocks)),
    endOfImage,
  ]);
}

const startOfImage = Buffer.of(0xff, 0xd8);
const endOfImage = Buffer.of(0xff, 0xd9);

export const segment = (code: number, body: readonly number[]): Buffer =>
  Buffer.of(0xff, code, (body.length + 2) >> 8, (body.length + 2) & 255, ...body);

function scan(ids: readonly number[], range: readonly number[], data: Buffer): Buffer {
  return Buffer.concat([segment(0xda, [ids.length, ...ids.flatMap((id) => [id, 0]), ...range]), data]);
}

function zeroBits(count: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(count / 8));
  if (count % 8 > 0) bytes[bytes.length - 1] = (1 << (8 - (count % 8))) - 1; // the rest of the last byte: ones
  return bytes;
}

/** Runs of 2^n to 2^(n+1) - 1 blocks without a coefficient (T.81, G.1.2.2): a code of four bits, and n more. */
const runLengths = Array.from({ length: 15 }, (_, n) => n);

function emptyBlocks(blocks: number): Buffer {
  let bits = "";
  for (let left = blocks; left > 0; ) {
    const run = Math.min(left, 32_767);
    const n = Math.floor(Math.log2(run));
    bits += n.toString(2).padStart(4, "0") + (n > 0 ? (run - 2 ** n).toString(2).padStart(n, "0") : "");
    left -= run;
  }
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1");
  const bytes = Array.from({ length: padded.length / 8 }, (_, i) => Number.parseInt(padded.slice(8 * i, 8 * i + 8), 2));
  return Buffer.from(bytes.flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte])));
}

/** The JPEG with as many empty comments behind its first bytes. */
export function withComments(jpeg: Uint8Array, count: number): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(4 * count, segment(0xfe, [])), jpeg.subarray(2)]);
}

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  readonly isInterlaced?: boolean;
}

/** A PNG file of the chunks that come between header and end. */
export function pngFile(header: PngHeader, chunks: readonly Buffer[]): Buffer {
  const { width, height, bitDepth, colourType, isInterlaced = false } = header;
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body.set([bitDepth, colourType, 0, 0, isInterlaced ? 1 : 0], 8);
  return Buffer.concat([pngSignature, pngChunk("IHDR", body), ...chunks, pngChunk("IEND", Buffer.alloc(0))]);
}

const pngSignature = Buffer.from("89504e470d0a1a0a", "hex");

export function pngChunk(type: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** Pixel data of nothing but zeros, with the filter that takes longest in every row (Paeth). Not interlaced. */
export function zeroRows({ width, height, bitDepth, colourType }: PngHeader): Buffer {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType] as number;
  const rowBytes = 1 + Math.ceil((width * channels * bitDepth) / 8);
  const rows = Buffer.alloc(rowBytes * height);
  for (let at = 0; at < rows.length; at += rowBytes) rows[at] = 4;
  return deflateSync(rows);
}
