// DICOM files that are damaged, lie, or mean harm: each is one AppError, none takes memory or time that it does not
// deserve, and no message repeats what stands in the file.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { dicomGoldenFile } from "../../../test/support/dicom-golden.js";
import {
  type DicomElement,
  dicomFile,
  encapsulated,
  gradient,
  pictureElements,
} from "../../../test/support/dicom-writer.js";
import { manyScansJpeg } from "../../../test/support/hostile-pictures.js";
import { golden } from "../../../test/support/paths.js";
import type { ErrorCode } from "../../core/error-catalogue.js";
import { AppError, messageOf } from "../../core/errors.js";
import { Random } from "../../core/random.js";
import { installedWasm } from "../decode-thread/codec-files.js";
import { WasmCodecs } from "./codecs/wasm-codecs.js";
import { decodeDicom } from "./decode-dicom.js";
import { isDicom } from "./part-10.js";

const codecs = new WasmCodecs(installedWasm);
const decode = (bytes: Uint8Array) => decodeDicom(bytes, { codecs, name: "x.dcm" });

async function refuses(bytes: Uint8Array, code: ErrorCode, ...words: readonly string[]): Promise<void> {
  await assert.rejects(decode(bytes), (thrown) => {
    assert.ok(thrown instanceof AppError, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    for (const word of ["x.dcm: ", ...words]) assert.ok(thrown.message.includes(word), thrown.message);
    assert.doesNotMatch(everythingOf(thrown), /SECRET/);
    return true;
  });
}

/** All that an error could show of a file: its texts and properties, and those of its causes. */
const everythingOf = (thrown: unknown): string => inspect(thrown, { depth: 20, showHidden: true });

const pixels = (bytes: Uint8Array, vr = "OW", declared = bytes.length): DicomElement => [
  0x7fe00010,
  vr,
  bytes,
  declared,
];
const picture = (...more: readonly DicomElement[]): Uint8Array =>
  dicomFile({ elements: [...pictureElements(16, 12, more), pixels(gradient(16, 12))] });
const compressed = (syntax: string, data: Uint8Array, ...more: readonly DicomElement[]): Uint8Array =>
  dicomFile({ syntax, elements: [...pictureElements(16, 12, more), pixels(data, "OB", 0xffffffff)] });

const jpegLs = "1.2.840.10008.1.2.4.80";
const rle = "1.2.840.10008.1.2.5";

/** The compressed bytes of a golden file: from its first fragment to its end. */
function tailOf(name: string): Uint8Array {
  const bytes = dicomGoldenFile(name);
  const at = Buffer.from(bytes).lastIndexOf(Buffer.from("e07f1000", "hex"));
  return bytes.subarray(at + 12);
}

test("the sound file that the others are made from is read, with and without its header", async () => {
  const whole = await decode(picture());
  assert.deepEqual(whole.warnings, []);
  for (const header of ["no preamble", "none"] as const) {
    const bytes = dicomFile({ header, elements: [...pictureElements(16, 12), pixels(gradient(16, 12))] });
    assert.ok(isDicom(bytes));
    const { image, warnings } = await decode(bytes);
    assert.deepEqual(image, whole.image);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ["HEADER_INCOMPLETE"],
    );
  }
});

test("implicit little endian and big endian without header are told from the first element", async () => {
  for (const [name, skip] of [
    ["implicit-le.dcm", 0],
    ["explicit-be.dcm", 0],
  ] as const) {
    const whole = dicomGoldenFile(name);
    const expected = await decode(whole);
    const view = new DataView(whole.buffer, whole.byteOffset);
    const start = 144 + view.getUint32(140, true) + skip; // after (0002,0000), which has the length of its group
    assert.ok(isDicom(whole.subarray(start)));
    assert.deepEqual((await decode(whole.slice(start))).image, expected.image);
  }
});

test("implicit attributes in a file that says explicit are read, with a warning", async () => {
  const dataSetOf = (bytes: Uint8Array) => 144 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(140, true);
  const [implicit, explicit] = [dicomGoldenFile("implicit-le.dcm"), dicomGoldenFile("explicit-le.dcm")];
  const mixed = Buffer.concat([explicit.subarray(0, dataSetOf(explicit)), implicit.subarray(dataSetOf(implicit))]);
  const { image, warnings } = await decode(mixed);
  assert.deepEqual(image, (await decode(implicit)).image);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["ENCODING_MISMATCH"],
  );
});

