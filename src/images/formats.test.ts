// The table of formats, and a format from outside: what is read follows from it alone.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { golden } from "../../test/support/paths.js";
import { decodeRadiograph } from "./decode-radiograph.js";
import { type ImageFormat, imageFormats, imageMediaTypes } from "./formats.js";
import { checkSides } from "./image-limits.js";
import { isImageFile, isImageName } from "./image-name.js";
import { nodeCodecs } from "./node-codecs.js";
import type { Radiograph } from "./radiograph.js";
import { readRadiograph } from "./read-radiograph.js";

/** Netpbm's grey pictures, "P5 <width> <height> 255" and bytes. */
const pgm: ImageFormat = {
  name: "pgm",
  title: "PGM",
  extensions: [".pgm"],
  mediaType: "image/x-portable-graymap",
  mark: { text: "P5", at: 0 },
  version: 1,
  matches: (bytes) => bytes[0] === 0x50 && bytes[1] === 0x35,
  async decode(bytes, { name, limits }) {
    const head = /^P5\s(\d+)\s(\d+)\s255\s/.exec(new TextDecoder("latin1").decode(bytes.subarray(0, 64)));
    const [start, width, height] = [head?.[0].length ?? 0, Number(head?.[1]), Number(head?.[2])];
    checkSides({ width, height }, name, limits);
    return { image: { width, height, data: bytes.slice(start, start + width * height) }, warnings: [] };
  },
};
const formats = [...imageFormats, pgm];
const picture = new TextEncoder().encode(`P5 30 28 255\n${"abcdef".repeat(140)}`);

/** Node's decoders give views into buffers of its own kind. */
const plain = ({ image, warnings }: Radiograph) => ({ ...image, data: [...image.data], warnings });

const folder = mkdtempSync(join(tmpdir(), "formats-"));
after(() => rmSync(folder, { recursive: true }));

test("a format from outside is decoded, with and without Node, and refused where the table lacks it", async () => {
  const data = Array.from({ length: 30 * 28 }, (_, i) => 97 + (i % 6));
  const expected = { width: 30, height: 28, data, warnings: [] };
  const path = join(folder, "picture.pgm");
  writeFileSync(path, picture);
  assert.deepEqual(plain(await readRadiograph(path, { formats })), expected);
  assert.deepEqual(plain(await readRadiograph(picture, { formats })), expected);
  assert.deepEqual(plain(await decodeRadiograph(picture, { formats, name: "picture", codecs: nodeCodecs })), expected);
  await assert.rejects(readRadiograph(path), hasCode("IMAGE_UNREADABLE", "must be a JPEG, PNG or DICOM image"));
  const html = new TextEncoder().encode("<html>");
  const refused = hasCode("IMAGE_UNREADABLE", "must be a JPEG, PNG, DICOM or PGM image. Received 6 bytes");
  await assert.rejects(readRadiograph(html, { formats }), refused);
  const limits = { maxBytes: 4 };
  await assert.rejects(readRadiograph(picture, { formats, limits }), hasCode("IMAGE_TOO_LARGE", "4 bytes"));
});

test("files are told by its extension and its mark, and a server takes its media type", async () => {
  const unnamed = join(folder, "picture");
  writeFileSync(unnamed, picture);
  assert.deepEqual([isImageName("a.PGM", formats), isImageName("a.pgm")], [true, false]);
  assert.deepEqual(
    [await isImageFile(unnamed, "picture", formats), await isImageFile(unnamed, "picture")],
    [true, false],
  );
  assert.deepEqual(imageMediaTypes(formats).slice(-2), ["image/x-portable-graymap", "application/octet-stream"]);
});

const samples = { jpeg: ["opencv", "grey.jpg"], png: ["opencv", "grey-16.png"], dicom: ["dicom", "jpeg-2000.dcm"] };

for (const { name, extensions } of imageFormats) {
  test(`${name}: its own decoder gives what Node's faster one gives`, async () => {
    const path = golden(...(samples[name as keyof typeof samples] as [string, string]));
    const bytes = new Uint8Array(readFileSync(path));
    const own = await decodeRadiograph(bytes, { name, codecs: nodeCodecs });
    assert.deepEqual(plain(own), plain(await readRadiograph(path)));
    assert.ok(extensions.some((extension) => path.endsWith(extension)));
  });
}

test("names and extensions are each one format's, and bytes are at most one's", () => {
  for (const values of [imageFormats.map(({ name }) => name), imageFormats.flatMap(({ extensions }) => extensions)]) {
    assert.equal(new Set(values).size, values.length);
  }
  for (const sample of Object.values(samples)) {
    const bytes = new Uint8Array(readFileSync(golden(...(sample as [string, string]))));
    assert.equal(imageFormats.filter(({ matches }) => matches(bytes)).length, 1);
  }
});
