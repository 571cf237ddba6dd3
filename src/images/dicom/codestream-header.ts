// What a compressed image says of itself in its first bytes: which codec it needs and its size, so that no codec ever
// sees an image of another size than the one that was checked. JPEG and JPEG-LS: ISO 10918-1 B.2, ISO 14495-1 C.2.
// JPEG 2000 and HTJ2K: ISO 15444-1 A.5, 15444-15 A.
import { isFrameMarker } from "../jpeg-frame.js";

export type CodecName = "jpeg" | "jpeg-extended" | "jpeg-lossless" | "jpeg-ls" | "jpeg-2000" | "htj2k";

export interface CodestreamHeader {
  readonly codec: CodecName;
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits per sample. */
  readonly bits: number;
  /** The codestream itself, without a JP2 box around it. */
  readonly bytes: Uint8Array;
}

/** Undefined when the bytes begin like none of them, or are of a process that no codec here decodes. */
export function readCodestreamHeader(bytes: Uint8Array): CodestreamHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    if (bytes.length < 16) return undefined;
    if (view.getUint16(0) === 0xffd8) return jpegHeader(bytes, view);
    const start = startOfJpeg2000(view);
    return start === undefined ? undefined : jpeg2000Header(bytes.subarray(start));
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined; // a segment that ends after the bytes
    throw thrown;
  }
}

function jpegHeader(bytes: Uint8Array, view: DataView): CodestreamHeader | undefined {
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    if (isFrameMarker(marker)) {
      const bits = view.getUint8(at + 4);
      const codec = jpegCodec(marker, bits);
      const components = view.getUint8(at + 9);
      const sampling = Array.from({ length: components }, (_, i) => view.getUint8(at + 11 + 3 * i));
      const isSampledFully = sampling.every((factors) => factors === sampling[0]);
      if (codec === undefined || (codec === "jpeg-lossless" && !isSampledFully)) return undefined;
      return { codec, bits, height: view.getUint16(at + 5), width: view.getUint16(at + 7), components, bytes };
    }
    const hasNoLength = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += hasNoLength ? 2 : 2 + Math.max(2, view.getUint16(at + 2));
  }
}

/** By the frame marker: SOF0 to SOF2 Huffman-coded DCT, SOF3 lossless, SOF55 JPEG-LS. Arithmetic coding: none. */
function jpegCodec(marker: number, bits: number): CodecName | undefined {
  if (marker <= 0xc2 && bits === 8) return "jpeg";
  if (marker <= 0xc1 && bits === 12) return "jpeg-extended";
  if (marker === 0xc3) return "jpeg-lossless";
  return marker === 0xf7 ? "jpeg-ls" : undefined;
}

/** Position of SOC and SIZ: at once, or after the boxes of a JP2 file that some archives store. */
function startOfJpeg2000(view: DataView): number | undefined {
  const isBoxed = view.getUint32(4) === 0x6a502020;
  const last = isBoxed ? Math.min(view.byteLength - 4, 4096) : 0;
  for (let at = 0; at <= last; at++) if (view.getUint32(at) === 0xff4fff51) return at;
  return undefined;
}

function jpeg2000Header(bytes: Uint8Array): CodestreamHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sizeEnd = 4 + view.getUint16(4);
  const [right, bottom, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(at)) as [
    number,
    number,
    number,
    number,
  ];
  const components = view.getUint16(40);
  for (let i = 0; i < components; i++) {
    const isSampledFully = view.getUint16(42 + 3 * i + 1) === 0x0101;
    if (!isSampledFully) return undefined;
  }
  // Part 15 announces itself by bit 14 of Rsiz and a CAP segment right after SIZ.
  const isHighThroughput = (view.getUint16(6) & 0x4000) !== 0 || view.getUint16(sizeEnd) === 0xff50;
  return {
    codec: isHighThroughput ? "htj2k" : "jpeg-2000",
    width: right - left,
    height: bottom - top,
    components,
    bits: (view.getUint8(42) & 0x7f) + 1,
    bytes,
  };
}