test("sizes that are declared and not there take no memory", async () => {
  const huge: readonly DicomElement[] = [
    [0x00280010, "US", 60_000],
    [0x00280011, "US", 60_000],
  ];
  await refuses(picture(...huge), "IMAGE_TOO_LARGE", "60000x60000");
  await refuses(picture([0x00280010, "US", 10_000], [0x00280011, "US", 10_000]), "IMAGE_TRUNCATED", "200000000 bytes");
  await refuses(compressed(rle, encapsulated([new Uint8Array(64)]), [0x00280010, "US", 9000]), "DICOM_UNREADABLE");
  await refuses(picture([0x00280010, "US", 0]), "IMAGE_TOO_SMALL");
  await refuses(picture([0x00280010, "US", 1]), "IMAGE_TOO_SMALL", "16x1");
  await refuses(
    dicomFile({ elements: [...pictureElements(16, 12), pixels(gradient(16, 12), "OW", 0xfffffff0)] }).subarray(0, 600),
    "IMAGE_TRUNCATED",
  );
});

test("a JPEG of very many scans is refused before its codec sees it", async () => {
  const eightBit: readonly DicomElement[] = [
    [0x00280100, "US", 8],
    [0x00280101, "US", 8],
    [0x00280102, "US", 7],
  ];
  const file = (passes: number, bands: 1 | 63) => {
    const jpeg = manyScansJpeg({ width: 16, height: 12, components: 1, passes, bands });
    return compressed("1.2.840.10008.1.2.4.50", encapsulated([jpeg]), ...eightBit);
  };
  await refuses(file(2, 63), "IMAGE_TOO_COSTLY", "100 scans at most");
  const limits = { maxPixels: 200 };
  await assert.rejects(decodeDicom(file(12, 1), { name: "x", codecs, limits }), { code: "IMAGE_TOO_COSTLY" });
  assert.equal((await decodeDicom(file(12, 1), { name: "x", codecs })).image.data.length, 16 * 12);
});

test("a deflate bomb is stopped, a cut deflate stream is told of", async () => {
  const syntax = "1.2.840.10008.1.2.1.99";
  const bomb = deflateRawSync(Buffer.alloc(400 * 1024 * 1024));
  const head = dicomFile({ syntax, elements: [] });
  await refuses(Buffer.concat([head, bomb]), "IMAGE_TOO_LARGE", "inflates to more");
  await refuses(
    Buffer.concat([head, Buffer.from("this is not deflated at all, but long enough to be looked at")]),
    "DICOM_UNREADABLE",
  );
  const whole = dicomGoldenFile("deflated.dcm");
  await refuses(whole.subarray(0, whole.length - 1500), "IMAGE_TRUNCATED");
});

test("what is missing or contradicts itself is named", async () => {
  const without = (tag: number) =>
    dicomFile({
      elements: [...pictureElements(16, 12).filter(([own]) => own !== tag), pixels(gradient(16, 12))],
    });
  await refuses(without(0x00280010), "DICOM_UNREADABLE", "Rows");
  await refuses(without(0x00280100), "DICOM_UNREADABLE", "BitsAllocated");
  await refuses(without(0x00280004), "DICOM_UNSUPPORTED", "MONOCHROME1");
  await refuses(dicomFile({ elements: pictureElements(16, 12) }), "DICOM_NO_IMAGE", "without pixel data");
  const floats: DicomElement = [0x7fe00008, "OF", new Uint8Array(4 * 16 * 12)];
  await refuses(dicomFile({ elements: [...pictureElements(16, 12), floats] }), "DICOM_UNSUPPORTED", "floating point");
  await refuses(picture([0x00280008, "IS", "12"]), "DICOM_MULTI_FRAME", "12 frames");
  await refuses(picture([0x00280101, "US", 17]), "DICOM_UNREADABLE", "17 bits");
  await refuses(picture([0x00280101, "US", 0]), "DICOM_UNREADABLE", "0 bits");
  await refuses(picture([0x00280102, "US", 3]), "DICOM_UNREADABLE", "bit 3");
  await refuses(picture([0x00280100, "US", 32]), "DICOM_UNSUPPORTED", "32");
  await refuses(picture([0x00280002, "US", 3]), "DICOM_UNSUPPORTED", "MONOCHROME2");
  await refuses(picture([0x00280004, "CS", "SECRET"]), "DICOM_UNSUPPORTED");
  const palette = picture([0x00280004, "CS", "PALETTE COLOR"]);
  await refuses(palette, "DICOM_UNREADABLE", "palette");
  const segmented = picture([0x00280004, "CS", "PALETTE COLOR"], [0x00281221, "OW", new Uint8Array(8)]);
  await refuses(segmented, "DICOM_UNSUPPORTED", "in segments");
  await refuses(dicomFile({ syntax: "1.2.840.10008.1.2.4.100", elements: [] }), "DICOM_UNSUPPORTED", "4.100");
  await refuses(dicomFile({ syntax: "1.2.3.SECRET", elements: [] }), "DICOM_UNSUPPORTED", "a private one");
  const directory = Buffer.from(dicomFile({ elements: [] }));
  const media = dicomFile({ header: "none", elements: [[0x00020002, "UI", "1.2.840.10008.1.3.10"]] });
  await refuses(Buffer.concat([directory.subarray(0, 132), media]), "DICOM_NO_IMAGE", "DICOMDIR");
});

