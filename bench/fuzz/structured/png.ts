// PNG files whose chunks and checksums hold and whose insides are hostile: headers that contradict the data, rows filtered
// in unknown ways, streams cut and split anywhere, auxiliary chunks of any size (PNG specification, third edition).
import { crc32, deflateSync, inflateSync } from "node:zlib";
import type { Random } from "../../../src/core/random.js";
import { concatBytes } from "../../../src/images/concat-bytes.js";
import { changed, hostileNumber, once, pick, randomBytes, reordered, withByte, withOne } from "./choose.js";

interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
}

type Change = (chunks: readonly Chunk[], random: Random) => readonly Chunk[];

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10);

export function hostilePng(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  return writeChunks(changed(readChunks(pick(random, seeds)), random, changes), random);
}

function readChunks(bytes: Uint8Array): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    chunks.push({ type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), body: bytes.slice(at + 8, end - 4) });
    at = end;
  }
  return chunks;
}

function writeChunks(chunks: readonly Chunk[], random: Random): Uint8Array {
  const parts = chunks.map(({ type, body }) => {
    const whole = new Uint8Array(body.length + 12);
    const view = new DataView(whole.buffer);
    view.setUint32(0, once(random, 200) ? hostileNumber(random, 32) : body.length);
    whole.set(Buffer.from(type, "latin1").subarray(0, 4), 4);
    whole.set(body, 8);
    view.setUint32(body.length + 8, once(random, 60) ? 0 : crc32(whole.subarray(4, body.length + 8)));
    return whole;
  });
  return concatBytes([signature, ...parts]);
}

const isHeader = ({ type }: Chunk): boolean => type === "IHDR";
const isData = ({ type }: Chunk): boolean => type === "IDAT";

const header: Change = (chunks, random) =>
  withOne(chunks, random, isHeader, ({ type, body }) => {
    const at = random.integer(13);
    if (at >= 8) return { type, body: withByte(body, at, pick(random, [0, 1, 2, 3, 4, 6, 8, 16, 255])) };
    const result = body.slice();
    const side = pick(random, [hostileNumber(random, 32), 9000, 9999, 300, 1, 7]);
    new DataView(result.buffer).setUint32(at < 4 ? 0 : 4, side);
    return { type, body: result };
  });

/** The filtered rows, or what the stream gives before it breaks. */
function rowsOf(chunks: readonly Chunk[]): Uint8Array {
  try {
    return inflateSync(concatBytes(chunks.filter(isData).map(({ body }) => body)), { maxOutputLength: 2 ** 24 });
  } catch {
    return new Uint8Array(16);
  }
}

function withStream(chunks: readonly Chunk[], random: Random, stream: Uint8Array): readonly Chunk[] {
  const at = Math.max(0, chunks.findIndex(isData));
  const others = chunks.filter((chunk) => !isData(chunk));
  const pieces: Chunk[] = [];
  const most = pick(random, [stream.length + 1, 1000, 64, 3]);
  for (let from = 0; from < stream.length && pieces.length < 5000; ) {
    const length = random.integer(most) + (pieces.length > 100 ? most : 0);
    pieces.push({ type: "IDAT", body: stream.slice(from, from + length) }); // now and then an empty one
    from += length;
  }
  return [...others.slice(0, at), ...pieces, ...others.slice(at)];
}

const compressed = (rows: Uint8Array, random: Random): Uint8Array =>
  new Uint8Array(
    deflateSync(rows, { level: random.integer(10), strategy: random.integer(5), windowBits: 9 + random.integer(7) }),
  );

const filters: Change = (chunks, random) => {
  const rows = new Uint8Array(rowsOf(chunks));
  for (let left = 1 + random.integer(50); left > 0 && rows.length > 0; left--) {
    rows[random.integer(rows.length)] = pick(random, [0, 1, 2, 3, 4, 5, 255]);
  }
  return withStream(chunks, random, compressed(rows, random));
};

const moreOrFewerRows: Change = (chunks, random) => {
  const rows = rowsOf(chunks);
  const length = pick(random, [
    0,
    1,
    rows.length - 1,
    rows.length + 1,
    2 * rows.length,
    once(random, 40) ? 2_000_000 : 20_000,
  ]);
  const other = new Uint8Array(Math.max(0, length));
  other.set(rows.subarray(0, other.length));
  return withStream(chunks, random, compressed(other, random));
};

const brokenStream: Change = (chunks, random) => {
  const stream = compressed(rowsOf(chunks), random);
  const at = random.integer(stream.length);
  const options = [stream.slice(0, at), withByte(stream, at, random.integer(256)), concatBytes([stream, stream])];
  return withStream(chunks, random, pick(random, options));
};

const auxiliary: Change = (chunks, random) => {
  const [type, body] = pick(random, [
    ["gAMA", randomBytes(random, pick(random, [0, 3, 4, 5]))],
    ["sBIT", randomBytes(random, random.integer(6))],
    ["tRNS", randomBytes(random, pick(random, [0, 1, 2, 6, 256, 300]))],
    ["PLTE", randomBytes(random, pick(random, [0, 1, 3, 768, 771]))],
    ["eXIf", randomBytes(random, random.integer(40))],
    ["sRGB", randomBytes(random, random.integer(3))],
    [
      "iCCP",
      concatBytes([Uint8Array.of(0x61, 0, 0), deflateSync(new Uint8Array(once(random, 40) ? 5_000_000 : 1000))]),
    ],
    [
      "zTXt",
      concatBytes([Uint8Array.of(0x61, 0, 0), deflateSync(new Uint8Array(once(random, 40) ? 5_000_000 : 1000))]),
    ],
    ["iTXt", randomBytes(random, random.integer(40))],
    ["acTL", randomBytes(random, 8)],
    ["fdAT", randomBytes(random, 30)],
    ["cHRM", randomBytes(random, 32)],
    ["pHYs", randomBytes(random, 9)],
    ["IEND", new Uint8Array(0)],
    ["IHDR", randomBytes(random, 13)],
    ["ABCD", randomBytes(random, 4)],
    ["a\0c\xff", randomBytes(random, 4)],
  ] as const);
  const at = random.integer(chunks.length + 1);
  return [...chunks.slice(0, at), { type, body: new Uint8Array(body) }, ...chunks.slice(at)];
};

const crowd: Change = (chunks, random) => {
  const one = pick(random, chunks);
  return [
    ...chunks.slice(0, 1),
    ...Array.from({ length: once(random, 40) ? 5000 : pick(random, [10, 200]) }, () => one),
    ...chunks.slice(1),
  ];
};

const changes: readonly Change[] = [
  header,
  header,
  filters,
  moreOrFewerRows,
  brokenStream,
  auxiliary,
  auxiliary,
  crowd,
  reordered,
];
