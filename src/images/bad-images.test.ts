// What decodeGray does with files that are no images, damaged images and images of absurd size.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { crc32 } from "node:zlib";
import { golden } from "../../test/support/paths.js";
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { decodeGray } from "./decode-gray.js";
import { encodeJpeg, encodePng } from "./encode.js";

const folder = mkdtempSync(join(tmpdir(), "bad-images-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function refuses(source: string | Uint8Array, code: string, ...words: string[]): Promise<void> {
  await assert.rejects(decodeGray(source), (error) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.ok(error.message.includes(word), error.message);
    assert.ok(!error.message.includes("\n"));
    return true;
  });
}

/** A PNG that is right in its header and has no pixels. */
function pngHeader(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(25);
  header.writeUInt32BE(13, 0);
  header.write("IHDR", 4, "latin1");
  header.writeUInt32BE(width, 8);
  header.writeUInt32BE(height, 12);
  header.set([8, 0, 0, 0, 0], 16);
  header.writeUInt32BE(crc32(header.subarray(4, 21)), 21);
  const emptyData = Buffer.from("0000000049444154", "hex");
  const end = Buffer.from("0000000049454e44ae426082", "hex");
  const data = Buffer.concat([emptyData, Buffer.from("35af061e", "hex")]);
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), header, data, end]);
}

test("files that are no image are refused by name", async () => {
  await refuses(join(folder, "absent.jpeg"), "FILE_MISSING", "absent.jpeg");
  await refuses(file("notes.jpeg", "Patient notes, not an image."), "IMAGE_UNREADABLE", "notes.jpeg");
  await refuses(file("empty.jpeg", ""), "IMAGE_UNREADABLE", "empty.jpeg", "empty file");
  await refuses(file("vector.png", '<svg xmlns="http://www.w3.org/2000/svg"/>'), "IMAGE_UNREADABLE", "vector.png");
  mkdirSync(join(folder, "folder.jpeg"));
  await refuses(join(folder, "folder.jpeg"), "IMAGE_UNREADABLE", "folder.jpeg");
  execFileSync("mkfifo", [join(folder, "pipe.jpeg")]);
  await refuses(join(folder, "pipe.jpeg"), "IMAGE_UNREADABLE", "pipe.jpeg");
});

test("an unreadable file is refused by name", {
  skip: process.getuid?.() === 0 && "root reads every file",
}, async () => {
  const path = file("locked.jpeg", readFileSync(golden("opencv", "grey.jpg")));
  chmodSync(path, 0);
  await refuses(path, "FILE_UNREADABLE", "locked.jpeg");
});

test("sizes are checked before pixels are decoded", async () => {
  const one = { width: 1, height: 1, data: new Uint8Array(1) };
  await refuses(file("one.png", await encodePng(one)), "IMAGE_TOO_SMALL", "one.png", "1x1");
  await refuses(file("one.jpeg", await encodeJpeg(one)), "IMAGE_TOO_SMALL", "one.jpeg", "1x1");
  await refuses(
    file("line.png", await encodePng({ width: 300, height: 1, data: new Uint8Array(300) })),
    "IMAGE_TOO_SMALL",
  );
  await refuses(file("huge.png", pngHeader(20_000, 20_000)), "IMAGE_TOO_LARGE", "huge.png", "20000x20000");
  const jpeg = Buffer.from(readFileSync(golden("opencv", "grey.jpg")));
  const frame = jpeg.indexOf(Buffer.from("ffc0", "hex"));
  jpeg.writeUInt16BE(20_000, frame + 5);
  jpeg.writeUInt16BE(20_000, frame + 7);
  await refuses(file("huge.jpeg", jpeg), "IMAGE_TOO_LARGE", "huge.jpeg", "20000x20000");
  const small = golden("opencv", "grey.jpg");
  await assert.rejects(decodeGray(small, { limits: { maxPixels: 1000 } }), { code: "IMAGE_TOO_LARGE" });
  await assert.rejects(decodeGray(small, { limits: { maxBytes: 100 } }), { code: "IMAGE_TOO_LARGE" });
});

for (const name of ["grey.jpg", "grey-progressive.jpg", "rgb-420.jpg", "rgb.png", "grey-16.png"]) {
  test(`${name} cut short anywhere is refused`, async () => {
    const whole = readFileSync(golden("opencv", name));
    for (const share of [0.05, 0.2, 0.5, 0.8, 0.95]) {
      const cut = file(`cut-${share}-${name}`, whole.subarray(0, Math.floor(whole.length * share)));
      await assert.rejects(decodeGray(cut), (error) => {
        assert.ok(error instanceof AppError && /^IMAGE_(TRUNCATED|UNREADABLE)$/.test(error.code), `${share}: ${error}`);
        if (share >= 0.8) assert.equal(error.code, "IMAGE_TRUNCATED", error.message);
        assert.ok(error.message.startsWith(cut), error.message);
        return true;
      });
    }
  });
}

test("a cut image is called so however many others are decoded beside it", async () => {
  const whole = readFileSync(golden("opencv", "grey.jpg"));
  const cut = whole.subarray(0, Math.floor(whole.length * 0.8));
  for (let round = 0; round < 50; round++) {
    const results = await Promise.allSettled([cut, whole, cut, whole, cut].map((bytes) => decodeGray(bytes)));
    const codes = results.map((result) => (result.status === "rejected" ? (result.reason as AppError).code : "read"));
    assert.deepEqual(codes, ["IMAGE_TRUNCATED", "read", "IMAGE_TRUNCATED", "read", "IMAGE_TRUNCATED"]);
  }
});

test("an image with text after its end is still read, as viewers do", async () => {
  const whole = readFileSync(golden("opencv", "grey.jpg"));
  const longer = await decodeGray(Buffer.concat([whole, Buffer.from("appended by an export tool")]));
  assert.deepEqual(longer, await decodeGray(whole));
});

test("mutated files give an image or an AppError, never anything else", async () => {
  const names = [
    "grey.jpg",
    "grey-progressive.jpg",
    "rgb-420.jpg",
    "exif-6.jpg",
    "rgb.png",
    "grey-16.png",
    "palette.png",
  ];
  const random = Random.of(20_26, "mutations");
  let images = 0;
  let refused = 0;
  for (let i = 0; i < 420; i++) {
    const bytes = Uint8Array.from(readFileSync(golden("opencv", names[i % names.length] as string)));
    for (let n = 1 + random.integer(12); n > 0; n--) {
      const at = random.uniform() < 0.5 ? random.integer(bytes.length) : random.integer(Math.min(200, bytes.length));
      bytes[at] = random.integer(256);
    }
    try {
      // A mutated header may claim any size: the limit keeps the suite's memory small.
      const image = await decodeGray(bytes, { limits: { maxPixels: 4_000_000 } });
      assert.equal(image.data.length, image.width * image.height);
      images++;
    } catch (error) {
      assert.ok(error instanceof AppError, String(error));
      refused++;
    }
  }
  assert.ok(images > 20 && refused > 20, `${images} images, ${refused} refused: the mutations test nothing`);
});