test("lengths that lie, sequences without end and deep nesting are refused or passed over", async () => {
  await refuses(picture([0x00204000, "UT", "SECRET", 0x7ffffff0]), "DICOM_UNREADABLE");
  await refuses(picture([0x00281050, "DS", "20", 0x4000]), "DICOM_UNREADABLE");
  const endless = new Uint8Array(Uint32Array.of(0xe000fffe, 0xffffffff).buffer);
  const nest = Buffer.concat(
    Array.from({ length: 200_000 }, () => [
      Buffer.from("08001511535100 00ffffffff".replace(" ", ""), "hex"),
      endless,
    ]).flat(),
  );
  await refuses(Buffer.concat([dicomFile({ elements: [] }), nest]), "DICOM_UNREADABLE");
  await assert.rejects(decode(picture([0x00081115, "SQ", endless, 0xffffffff])), AppError);
});

test("what a library threw is the cause, and holds nothing of the file", async () => {
  const causeOf = async (bytes: Uint8Array) => {
    const thrown = await decode(bytes).then(
      () => assert.fail("decoded"),
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof AppError && thrown.code === "DICOM_UNREADABLE", String(thrown));
    assert.doesNotMatch(everythingOf(thrown), /SECRET/);
    return messageOf(thrown.cause);
  };
  assert.match(
    await causeOf(picture([0x00204000, "UT", "SECRET", 0x7ffffff0])),
    /past end of buffer|overrun|< position/,
  );
  const syntax = "1.2.840.10008.1.2.1.99";
  const noise = Buffer.from("SECRET, and not deflated at all, but long enough to be looked at");
  assert.match(await causeOf(Buffer.concat([dicomFile({ syntax, elements: [] }), noise])), /invalid|EOF/);
});

test("millions of attributes, in a row or in a sequence, are refused before they fill the memory", async () => {
  const many = Buffer.alloc(8 * 3_000_000);
  for (let i = 0; i * 8 < many.length; i++) {
    many.writeUInt16LE(8 + (i >>> 16), 8 * i);
    many.writeUInt16LE(i & 0xffff, 8 * i + 2);
    many.write("US", 8 * i + 4, "latin1");
  }
  const head = dicomFile({ elements: [] });
  await refuses(Buffer.concat([head, many]), "DICOM_UNREADABLE", "hundreds of thousands");
  const open = Buffer.from("0800151153510000fffffffffeff00e0ffffffff", "hex"); // a sequence and an item without end
  await refuses(Buffer.concat([head, open, many]), "DICOM_UNREADABLE", "hundreds of thousands");
});

test("compressed pixels that are cut, missing or of another size never reach a codec", async () => {
  const fine = tailOf("jpeg-ls.dcm");
  const sized: readonly DicomElement[] = [
    [0x00280010, "US", 45],
    [0x00280011, "US", 62],
  ];
  assert.equal((await decode(compressed(jpegLs, fine, ...sized))).image.width, 62);
  await refuses(compressed(jpegLs, fine), "DICOM_UNREADABLE", "16x12", "62x45");
  await refuses(compressed(jpegLs, fine.subarray(0, 700), ...sized), "IMAGE_TRUNCATED");
  const claimed = Buffer.from(fine);
  const frame = claimed.indexOf(Buffer.from("fff7", "hex"));
  claimed.writeUInt16BE(9000, frame + 5);
  claimed.writeUInt16BE(9000, frame + 7);
  const large: readonly DicomElement[] = [
    [0x00280010, "US", 9000],
    [0x00280011, "US", 9000],
  ];
  await refuses(compressed(jpegLs, claimed, ...large), "DICOM_UNREADABLE", "a byte for 10000 pixels");
  await refuses(compressed(jpegLs, encapsulated([]), ...sized), "DICOM_UNREADABLE", "without a single piece");
  await refuses(compressed(jpegLs, encapsulated([new Uint8Array(500)]), ...sized), "DICOM_UNSUPPORTED");
  await refuses(compressed(jpegLs, new Uint8Array(64), ...sized), "DICOM_UNREADABLE", "another tag");
});

