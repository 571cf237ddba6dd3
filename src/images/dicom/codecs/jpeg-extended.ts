// JPEG extended (process 4): Huffman-coded DCT with 12-bit grey samples, which no kept package on npm decodes. One
// component, one scan, as DICOM has it; everything with 8 bits goes to libjpeg-turbo. ISO 10918-1 annexes A, B and F.
import type { CodestreamHeader } from "../codestream-header.js";
import { brokenPixels, type DecodedFrame } from "./decoded-frame.js";
import { BitReader, type HuffmanTable, readHuffmanTables } from "./huffman-bits.js";

/** Order in which the 64 coefficients of a block are stored (figure A.6). */
const zigzag = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
];

/** basis[8 u + x] = C(u) / 2 * cos((2x + 1) u pi / 16), A.3.3. */
const basis = Float64Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

interface Tables {
  readonly quantization: Map<number, Uint16Array>;
  /** By 16 * class (0 DC, 1 AC) + number. */
  readonly huffman: Map<number, HuffmanTable>;
  restartInterval: number;
  quantizationOfFrame: number;
}

/** Decodes a single-component image of 12 bits. @throws AppError DICOM_UNREADABLE */
export function decodeJpegExtended(header: CodestreamHeader, place: string): DecodedFrame {
  if (header.components !== 1) throw brokenPixels(place, "12-bit colour JPEG");
  try {
    return { samples: decode(header), isPlanar: false, isRgb: false };
  } catch (thrown) {
    if (thrown instanceof RangeError) throw brokenPixels(place, header.codec, thrown);
    throw thrown;
  }
}

function decode({ bytes, width, height, bits }: CodestreamHeader): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tables: Tables = { quantization: new Map(), huffman: new Map(), restartInterval: 0, quantizationOfFrame: 0 };
  for (let at = 2; ; ) {
    const marker = view.getUint16(at);
    const isFill = marker === 0xffff;
    const end = isFill ? at + 1 : at + 2 + view.getUint16(at + 2);
    if (marker === 0xffda) return decodeScan(bytes, end, view.getUint8(at + 6), tables, { width, height, bits });
    if (!isFill) readSegment(marker, bytes.subarray(at + 4, end), tables);
    at = end;
  }
}

function readSegment(marker: number, segment: Uint8Array, tables: Tables): void {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.length);
  switch (marker) {
    case 0xffdb:
      for (let at = 0; at < segment.length; ) {
        const [isWide, number] = [segment[at] as number, (segment[at] as number) & 15];
        const read = (i: number) => (isWide >> 4 ? view.getUint16(at + 1 + 2 * i) : view.getUint8(at + 1 + i));
        tables.quantization.set(
          number,
          Uint16Array.from({ length: 64 }, (_, i) => read(i)),
        );
        at += 1 + (isWide >> 4 ? 128 : 64);
      }
      return;
    case 0xffc4:
      readHuffmanTables(segment, tables.huffman);
      return;
    case 0xffdd:
      tables.restartInterval = view.getUint16(0);
      return;
    case 0xffc1:
      tables.quantizationOfFrame = view.getUint8(8);
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
}

function decodeScan(bytes: Uint8Array, start: number, selector: number, tables: Tables, size: Size): Uint16Array {
  const dc = tables.huffman.get(selector >> 4);
  const ac = tables.huffman.get(16 + (selector & 15));
  const quantization = tables.quantization.get(tables.quantizationOfFrame);
  if (dc === undefined || ac === undefined || quantization === undefined) throw new RangeError("a table is missing");
  const { width, height, bits } = size;
  const [across, down] = [Math.ceil(width / 8), Math.ceil(height / 8)];
  // A block takes two bits at least: memory is not taken for what cannot be in the file.
  if ((bytes.length - start) * 4 < across * down) throw new RangeError("the segment ends too early");
  const samples = new Uint16Array(width * height);
  const reader = new BitReader(bytes, start);
  const block = new Float64Array(64);
  let previous = 0;
  for (let i = 0; i < across * down; i++) {
    if (tables.restartInterval > 0 && i > 0 && i % tables.restartInterval === 0) {
      reader.restart();
      previous = 0;
    }
    previous = readBlock(reader, dc, ac, quantization, previous, block);
    inverseDct(block);
    placeBlock(block, samples, 8 * (i % across), 8 * Math.floor(i / across), width, height, bits);
  }
  return samples;
}

/** One block's coefficients, dequantized, in rows; gives back its DC value before that. */
function readBlock(
  reader: BitReader,
  dc: HuffmanTable,
  ac: HuffmanTable,
  quantization: Uint16Array,
  previous: number,
  block: Float64Array,
): number {
  block.fill(0);
  const value = previous + reader.signed(reader.symbol(dc) & 15);
  block[0] = value * (quantization[0] as number);
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(ac);
    const [run, length] = [symbol >> 4, symbol & 15];
    if (length === 0 && run !== 15) break; // end of block
    k += run;
    if (k > 63) throw new RangeError("more than 64 coefficients");
    block[zigzag[k] as number] = reader.signed(length) * (quantization[k] as number);
  }
  return value;
}

/** In place, [8, 8]: rows, then columns. */
function inverseDct(block: Float64Array): void {
  const line = new Float64Array(8);
  for (const [step, next] of [
    [1, 8],
    [8, 1],
  ] as const) {
    for (let start = 0; start < 8 * next; start += next) {
      for (let x = 0; x < 8; x++) {
        let sum = 0;
        for (let u = 0; u < 8; u++) sum += (block[start + u * step] as number) * (basis[8 * u + x] as number);
        line[x] = sum;
      }
      for (let x = 0; x < 8; x++) block[start + x * step] = line[x] as number;
    }
  }
}

/** Shifts the level up (A.3.1), rounds, clamps, and leaves out what lies beyond the image. */
function placeBlock(
  block: Float64Array,
  samples: Uint16Array,
  left: number,
  top: number,
  width: number,
  height: number,
  bits: number,
): void {
  const largest = 2 ** bits - 1;
  for (let y = top; y < Math.min(top + 8, height); y++) {
    for (let x = left; x < Math.min(left + 8, width); x++) {
      const value = Math.round((block[8 * (y - top) + x - left] as number) + 2 ** (bits - 1));
      samples[y * width + x] = Math.max(0, Math.min(largest, value));
    }
  }
}
