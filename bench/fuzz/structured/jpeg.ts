// JPEG files whose markers and lengths hold and whose insides are hostile: scans by the hundred, frames of any size and
// sampling, tables that no encoder writes, restarts where none belong (ITU-T T.81, annex B).
import type { Random } from "../../../src/core/random.js";
import { concatBytes } from "../../../src/images/concat-bytes.js";
import { changed, hostileNumber, once, pick, randomBytes, reordered, withByte, withOne } from "./choose.js";

interface Segment {
  readonly code: number;
  /** Without marker and length. */
  readonly body: Uint8Array;
  /** Entropy-coded data behind a scan header, stuffed; null elsewhere. */
  readonly data: Uint8Array | null;
  /** Added to the length that the file states. */
  readonly lie?: number;
}

type Change = (segments: readonly Segment[], random: Random) => readonly Segment[];

const scan = 0xda;
const isFrame = ({ code }: Segment): boolean => code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);
const isScan = ({ code }: Segment): boolean => code === scan;

export function hostileJpeg(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  return writeSegments(changed(readSegments(pick(random, seeds)), random, changes));
}

function readSegments(bytes: Uint8Array): readonly Segment[] {
  const segments: Segment[] = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at + 1] !== 0xd9; ) {
    const code = bytes[at + 1] as number;
    const end = at + 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    const dataEnd = code === scan ? endOfData(bytes, end) : end;
    segments.push({ code, body: bytes.slice(at + 4, end), data: code === scan ? bytes.slice(end, dataEnd) : null });
    at = dataEnd;
  }
  return segments;
}

function endOfData(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const code = bytes[at + 1] as number;
    if (bytes[at] === 0xff && code !== 0 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7)) return at;
  }
  return bytes.length;
}

function writeSegments(segments: readonly Segment[]): Uint8Array {
  const parts = segments.flatMap(({ code, body, data, lie = 0 }) => {
    const length = (body.length + 2 + lie) & 0xffff;
    return [Uint8Array.of(0xff, code, length >> 8, length & 0xff), body, ...(data === null ? [] : [data])];
  });
  return concatBytes([Uint8Array.of(0xff, 0xd8), ...parts, Uint8Array.of(0xff, 0xd9)]);
}

const inFrame = (change: (body: Uint8Array, random: Random) => Uint8Array): Change => {
  return (segments, random) =>
    withOne(segments, random, isFrame, (one) => ({ ...one, body: change(one.body, random) }));
};

const size: Change = inFrame((body, random) => {
  const result = body.slice();
  const view = new DataView(result.buffer);
  if (result.length >= 5) view.setUint16(pick(random, [1, 3]), pick(random, [hostileNumber(random, 16), 9000, 33, 16]));
  return result;
});

/** Precision, number of components, sampling factors, names and tables of components. */
const frameByte: Change = inFrame((body, random) =>
  withByte(body, random.integer(body.length), hostileNumber(random, 8)),
);

const sampling: Change = inFrame((body, random) => {
  let result = body;
  for (let at = 7; at < body.length; at += 3) {
    result = withByte(result, at, ((1 + random.integer(4)) << 4) | (1 + random.integer(4)));
  }
  return result;
});

const process: Change = (segments, random) =>
  withOne(segments, random, isFrame, (one) => ({
    ...one,
    code: pick(random, [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xca]),
  }));

const manyScans: Change = (segments, random) => {
  const at = segments.findIndex(isScan);
  if (at === -1) return segments;
  const copies = once(random, 20) ? 300 : pick(random, [1, 2, 5, 30]);
  const refined = (one: Segment): Segment => ({
    ...one,
    body: one.body.length < 3 ? one.body : spectral(one.body, random),
  });
  const added = Array.from({ length: copies }, () => {
    const copy = pick(random, segments.slice(at).filter(isScan));
    const data = (copy.data as Uint8Array).slice(0, pick(random, [0, 1, 20, 4000]));
    return once(random, 2) ? { ...copy, data } : refined({ ...copy, data });
  });
  return [...segments.slice(0, at + 1), ...added, ...segments.slice(at + 1)];
};

/** Start and end of the spectrum and the bits of successive approximation: the last three bytes of a scan's header. */
function spectral(body: Uint8Array, random: Random): Uint8Array {
  const result = body.slice();
  result[result.length - 3] = pick(random, [0, 1, 5, 63, 64, 255]);
  result[result.length - 2] = pick(random, [0, 1, 5, 63, 64, 255]);
  result[result.length - 1] = pick(random, [0, 0x01, 0x10, 0x21, 0x0d, 0xff]);
  return result;
}

const scanHeader: Change = (segments, random) =>
  withOne(segments, random, isScan, (one) => ({
    ...one,
    body: once(random, 2)
      ? spectral(one.body, random)
      : withByte(one.body, random.integer(one.body.length), hostileNumber(random, 8)),
  }));

