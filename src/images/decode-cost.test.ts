// Files that are valid and made to cost: refused from their headers, in no time, by both decoders with the same words.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import {
  manyScansJpeg,
  type PngHeader,
  pngChunk,
  pngFile,
  withComments,
  zeroRows,
} from "../../test/support/hostile-pictures.js";
import { golden } from "../../test/support/paths.js";
import { AppError } from "../core/errors.js";
import { isQuick, isTooMuchWork, maxHeldBytes } from "./decode-cost.js";
import { decodeGray } from "./decode-gray.js";
import { defaultImageLimits, type ImageLimits } from "./image-limits.js";
import { nodeCodecs } from "./node-codecs.js";
import { openPicture } from "./open-picture.js";
import { decodeGrayPortable } from "./portable-gray.js";

/** What both decoders refuse the file with. */
async function refusal(bytes: Uint8Array, limits: Partial<ImageLimits> = {}): Promise<string> {
  const said: string[] = [];
  for (const decode of [
    () => decodeGray(bytes, { name: "x", limits }),
    () => decodeGrayPortable(bytes, { name: "x", limits, jpegCodec: nodeCodecs.jpeg }),
  ]) {
    const start = process.cpuUsage();
    const error = await decode().then(
      () => assert.fail("it was read"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof AppError, String(error));
    said.push(`${error.code} ${error.message}`);
    const { user, system } = process.cpuUsage(start);
    assert.ok(user + system < 1_000_000, `it computed for ${(user + system) / 1000} ms`);
  }
  assert.equal(said[1], said[0]);
  return said[0] as string;
}

const open = (bytes: Uint8Array, limits: ImageLimits = defaultImageLimits) =>
  openPicture(bytes, { name: "x", limits, crc32 });

test("a JPEG with a thousand scans is refused in milliseconds; one with a hundred small ones is read", async () => {
  const large = { width: 10_000, height: 10_000, components: 3 } as const;
  assert.match(
    await refusal(manyScansJpeg({ ...large, passes: 6, bands: 63 })),
    /^IMAGE_TOO_COSTLY .* 100 scans at most/,
  );
  const small = { width: 64, height: 48, components: 3 } as const;
  assert.match(await refusal(manyScansJpeg({ ...small, passes: 1, bands: 63 })), /^IMAGE_TOO_COSTLY /);
  const grey = manyScansJpeg({ ...small, components: 1, passes: 1, bands: 63 });
  const image = await decodeGray(grey);
  const portable = await decodeGrayPortable(grey, { name: "x", jpegCodec: nodeCodecs.jpeg });
  assert.ok(portable.data.every((value) => value === 128));
  assert.ok(image.data.every((value) => value === 128));
});

test("scans times pixels are bounded, and so is what a progressive image holds", async () => {
  const many = manyScansJpeg({ width: 7000, height: 7000, components: 3, passes: 13, bands: 1 });
  assert.match(await refusal(many), /^IMAGE_TOO_COSTLY .*in a few seconds\. Received one that takes 2\.\d times/);
  const wide = manyScansJpeg({ width: 10_000, height: 10_000, components: 3, passes: 1, bands: 1 });
  assert.match(await refusal(wide), /^IMAGE_TOO_COSTLY .*800 MB of memory at most\. Received one that takes 1502 MB/);
});

test("16-bit colour and interlaced PNGs are bounded by the same measure", async () => {
  const header: PngHeader = { width: 6000, height: 6000, bitDepth: 16, colourType: 6 };
  const data = pngChunk("IDAT", zeroRows(header));
  assert.match(await refusal(pngFile(header, [data])), /^IMAGE_TOO_COSTLY .*in a few seconds/);
  const tall: PngHeader = { width: 10_000, height: 9999, bitDepth: 16, colourType: 6 };
  const claimed = pngChunk("IDAT", Buffer.alloc(1_000_000));
  assert.match(await refusal(pngFile(tall, [claimed])), /^IMAGE_TOO_COSTLY .*of memory at most/);
});

test("a file too small for the pixels that it promises is damaged", async () => {
  const header: PngHeader = { width: 9999, height: 9999, bitDepth: 8, colourType: 0 };
  const empty = pngChunk("IDAT", Buffer.alloc(10));
  assert.match(await refusal(pngFile(header, [empty])), /^IMAGE_UNREADABLE .*bytes cannot hold 9999x9999/);
  const jpeg = Buffer.from(readFileSync(golden("opencv", "grey.jpg")));
  const frame = jpeg.indexOf(Buffer.of(0xff, 0xc0));
  jpeg.writeUInt16BE(9999, frame + 5);
  jpeg.writeUInt16BE(9999, frame + 7);
  assert.match(await refusal(jpeg), /^IMAGE_UNREADABLE .*cannot hold 9999x9999 pixels/);
  // The smallest that there may be are read.
  const zeros = pngFile(header, [pngChunk("IDAT", zeroRows(header))]);
  assert.ok(zeros.length < 250_000);
  assert.equal((await decodeGray(zeros)).data.length, 9999 * 9999);
});

test("files cut into very many parts are refused before they are walked through", async () => {
  const jpeg = readFileSync(golden("opencv", "grey.jpg"));
  assert.match(await refusal(withComments(jpeg, 4_000_000)), /^IMAGE_TOO_COSTLY .*100000 segments at most/);
  const header: PngHeader = { width: 64, height: 64, bitDepth: 8, colourType: 0 };
  const whole = pngChunk("IDAT", zeroRows(header));
  const none = pngChunk("IDAT", Buffer.alloc(0));
  const cut = Buffer.alloc(none.length * 1_000_000, none);
  assert.match(await refusal(pngFile(header, [whole, cut])), /^IMAGE_TOO_COSTLY .*100000 chunks at most/);
  const few = Buffer.alloc(none.length * 50_000, none);
  assert.equal((await decodeGray(pngFile(header, [few, whole]))).width, 64);
});

test("bytes full of marks are walked through at once", () => {
  const grey = manyScansJpeg({ width: 64, height: 64, components: 1, passes: 1, bands: 1 });
  for (const pair of [Buffer.of(0xff, 0), Buffer.of(0xff, 0xff), Buffer.of(0xff, 0xd0), Buffer.of(0xff, 0, 1)]) {
    const stuffed = Buffer.concat([grey.subarray(0, -2), Buffer.alloc(12_000_000, pair), grey.subarray(-2)]);
    const { user } = process.cpuUsage();
    open(stuffed);
    const milliseconds = (process.cpuUsage().user - user) / 1000;
    assert.ok(milliseconds < 400, `${pair.toString("hex")}: ${milliseconds} ms`); // 2.2 s by a call for each mark
  }
});

test("maxPixels raises and lowers the other bounds with it", async () => {
  const many = manyScansJpeg({ width: 800, height: 800, components: 1, passes: 12, bands: 1 });
  assert.equal((await decodeGray(many)).width, 800);
  assert.match(await refusal(many, { maxPixels: 650_000 }), /^IMAGE_TOO_COSTLY /);
  const large = manyScansJpeg({ width: 7000, height: 7000, components: 3, passes: 13, bands: 1 });
  assert.ok(open(large, { ...defaultImageLimits, maxPixels: 300_000_000 }).cost.work > 0);
});

test("radiographs come nowhere near the bounds, and libvips decodes them", {
  skip: process.env.PNEUMOSCOPE_TEST_DATA === undefined && "PNEUMOSCOPE_TEST_DATA names no folder",
}, () => {
  const folder = `${process.env.PNEUMOSCOPE_TEST_DATA}/chest_xray_native`;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(({ name }) =>
    /\.jpe?g$/.test(name),
  );
  assert.ok(files.length > 0);
  for (const { parentPath, name } of files) {
    const { cost } = open(readFileSync(`${parentPath}/${name}`));
    assert.ok(cost.isByRows && cost.heldBytes < maxHeldBytes(defaultImageLimits) / 30, name);
  }
});

test("every golden picture is quick", () => {
  for (const name of readdirSync(golden("opencv", ""))) {
    if (!/\.(jpg|png)$/.test(name)) continue;
    const { cost } = open(readFileSync(golden("opencv", name)));
    assert.ok(isQuick(cost) && !isTooMuchWork(cost, defaultImageLimits), name);
  }
});
