// The browser's decoders against OpenCV's golden files, against decode-gray.ts on real radiographs, and on bad bytes.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { golden, realData, withoutRealData } from "../../test/support/paths.js";
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { crc32 } from "./crc32.js";
import { decodeGray } from "./decode-gray.js";
import { encodeJpeg, encodePng } from "./encode.js";
import type { GrayImage } from "./gray-image.js";
import { nodeCodecs } from "./node-codecs.js";
import { decodeGrayPortable } from "./portable-gray.js";

const codec = await nodeCodecs.jpeg();
const jpegCodec = async () => codec;
const decode = (bytes: Uint8Array, limits = {}) => decodeGrayPortable(bytes, { jpegCodec, name: "image", limits });
const rasters = readdirSync(golden("opencv")).filter((name) => /\.(jpg|png)$/.test(name));

function assertEqualPixels(portable: GrayImage, native: GrayImage, name: string): void {
  assert.deepEqual([portable.width, portable.height], [native.width, native.height], name);
  assert.ok(Buffer.from(portable.data).equals(native.data), name);
}

for (const name of rasters) {
  test(`${name} gives the same pixels as decodeGray`, async () => {
    const bytes = readFileSync(golden("opencv", name));
    assertEqualPixels(await decode(bytes), await decodeGray(bytes), name);
  });
}

test("real radiographs give the same pixels as decodeGray", {
  skip: withoutRealData("chest_xray_native"),
}, async () => {
  for (const label of ["NORMAL", "PNEUMONIA"]) {
    const folder = realData("chest_xray_native", label);
    const names = readdirSync(folder).filter((name) => name.endsWith(".jpeg"));
    assert.ok(names.length > 0);
    for (const name of names) {
      const bytes = readFileSync(`${folder}/${name}`);
      const [portable, native] = await Promise.all([decode(bytes), decodeGray(bytes)]);
      assertEqualPixels(portable, native, name);
    }
  }
});

test("files cut short anywhere are refused as such", async () => {
  for (const name of ["grey.jpg", "grey-progressive.jpg", "rgb-420.jpg", "rgb.png", "grey-16.png"]) {
    const whole = readFileSync(golden("opencv", name));
    for (const share of [0, 0.05, 0.2, 0.5, 0.8, 0.95]) {
      await assert.rejects(decode(whole.subarray(0, Math.floor(whole.length * share))), (error) => {
        assert.ok(error instanceof AppError, String(error));
        if (share >= 0.8) assert.equal(error.code, "IMAGE_TRUNCATED");
        return /^IMAGE_(TRUNCATED|UNREADABLE)$/.test(error.code);
      });
    }
  }
});

test("sizes are checked before pixels are decoded", async () => {
  const whole = new Uint8Array(readFileSync(golden("opencv", "grey.png")));
  new DataView(whole.buffer).setUint32(16, 100_000);
  new DataView(whole.buffer).setUint32(20, 100_000);
  new DataView(whole.buffer).setUint32(29, crc32(whole.subarray(12, 29)));
  await assert.rejects(decode(whole), { code: "IMAGE_TOO_LARGE" });
  await assert.rejects(decode(readFileSync(golden("opencv", "grey.jpg")), { maxBytes: 100 }), {
    code: "IMAGE_TOO_LARGE",
  });
  const one = { width: 1, height: 1, data: new Uint8Array(1) };
  await assert.rejects(decode(await encodeJpeg(one)), { code: "IMAGE_TOO_SMALL" });
  await assert.rejects(decode(await encodePng(one)), { code: "IMAGE_TOO_SMALL" });
});

test("mutated files give an image or an AppError, never anything else", async () => {
  const random = Random.of(20_26, "portable mutations");
  let images = 0;
  let refused = 0;
  for (let i = 0; i < 600; i++) {
    const bytes = Uint8Array.from(readFileSync(golden("opencv", rasters[i % rasters.length] as string)));
    for (let n = 1 + random.integer(12); n > 0; n--) {
      const at = random.uniform() < 0.5 ? random.integer(bytes.length) : random.integer(Math.min(200, bytes.length));
      bytes[at] = random.integer(256);
    }
    try {
      const image = await decode(bytes, { maxPixels: 4_000_000 });
      assert.equal(image.data.length, image.width * image.height);
      images++;
    } catch (error) {
      assert.ok(error instanceof AppError, String(error));
      refused++;
    }
  }
  assert.ok(images > 20 && refused > 20, `${images} images, ${refused} refused: the mutations test nothing`);
});
