// libvips stops between rows when its time is over, and says so in the words that are looked for; other words are the file's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import sharp, { type SharpOptions } from "sharp";
import { hasCode } from "../../test/support/has-code.js";
import { blankJpeg, pngChunk, pngFile, zeroRows } from "../../test/support/hostile-pictures.js";
import { golden } from "../../test/support/paths.js";
import { spentFault } from "./libvips-limits.js";

const refusalOf = (bytes: Uint8Array, options: SharpOptions, seconds: number): Promise<unknown> =>
  sharp(bytes, { ...options, limitInputPixels: false })
    .timeout({ seconds })
    .raw()
    .toBuffer()
    .then(() => assert.fail("it was decoded"))
    .catch((thrown: unknown) => thrown);

test("a JPEG of one scan and a PNG without passes are stopped in the middle", async () => {
  const header = { width: 20_000, height: 20_000, bitDepth: 1, colourType: 0 };
  const files = [blankJpeg({ width: 40_000, height: 40_000 }), pngFile(header, [pngChunk("IDAT", zeroRows(header))])];
  for (const bytes of files) {
    const fault = spentFault("x", await refusalOf(bytes, {}, 1));
    assert.ok(hasCode("IMAGE_TOO_COSTLY", "x: ")(fault));
  }
});

test("memory that ran out is told from a damaged file", async () => {
  assert.ok(
    hasCode("IMAGE_TOO_COSTLY", "no memory")(spentFault("x", new Error("VipsImage: out of memory --- size 1MB"))),
  );
  const whole = readFileSync(golden("opencv", "grey.jpg"));
  const damaged = await refusalOf(whole.subarray(0, whole.length / 2), { failOn: "warning" }, 60);
  assert.equal(spentFault("x", damaged), undefined);
});
