// Sniffing by content, and the threads in which DICOM is decoded.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dicomGoldenFile, readDicomGolden } from "../../test/support/dicom-golden.js";
import { type DicomElement, dicomFile, gradient, pictureElements } from "../../test/support/dicom-writer.js";
import { hasCode } from "../../test/support/has-code.js";
import { golden } from "../../test/support/paths.js";
import type { AppError } from "../core/errors.js";
import { decodeGray } from "./decode-gray.js";
import { DecodeThreads } from "./decode-thread/pool.js";
import { isImageFile } from "./image-name.js";
import { readRadiograph } from "./read-radiograph.js";

const folder = mkdtempSync(join(tmpdir(), "radiographs-"));
const threads = new DecodeThreads({ threads: 2 });
after(async () => {
  await threads.close();
  rmSync(folder, { recursive: true });
});

test("JPEG and PNG are what decodeGray gives, without warnings", async () => {
  for (const name of ["grey.jpg", "rgb-420.jpg", "rgb.png", "grey-16.png"]) {
    const path = golden("opencv", name);
    const { image, warnings } = await readRadiograph(path);
    assert.deepEqual(image, await decodeGray(path));
    assert.deepEqual(warnings, []);
  }
});

test("DICOM is told by its content, whatever its name; many at a time, each gets its own picture", async () => {
  const entries = readDicomGolden().slice(0, 12);
  const results = await Promise.all(
    entries.map(async ({ file }, i) => {
      const path = join(folder, `${i}.jpeg`);
      copyFileSync(golden("dicom", file), path);
      return await readRadiograph(path, { threads });
    }),
  );
  for (const [i, { image }] of results.entries()) assert.deepEqual(image.data, entries[i]?.grey, entries[i]?.file);
});

test("bytes stay the caller's", async () => {
  const bytes = dicomGoldenFile("explicit-le.dcm");
  const copy = bytes.slice();
  await readRadiograph(bytes, { threads });
  assert.deepEqual(bytes, copy);
});

test("what is no image is called what it is", async () => {
  const zip = Buffer.from("504b0304140000000800", "hex");
  const locked = Buffer.from("504b0304140001000800", "hex");
  for (const [name, bytes, part] of [
    ["zip.dcm", zip, "Received a zip archive. Unpack it"],
    ["locked.dcm", locked, "a zip archive with a password"],
    ["empty.dcm", Buffer.alloc(0), "an empty file"],
    ["text.dcm", Buffer.from("no image, but a letter about one"), "32 bytes that begin like none of them"],
    ["cms.dcm", Buffer.from("308006092a864886f70d010703a080308002", "hex"), "begin like none of them"],
    [
      "scan.tif.dcm",
      Buffer.from("II*\0 and so on", "latin1"),
      "Received a TIFF picture. Save the picture as grey PNG.",
    ],
    ["animation.jpeg", Buffer.from("GIF89a"), "a GIF picture"],
    ["phone.jpeg", Buffer.from("\0\0\0\x18ftypheic", "latin1"), "a HEIC picture"],
    ["codestream.jpg", Buffer.from("ff4fff51002f0000", "hex"), "a JPEG 2000 picture. Save"],
    ["next.jpg", Buffer.from("ff0afa1f0190", "hex"), "a JPEG XL picture"],
    ["paint.png", Buffer.from("BM6\0\0\0\0\0", "latin1"), "a BMP picture"],
    ["web.png", Buffer.from("RIFF\x24\0\0\0WEBPVP8 ", "latin1"), "a WebP picture"],
    ["letter.png", Buffer.from("%PDF-1.7"), "Received a PDF document. Save the radiograph"],
    ["scan.dcm.gz", Buffer.from("1f8b0800", "hex"), "a gzip archive. Unpack it"],
    ["short.dcm", Buffer.from("W"), "1 bytes"],
    ["zeros.dcm", Buffer.alloc(4096), "begin like none of them"],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    await assert.rejects(readRadiograph(path, { threads }), hasCode("IMAGE_UNREADABLE", `${name}: must be`));
    await assert.rejects(readRadiograph(path, { threads }), hasCode("IMAGE_UNREADABLE", part));
  }
});

test("errors cross from the thread with their code; limits go in", async () => {
  const many = dicomFile({
    elements: [...pictureElements(8, 8, [[0x00280008, "IS", "3"]]), [0x7fe00010, "OW", gradient(8, 8)]],
  });
  await assert.rejects(readRadiograph(many, { threads, name: "cine.dcm" }), hasCode("DICOM_MULTI_FRAME", "cine.dcm"));
  const lying: readonly DicomElement[] = [...pictureElements(8, 8), [0x00204000, "UT", "short", 0x7ffffff0]];
  await assert.rejects(readRadiograph(dicomFile({ elements: lying }), { threads }), (thrown: unknown) => {
    return hasCode("DICOM_UNREADABLE", "image: ")(thrown) && typeof (thrown as AppError).cause === "string";
  });
  const options = { threads, limits: { maxPixels: 100 } };
  await assert.rejects(readRadiograph(golden("dicom", "rle.dcm"), options), hasCode("IMAGE_TOO_LARGE", "rle.dcm"));
});

test("a file that takes too long is given up, and so is its thread, but not the files after it", async () => {
  const hasty = new DecodeThreads({ threads: 1, timeoutMs: 1 });
  const file = golden("dicom", "jpeg-2000.dcm");
  const [first, second] = await Promise.allSettled([
    readRadiograph(file, { threads: hasty }),
    readRadiograph(file, { threads: hasty }),
  ]);
  assert.ok(first.status === "rejected" && hasCode("DICOM_TIMEOUT", "jpeg-2000.dcm: ")(first.reason));
  assert.ok(second.status === "rejected" && hasCode("DICOM_TIMEOUT", "longer than")(second.reason));
  await hasty.close();
});

test("files of a folder are images by name, or by their mark where they have no extension", async () => {
  const whole = readFileSync(golden("dicom", "rle.dcm"));
  for (const [name, content, expected] of [
    ["a.DCM", "", true],
    ["a.dicom", "", true],
    ["IM0001", whole, true],
    ["1.2.840.113619.2.5", whole, true],
    ["DICOMDIR", whole, false],
    ["dicomdir", whole, false],
    ["README", "nothing", false],
    ["scan.img", whole, false],
    [".hidden", whole, false],
  ] as const) {
    writeFileSync(join(folder, name), content);
    assert.equal(await isImageFile(join(folder, name), name), expected, name);
  }
  assert.equal(await isImageFile(join(folder, "absent"), "absent"), false);
});
