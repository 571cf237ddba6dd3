// Damaged and unusual JPEG and PNG files, made from golden ones: both decoders refuse the same, with the same words.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { golden } from "../../test/support/paths.js";
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { crc32 } from "./crc32.js";
import { decodeGray } from "./decode-gray.js";
import type { GrayImage } from "./gray-image.js";
import { nodeCodecs } from "./node-codecs.js";
import { decodeGrayPortable } from "./portable-gray.js";

const codec = await nodeCodecs.jpeg();
const stored = (name: string) => Buffer.from(readFileSync(golden("opencv", name)));
const twins: readonly ((bytes: Uint8Array) => Promise<GrayImage>)[] = [
  (bytes) => decodeGray(bytes, { name: "image" }),
  (bytes) => decodeGrayPortable(bytes, { name: "image", jpegCodec: async () => codec }),
];

/** What both decoders say; they must say the same. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const said = await Promise.all(
    twins.map(async (decode) => {
      try {
        const { width, height, data: pixels } = await decode(bytes);
        return `${width}x${height} ${crc32(pixels)}`;
      } catch (thrown) {
        assert.ok(thrown instanceof AppError, String(thrown));
        return `${thrown.code} ${thrown.message}`;
      }
    }),
  );
  assert.equal(said[1], said[0]);
  return said[0] as string;
}

const sequential = [
  "grey.jpg",
  "rgb-420.jpg",
  "vivid-444.jpg",
  "vivid-422.jpg",
  "vivid-440-restarts.jpg",
  "vivid-420.jpg",
];

for (const name of [...sequential, "grey-progressive.jpg", "vivid-420-progressive.jpg"]) {
  test(`${name} without its last bytes but with its end mark is refused`, async () => {
    const whole = stored(name);
    for (const missing of [2, 3, 5, 8, 13, 40, 100]) {
      const cut = Buffer.concat([whole.subarray(0, whole.length - 2 - missing), Buffer.of(0xff, 0xd9)]);
      assert.match(await outcome(cut), /^IMAGE_(UNREADABLE|TRUNCATED) /, `${missing} bytes`);
    }
  });
}

test("a JPEG with data of more rows than it has is refused", async () => {
  for (const name of ["grey.jpg", "vivid-444.jpg", "vivid-420.jpg"]) {
    const whole = stored(name);
    const frame = whole.indexOf(Buffer.of(0xff, 0xc0));
    whole.writeUInt16BE(whole.readUInt16BE(frame + 5) - 16, frame + 5);
    assert.match(await outcome(whole), /^IMAGE_UNREADABLE .*more data than its size needs/, name);
  }
});

test("a restart marker out of turn, a stray marker and a missing scan are refused", async () => {
  const whole = stored("vivid-420-restarts.jpg");
  const restart = whole.indexOf(Buffer.of(0xff, 0xd0));
  for (const code of [0xd4, 0xf7]) {
    const broken = Buffer.from(whole);
    broken[restart + 1] = code;
    assert.match(await outcome(broken), /^IMAGE_UNREADABLE .*damaged/);
  }
  const progressive = stored("grey-progressive.jpg");
  const lastScan = progressive.lastIndexOf(Buffer.of(0xff, 0xda));
  const coarse = Buffer.concat([progressive.subarray(0, lastScan), Buffer.of(0xff, 0xd9)]);
  assert.match(await outcome(coarse), /^IMAGE_UNREADABLE .*a part of its data is missing/);
});

test("intact JPEGs of kinds that are not read are called what they are", async () => {
  const whole = stored("grey.jpg");
  const frame = whole.indexOf(Buffer.of(0xff, 0xc0));
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(whole);
    bytes[at] = value;
    return bytes;
  };
  assert.match(await outcome(changed(frame + 4, 12)), /^IMAGE_UNREADABLE .*Received a 12-bit JPEG\. Save it as/);
  assert.match(await outcome(changed(frame + 1, 0xc3)), /^IMAGE_UNREADABLE .*Received a lossless JPEG\./);
  assert.match(await outcome(changed(frame + 1, 0xc9)), /^IMAGE_UNREADABLE .*Received an arithmetic-coded JPEG\./);
  assert.match(await outcome(changed(frame + 1, 0xc5)), /^IMAGE_UNREADABLE .*Received a hierarchical JPEG\./);
  const jpegLs = Buffer.of(0xff, 0xd8, 0xff, 0xf7, 0, 11, 8, 0, 9, 0, 9, 1, 1, 0x11, 0, 0xff, 0xd9);
  assert.match(await outcome(jpegLs), /^IMAGE_UNREADABLE .*Received a JPEG-LS image\./);
});

test("flipped bits in a JPEG's data are noticed by both decoders or by neither", async () => {
  const random = Random.of(20_26, "flipped bits");
  let noticed = 0;
  for (let i = 0; i < 200; i++) {
    const bytes = stored(i % 2 === 0 ? "vivid-420.jpg" : "grey.jpg");
    const start = bytes.indexOf(Buffer.of(0xff, 0xda)) + 14;
    const at = start + random.integer(bytes.length - 2 - start);
    bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
    // Not the pixels: on coefficients that no encoder writes, libjpeg's vector code differs from its plain code.
    const refusals = await Promise.all(twins.map((decode) => decode(bytes).then(() => "read", String)));
    assert.equal(refusals[1], refusals[0], `bit in byte ${at}`);
    if (refusals[0] !== "read") noticed++;
  }
  assert.ok(noticed > 10, `${noticed} of 200: the flips test nothing`);
});

interface Chunk {
  readonly type: string;
  readonly body: Buffer;
}

const chunk = ({ type, body }: Chunk, checksum?: number): Buffer => {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(checksum ?? crc32(named));
  return Buffer.concat([length, named, sum]);
};
const signature = Buffer.from("89504e470d0a1a0a", "hex");
const header = (kind = 0) => ({ type: "IHDR", body: Buffer.of(0, 0, 0, 4, 0, 0, 0, 3, 8, kind, 0, 0, 0) });
const rows = Buffer.from([0, 1, 2, 3, 4, 0, 5, 6, 7, 8, 0, 9, 10, 11, 12]);
const data = (body: Buffer = deflateSync(rows)) => ({ type: "IDAT", body });
const end = { type: "IEND", body: Buffer.alloc(0) };
const png = (...chunks: readonly Chunk[]) => Buffer.concat([signature, ...chunks.map((each) => chunk(each))]);

test("damaged PNGs are refused, harmless oddities are read, as libpng does", async () => {
  const stream = deflateSync(rows);
  const wrongSum = Buffer.from(stream);
  wrongSum[wrongSum.length - 1] = (wrongSum.at(-1) as number) ^ 1;
  const wholeFile = png(header(), data(), end);
  const good = await outcome(wholeFile);
  assert.match(good, /^4x3 \d+$/);
  const refused: Readonly<Record<string, Buffer>> = {
    "wrong checksum of pixels": Buffer.concat([signature, chunk(header()), chunk(data(), 1), chunk(end)]),
    "wrong checksum of the header": Buffer.concat([signature, chunk(header(), 1), chunk(data()), chunk(end)]),
    "wrong checksum of the stream": png(header(), data(wrongSum), end),
    "no checksum of the stream": png(header(), data(stream.subarray(0, -4)), end),
    "a row missing": png(header(), data(deflateSync(rows.subarray(0, 10))), end),
    "one pixel missing": png(header(), data(deflateSync(rows.subarray(0, -1))), end),
    "an unknown filter": png(header(), data(deflateSync(Buffer.from([...rows.subarray(0, 10), 5, 1, 2, 3, 4]))), end),
    "no pixels": png(header(), end),
    "no palette": png(header(3), data(), end),
    "two palettes": png(header(3), { type: "PLTE", body: rows }, { type: "PLTE", body: rows }, data(), end),
    "an unknown critical chunk": png(header(), { type: "ABCD", body: rows }, data(), end),
    "pixels in two places": png(
      header(),
      data(stream.subarray(0, 8)),
      { type: "tIME", body: rows },
      data(stream.subarray(8)),
      end,
    ),
    "a signature that lost its carriage return": Buffer.concat([signature.subarray(0, 4), wholeFile.subarray(5)]),
    "an impossible depth": png({ type: "IHDR", body: Buffer.of(0, 0, 0, 4, 0, 0, 0, 3, 16, 3, 0, 0, 0) }, data(), end),
  };
  for (const [what, bytes] of Object.entries(refused)) assert.match(await outcome(bytes), /^IMAGE_UNREADABLE /, what);
  assert.match(await outcome(png(header(), data())), /^IMAGE_TRUNCATED /);
  const read: Readonly<Record<string, Buffer>> = {
    "a wrong checksum of text": Buffer.concat([
      signature,
      chunk(header()),
      chunk({ type: "tEXt", body: rows }, 1),
      chunk(data()),
      chunk(end),
    ]),
    "a wrong checksum of the end": Buffer.concat([signature, chunk(header()), chunk(data()), chunk(end, 1)]),
    "bytes after the stream": png(header(), data(Buffer.concat([stream, rows])), end),
    "more rows than the header says": png(header(), data(deflateSync(Buffer.concat([rows, rows]))), end),
    "an empty piece": png(header(), data(Buffer.alloc(0)), data(), end),
    "a broken profile": png(header(), { type: "iCCP", body: rows }, data(), end),
    "bytes after the end": Buffer.concat([wholeFile, rows]),
  };
  for (const [what, bytes] of Object.entries(read)) assert.equal(await outcome(bytes), good, what);
});
