// Every transfer syntax and kind of picture against pydicom and the encoders' own input (test/golden/make/dicom_files.py).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { dicomGoldenFile, readDicomGolden } from "../../../test/support/dicom-golden.js";
import { installedWasm } from "../decode-thread/codec-files.js";
import { defaultImageLimits } from "../image-limits.js";
import { WasmCodecs } from "./codecs/wasm-codecs.js";
import { decodeDicom } from "./decode-dicom.js";
import { parseDicomFile } from "./dicom-file.js";
import { readPixelFormat } from "./pixel-format.js";
import { readStoredPixels } from "./stored-pixels.js";
import { transferSyntaxes } from "./transfer-syntax.js";

const codecs = new WasmCodecs(installedWasm);
const entries = readDicomGolden();

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  assert.equal(a.length, b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
};

async function storedOf(name: string): Promise<Int32Array> {
  const file = parseDicomFile(dicomGoldenFile(name), name, defaultImageLimits);
  const format = readPixelFormat(file.attributes, name, defaultImageLimits);
  assert.ok(file.pixelData);
  return Int32Array.from((await readStoredPixels(file, file.pixelData, format, codecs, name)).values);
}

for (const { file, width, height, storedSha256, stored, storedTolerance = 0, ...expected } of entries) {
  test(`${file}: stored values and picture are those of the reference`, async () => {
    if (storedSha256 !== undefined) {
      const values = await storedOf(file);
      if (stored !== undefined) {
        const off = largestDifference(values, stored);
        assert.ok(off <= storedTolerance, `stored values differ by up to ${off}`);
      } else {
        assert.equal(createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex"), storedSha256);
      }
    }
    const { image, warnings } = await decodeDicom(dicomGoldenFile(file), { codecs, name: file });
    assert.deepEqual([image.width, image.height], [width, height]);
    const off = largestDifference(image.data, expected.grey);
    assert.ok(off <= expected.greyTolerance, `grey levels differ by up to ${off}`);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      expected.warnings,
    );
  });
}

test("there is a file for every transfer syntax that is read", () => {
  const used = new Set(
    entries.map(({ file }) => /1\.2\.840\.10008\.1\.2[\d.]*(?=\0|[^\d.])/.exec(latin1(dicomGoldenFile(file)))?.[0]),
  );
  const missing = Object.keys(transferSyntaxes).filter((uid) => !used.has(uid));
  assert.deepEqual(missing, []);
});

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 1024)).toString("latin1");