/** Tables with too many codes, none, or codes that mean runs and sizes beyond a block. */
const huffman: Change = (segments, random) => {
  const counts = Uint8Array.from({ length: 16 }, () => (once(random, 3) ? random.integer(17) : 0));
  const values = randomBytes(
    random,
    once(random, 3) ? random.integer(300) : counts.reduce((sum, count) => sum + count, 0),
  );
  const table = concatBytes([Uint8Array.of(pick(random, [0, 1, 0x10, 0x11, 0x04, 0x25])), counts, values]);
  return inserted(segments, random, { code: 0xc4, body: table, data: null });
};

const quantization: Change = (segments, random) => {
  const precision = random.integer(3);
  const values = once(random, 2)
    ? new Uint8Array(64 * (1 + precision))
    : randomBytes(random, 64 * (1 + random.integer(2)));
  const table = concatBytes([Uint8Array.of((precision << 4) | random.integer(5)), values]);
  return inserted(segments, random, { code: 0xdb, body: table, data: null });
};

const restarts: Change = (segments, random) => {
  const interval = hostileNumber(random, 16);
  const withMarkers = withOne(segments, random, isScan, (one) => {
    const data = one.data as Uint8Array;
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < data.length && pieces.length < 2000; ) {
      const end = at + 1 + random.integer(64);
      pieces.push(data.slice(at, end), Uint8Array.of(0xff, 0xd0 + random.integer(8)));
      at = end;
    }
    return { ...one, data: concatBytes(pieces) };
  });
  return inserted(once(random, 2) ? withMarkers : segments, random, {
    code: 0xdd,
    body: Uint8Array.of(interval >> 8, interval & 0xff),
    data: null,
  });
};

/** Codes that no encoder wrote, stuffed as they must be. */
const entropy: Change = (segments, random) =>
  withOne(segments, random, isScan, (one) => {
    const data = (one.data as Uint8Array).slice();
    for (let left = 1 + random.integer(40); left > 0 && data.length > 0; left--) {
      const at = random.integer(data.length);
      if (data[at] !== 0xff && data[at - 1] !== 0xff) data[at] = random.integer(255);
    }
    return { ...one, data: once(random, 4) ? data.slice(0, random.integer(data.length + 1)) : data };
  });

const tiff = (random: Random): Uint8Array => {
  const isLittle = once(random, 2);
  const entries = pick(random, [0, 1, 3, 0xffff]);
  const bytes = new Uint8Array(8 + 2 + 12 * Math.min(entries, 3) + 4);
  const view = new DataView(bytes.buffer);
  bytes.set(isLittle ? [0x49, 0x49] : [0x4d, 0x4d]);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, once(random, 4) ? hostileNumber(random, 32) : 8, isLittle);
  view.setUint16(8, entries, isLittle);
  for (let at = 10; at + 12 < bytes.length; at += 12) {
    view.setUint16(at, 0x0112, isLittle);
    view.setUint16(at + 2, pick(random, [3, 4, 0, 0xffff]), isLittle);
    view.setUint32(at + 4, pick(random, [1, 0, 0xffffffff]), isLittle);
    view.setUint16(at + 8, hostileNumber(random, 16), isLittle);
  }
  return concatBytes([new TextEncoder().encode("Exif\0\0"), bytes]);
};

const application: Change = (segments, random) => {
  const adobe = concatBytes([new TextEncoder().encode("Adobe\0\x64\0\0\0\0"), Uint8Array.of(random.integer(4))]);
  const jfif = concatBytes([new TextEncoder().encode("JFIF\0"), randomBytes(random, 9)]);
  const [code, body] = pick(random, [
    [0xe1, tiff(random)],
    [0xee, adobe],
    [0xe0, jfif],
    [0xfe, new Uint8Array(65_533)],
    [0xdc, Uint8Array.of(0, hostileNumber(random, 8))], // the number of lines, told later
    [0xe0 + random.integer(16), randomBytes(random, random.integer(40))],
    [random.integer(256), randomBytes(random, random.integer(8))],
  ] as const);
  return inserted(segments, random, { code, body, data: null });
};

function inserted(segments: readonly Segment[], random: Random, one: Segment): readonly Segment[] {
  const at = random.integer(segments.length + 1);
  return [...segments.slice(0, at), one, ...segments.slice(at)];
}

const wrongLength: Change = (segments, random) =>
  withOne(
    segments,
    random,
    () => true,
    (one) => ({ ...one, lie: pick(random, [-2, -1, 1, 2, 100, 0x8000, -one.body.length - 2]) }),
  );

const changes: readonly Change[] = [
  size,
  frameByte,
  sampling,
  process,
  manyScans,
  scanHeader,
  scanHeader,
  huffman,
  quantization,
  restarts,
  entropy,
  entropy,
  application,
  wrongLength,
  reordered,
];
