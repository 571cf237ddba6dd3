// JPEG lossless (process 14: Huffman coding, any predictor, point transform, restart intervals), grey or colour, 2 to 16
// bits. ISO 10918-1 annexes B and H. Own, because the package on npm passes over the point transform, predicts the first
// line after a restart from the line above it, and decodes colour of more than 8 bits as if it were grey.
import type { CodestreamHeader } from "../codestream-header.js";
import { brokenPixels, type DecodedFrame } from "./decoded-frame.js";
import { BitReader, type HuffmanTable, readHuffmanTables } from "./huffman-bits.js";

interface Scan {
  /** Which samples of a pixel the scan holds, and by which table each is coded. */
  readonly parts: readonly { readonly sample: number; readonly table: HuffmanTable }[];
  /** 1..7, table H.1. */
  readonly predictor: number;
  /** How many low bits the encoder left out. */
  readonly pointTransform: number;
  /** In pixels; 0 for none. */
  readonly restartInterval: number;
}

/** @throws AppError DICOM_UNREADABLE */
export function decodeJpegLossless(header: CodestreamHeader, place: string): DecodedFrame {
  try {
    return { samples: decode(header), isPlanar: false, isRgb: false };
  } catch (thrown) {
    if (thrown instanceof RangeError) throw brokenPixels(place, header.codec, thrown);
    throw thrown;
  }
}

/** [rows, columns, samples]. Colour comes in one scan for all components, or in one for each. */
function decode(header: CodestreamHeader): Uint8Array | Uint16Array {
  const { bytes, width, height, components, bits } = header;
  // A sample takes a bit at least: memory is not taken for what cannot be in the file.
  if (bytes.length * 8 < width * height * components) throw new RangeError("the segments end too early");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const samples = new (bits > 8 ? Uint16Array : Uint8Array)(width * height * components);
  const huffman = new Map<number, HuffmanTable>();
  const missing = new Set(Array.from({ length: components }, (_, sample) => sample));
  let identifiers: readonly number[] = [];
  let restartInterval = 0;
  for (let at = 2; missing.size > 0; ) {
    const marker = view.getUint16(at);
    if (marker < 0xff00) throw new RangeError("no marker where one is due");
    if (marker === 0xffff) {
      at++; // fill byte
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    const segment = bytes.subarray(at + 4, end);
    at = end;
    if (marker === 0xffc4) readHuffmanTables(segment, huffman);
    if (marker === 0xffdd) restartInterval = view.getUint16(end - 2);
    if (marker === 0xffc3) identifiers = Array.from({ length: components }, (_, i) => segment[6 + 3 * i] ?? -1);
    if (marker === 0xffda) {
      const scan = readScan(segment, identifiers, huffman, restartInterval);
      decodeScan(new BitReader(bytes, end), scan, samples, header);
      for (const { sample } of scan.parts) missing.delete(sample);
      at = nextMarker(bytes, end);
    }
  }
  return samples;
}

/** SOS (B.2.3): components with their tables, then predictor and, in the low half of the last byte, point transform. */
function readScan(
  segment: Uint8Array,
  identifiers: readonly number[],
  huffman: ReadonlyMap<number, HuffmanTable>,
  restartInterval: number,
): Scan {
  const byte = (at: number): number => segment[at] ?? -1;
  const count = byte(0);
  const parts = Array.from({ length: Math.max(0, count) }, (_, i) => {
    const sample = identifiers.indexOf(byte(1 + 2 * i));
    const table = huffman.get(byte(2 + 2 * i) >> 4);
    if (sample === -1 || table === undefined) throw new RangeError("a component or a table is missing");
    return { sample, table };
  });
  const [predictor, pointTransform] = [byte(1 + 2 * count), byte(3 + 2 * count) & 15];
  if (parts.length === 0 || predictor < 1 || predictor > 7) throw new RangeError("no such predictor");
  return { parts, predictor, pointTransform, restartInterval };
}

function decodeScan(
  reader: BitReader,
  { parts, predictor, pointTransform, restartInterval }: Scan,
  samples: Uint8Array | Uint16Array,
  { width, height, components, bits }: CodestreamHeader,
): void {
  // H.1.1: intervals are whole lines, so that no interval needs a line of the one before.
  if (restartInterval % width !== 0) throw new RangeError("a restart inside a line");
  const linesPerInterval = restartInterval === 0 ? height : restartInterval / width;
  const line = width * components;
  for (let y = 0; y < height; y++) {
    const isFirstLine = y % linesPerInterval === 0;
    if (isFirstLine && y > 0) reader.restart();
    for (let x = 0; x < width; x++) {
      for (const { sample, table } of parts) {
        const at = y * line + x * components + sample;
        const [left, above] = [at - components, at - line];
        let prediction: number;
        if (isFirstLine) prediction = x === 0 ? 1 << (bits - pointTransform - 1) : (samples[left] as number);
        else if (x === 0) prediction = samples[above] as number;
        else {
          const [a, b] = [samples[left] as number, samples[above] as number];
          prediction = predict(predictor, a, b, samples[above - components] as number);
        }
        // Differences are modulo 2^16 (H.1.2.1); a category of 16 has no further bits and stands for 2^15 (table H.2).
        const category = reader.symbol(table);
        if (category > 16) throw new RangeError("a difference of more than 16 bits");
        samples[at] = prediction + (category === 16 ? 32768 : reader.signed(category));
      }
    }
  }
  if (pointTransform === 0) return;
  for (const { sample } of parts) {
    for (let at = sample; at < samples.length; at += components)
      samples[at] = (samples[at] as number) << pointTransform;
  }
}

/** Table H.1: from the samples to the left, above, and above the left one. */
function predict(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    default:
      return (a + b) >> 1;
  }
}

/** After entropy-coded data, in which 0xff is followed by 0 or a restart mark. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next & 0xf8) !== 0xd0) return at;
  }
  throw new RangeError("a scan is missing");
}
