// decode-gray.ts and its portable twin over every JPEG and PNG below a folder of other projects' test files, file by file:
// equal pixels, or a refusal with the same code and words. Run by hand, because none of the files is ours:
//   PNEUMOSCOPE_FOREIGN_FILES=folder npm test
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AppError } from "../core/errors.js";
import { crc32 } from "./crc32.js";
import { decodeGray } from "./decode-gray.js";
import type { GrayImage } from "./gray-image.js";
import { nodeCodecs } from "./node-codecs.js";
import { decodeGrayPortable } from "./portable-gray.js";
import { rasterFormat } from "./raster-header.js";

const folder = process.env.PNEUMOSCOPE_FOREIGN_FILES;
const codec = await nodeCodecs.jpeg();
const jpegCodec = async () => codec;
const limits = { maxPixels: 40_000_000 };

async function outcome(decode: () => Promise<GrayImage>): Promise<object> {
  try {
    const { width, height, data } = await decode();
    return { width, height, pixels: crc32(data) };
  } catch (thrown) {
    assert.ok(thrown instanceof AppError, String(thrown));
    return { code: thrown.code, message: thrown.message };
  }
}

test("foreign files give the same in Node and in a browser", {
  skip: folder === undefined && "PNEUMOSCOPE_FOREIGN_FILES names no folder",
}, async (t) => {
  const files = readdirSync(folder as string, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const tally = { read: 0, refused: 0 };
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    if (rasterFormat(bytes) === undefined) continue;
    const native = await outcome(() => decodeGray(bytes, { name, limits }));
    const portable = await outcome(() => decodeGrayPortable(bytes, { name, limits, jpegCodec }));
    assert.deepEqual(portable, native, join(parentPath, name));
    if ("code" in native) tally.refused++;
    else tally.read++;
  }
  assert.ok(tally.read > 0, "no file was read");
  t.diagnostic(`${tally.read} read, ${tally.refused} refused`);
});