for (const name of ["jpeg-baseline", "jpeg-extended", "jpeg-lossless-70", "jpeg-ls", "jpeg-2000", "htj2k", "rle"]) {
  test(`${name}: half of the compressed bytes are no image`, async () => {
    const bytes = Buffer.from(dicomGoldenFile(`${name}.dcm`));
    const items = bytes.lastIndexOf(Buffer.from("e07f1000", "hex")) + 12;
    const start = items + 8 + bytes.readUInt32LE(items + 4); // after the offset table
    const fragment = bytes.subarray(start + 8, start + 8 + Math.floor(bytes.readUInt32LE(start + 4) / 2));
    const half = Buffer.concat([bytes.subarray(0, items), encapsulated([fragment])]);
    await refuses(half, name === "rle" ? "DICOM_UNREADABLE" : "IMAGE_TRUNCATED");
    // The end mark alone does not make it whole. JPEG 2000 may end early by its standard, and libjpeg fills up.
    const marked = Buffer.concat([
      bytes.subarray(0, items),
      encapsulated([Buffer.concat([fragment, Buffer.of(0xff, 0xd9)])]),
    ]);
    await decode(marked).then(
      () => assert.ok(/jpeg-baseline|2000|htj2k/.test(name), "decoded"),
      (thrown) => {
        assert.ok(thrown instanceof AppError, String(thrown));
        if (name === "jpeg-extended" || name === "jpeg-ls") assert.notEqual(thrown.cause, undefined);
      },
    );
  });
}

test("JPEG lossless that ends before its last row is no image", async () => {
  const bytes = Buffer.from(dicomGoldenFile("jpeg-lossless-70.dcm"));
  bytes.writeUInt16LE(90, bytes.indexOf(Buffer.from("28001000", "hex")) + 8);
  bytes.writeUInt16BE(90, bytes.lastIndexOf(Buffer.from("ffc3", "hex")) + 5);
  await refuses(bytes, "DICOM_UNREADABLE", "jpeg-lossless");
});

test("JPEG lossless that breaks its own rules is no image", async () => {
  const changed = (name: string, marker: string, offset: number, value: number): Uint8Array => {
    const bytes = Buffer.from(dicomGoldenFile(name));
    const at = bytes.lastIndexOf(Buffer.from(marker, "hex"));
    assert.ok(at > 0);
    bytes[at + offset] = value;
    return bytes;
  };
  const restarts = "jpeg-lossless-4-restarts.dcm";
  for (const bytes of [
    changed(restarts, "ffd2", 1, 0), // a restart that is none
    changed(restarts, "ffdd0004", 5, 0xf7), // an interval that ends inside a line
    changed(restarts, "ffda", 7, 0), // predictor 0, which is for hierarchical images
    changed(restarts, "ffda", 5, 9), // a component that the frame has not
    changed(restarts, "ffda", 6, 0x30), // a table that was not defined
  ]) {
    await refuses(bytes, "DICOM_UNREADABLE", "jpeg-lossless");
  }
  await refuses(changed("rgb-12-jpeg-lossless.dcm", "ffc3", 11, 0x21), "DICOM_UNSUPPORTED", "every sample stored");
});

test("pixels that are encoded otherwise than declared are read, with a warning", async () => {
  const codes = async (bytes: Uint8Array) => (await decode(bytes)).warnings.map(({ code }) => code);
  const raw = dicomFile({ syntax: jpegLs, elements: [...pictureElements(16, 12), pixels(gradient(16, 12))] });
  assert.deepEqual(await codes(raw), ["ENCODING_MISMATCH"]);
  const sized: readonly DicomElement[] = [
    [0x00280010, "US", 45],
    [0x00280011, "US", 62],
  ];
  const other = compressed("1.2.840.10008.1.2.4.90", tailOf("jpeg-ls.dcm"), ...sized);
  assert.deepEqual(await codes(other), ["ENCODING_MISMATCH"]);
  const undeclared = compressed("1.2.840.10008.1.2.1", tailOf("htj2k.dcm"), ...sized);
  assert.deepEqual(await codes(undeclared), ["ENCODING_MISMATCH"]);
});

test("mutated files give an image or an AppError, and nothing of the patient", async () => {
  const random = Random.of("mutated DICOM");
  const names = readdirSync(golden("dicom")).filter((name) => name.endsWith(".dcm"));
  for (const name of names) {
    const whole = dicomGoldenFile(name);
    for (let round = 0; round < 6; round++) {
      const bytes = whole.slice();
      const changes = 1 + random.integer(8);
      for (let i = 0; i < changes; i++) bytes[random.integer(bytes.length)] = random.integer(256);
      const cut = random.integer(4) === 0 ? bytes.subarray(0, random.integer(bytes.length)) : bytes;
      const told = await decode(cut).then(
        ({ warnings }) => JSON.stringify(warnings),
        (thrown) => {
          assert.ok(thrown instanceof AppError, `${name} ${round}: ${thrown}`);
          return everythingOf(thrown);
        },
      );
      assert.doesNotMatch(told, /SECRET/);
    }
  }
});

test("arbitrary bytes behind a DICOM prefix are an AppError", async () => {
  const head = dicomFile({ elements: [] });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (tail) => {
      await assert.rejects(decode(Buffer.concat([head, tail])), AppError);
    }),
    { numRuns: 300 },
  );
});
