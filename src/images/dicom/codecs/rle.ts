// RLE Lossless (PS3.5 annex G): up to 15 segments of PackBits, one for each byte of each sample, most significant first.
import { brokenPixels, type DecodedFrame } from "./decoded-frame.js";

export interface RleSize {
  /** rows * columns. */
  readonly pixels: number;
  readonly samplesPerPixel: number;
  readonly bytesPerSample: 1 | 2;
}

/** @throws AppError DICOM_UNREADABLE */
export function decodeRle(bytes: Uint8Array, size: RleSize, place: string): DecodedFrame {
  const { pixels, samplesPerPixel, bytesPerSample } = size;
  const segments = samplesPerPixel * bytesPerSample;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 64 || view.getUint32(0, true) !== segments) throw brokenPixels(place, "RLE");
  // Two bytes give 128 at most: memory is not taken for what cannot be in the file.
  if (bytes.length * 64 < pixels * segments) throw brokenPixels(place, "RLE");
  const offsets = Array.from({ length: segments }, (_, i) => view.getUint32(4 + 4 * i, true));
  const samples = new (bytesPerSample === 2 ? Uint16Array : Uint8Array)(pixels * samplesPerPixel);
  for (const [segment, start] of offsets.entries()) {
    const end = Math.min(offsets[segment + 1] ?? bytes.length, bytes.length);
    const plane = unpackBits(bytes.subarray(Math.min(start, bytes.length), Math.max(start, end)), pixels);
    if (plane === undefined) throw brokenPixels(place, "RLE");
    const sample = Math.floor(segment / bytesPerSample);
    const shift = 8 * (bytesPerSample - 1 - (segment % bytesPerSample));
    for (let i = 0, at = sample * pixels; i < pixels; i++, at++) {
      samples[at] = (samples[at] as number) | ((plane[i] as number) << shift);
    }
  }
  return { samples, isPlanar: samplesPerPixel > 1, isRgb: false };
}

/** Undefined when the segment ends before `length` bytes are unpacked; what goes beyond them is padding. */
function unpackBits(packed: Uint8Array, length: number): Uint8Array | undefined {
  const result = new Uint8Array(length);
  let to = 0;
  for (let at = 0; to < length; ) {
    const code = packed[at++];
    if (code === undefined) return undefined;
    if (code === 128) continue; // no operation
    if (code < 128) {
      const run = packed.subarray(at, at + Math.min(code + 1, length - to));
      if (run.length < Math.min(code + 1, length - to)) return undefined;
      result.set(run, to);
      to += run.length;
      at += code + 1;
    } else {
      const value = packed[at++];
      if (value === undefined) return undefined;
      result.fill(value, to, to + 257 - code);
      to += 257 - code;
    }
  }
  return result;
}
