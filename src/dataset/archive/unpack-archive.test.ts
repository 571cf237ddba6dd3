// Archives as anybody may send them: what is sound becomes a folder, what is hostile leaves nothing.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, beforeEach, test } from "node:test";
import { type Zippable, zipSync } from "fflate";
import { hasCode } from "../../../test/support/has-code.js";
import { overlappingBomb, withEntry } from "../../../test/support/hostile-zip.js";
import { noise } from "../../../test/support/npz.js";
import { type UnpackOptions, unpackArchive } from "./unpack-archive.js";

const root = mkdtempSync(join(tmpdir(), "pneumoscope-unpack-"));
after(() => rmSync(root, { recursive: true }));

let place: string;
const archive = () => join(place, "images.zip");
const folder = () => join(place, "images");
beforeEach(() => {
  place = mkdtempSync(join(root, "place-"));
});

const image = noise(5000);
const filesBelow = (at: string): readonly string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(at, join(entry.parentPath, entry.name)))
    .sort();

function unpack(zip: Uint8Array, options?: UnpackOptions): Promise<number> {
  writeFileSync(archive(), zip);
  return unpackArchive(archive(), folder(), options);
}

async function refuses(zip: Uint8Array, part: string, options?: UnpackOptions): Promise<void> {
  await assert.rejects(unpack(zip, options), hasCode("DATASET_SOURCE_INVALID", part));
  assert.deepEqual(readdirSync(place), ["images.zip"], "nothing is left");
}

test("files and folders come out as they were; what a Mac's Finder adds does not", async () => {
  const files: Zippable = {
    "set/train/a.jpeg": image,
    "set/train/b c, \u00e9.jpeg": [image, { level: 0 }],
    "set/empty.csv": new Uint8Array(),
    "set/folder/": new Uint8Array(),
    "set/.DS_Store": image,
    "__MACOSX/set/train/._a.jpeg": image,
    "set/train/._a.jpeg": image,
  };
  const told: (readonly [number, number])[] = [];
  assert.equal(await unpack(zipSync(files), { onProgress: (done, total) => told.push([done, total]) }), 3);
  assert.deepEqual(filesBelow(folder()), ["set/empty.csv", "set/train/a.jpeg", "set/train/b c, \u00e9.jpeg"]);
  assert.deepEqual(readFileSync(join(folder(), "set", "train", "a.jpeg")), Buffer.from(image));
  assert.deepEqual(told.at(-1), [3, 3]);
  assert.deepEqual(readdirSync(place).sort(), ["images", "images.zip"]);
});

test("members may be left out or renamed; the caller sees the folder before it has its name", async () => {
  const zip = zipSync({ "x/a.png": image, "x/b.txt": image });
  const pathOf = (name: string) => (name.endsWith(".png") ? name.slice(2) : null);
  let seen: readonly string[] = [];
  const complete = async (at: string) => {
    assert.equal(existsSync(folder()), false);
    seen = filesBelow(at).filter((name) => !name.startsWith("."));
  };
  assert.equal(await unpack(zip, { pathOf, complete }), 1);
  assert.deepEqual([seen, filesBelow(folder())], [["a.png"], ["a.png"]]);
});

test("names that leave the folder are refused", async () => {
  for (const name of ["../a.png", "x/../../a.png", "/tmp/a.png", "C:/a.png", "..\\a.png", "\\\\host\\a.png"]) {
    await refuses(zipSync({ [name]: image }), "should be a whole zip archive");
  }
  await refuses(zipSync({ "a\0.png": image }), "names without zero bytes");
});

test("links, devices and passwords are refused", async () => {
  const target = Buffer.from("/etc/passwd");
  for (const mode of [0o120777, 0o020666, 0o010644]) {
    const linked = zipSync({ "a.png": [target, { os: 3, attrs: mode << 16 }] });
    await refuses(linked, 'files and folders only. Received "a.png", a link or device');
  }
  const sealed = withEntry(zipSync({ "a.png": image }), (entry) => entry.writeUInt16LE(1, 8));
  await refuses(sealed, "files without a password");
});

test("one name twice, or a file and a folder of one name, are refused", async () => {
  const twice = Buffer.from(zipSync({ "aa.png": image, "ab.png": image })).toString("latin1");
  await refuses(Buffer.from(twice.replaceAll("ab.png", "aa.png"), "latin1"), "each name once");
  await refuses(zipSync({ "a.png": image, "a.png/b.png": image }), "cannot be unpacked");
});

test("a fault in the first of many members, found by fuzzing, is one error and nothing is left", async () => {
  const members: Zippable = {};
  for (let i = 0; i < 30; i++) members[`${i}.png`] = [image, { level: 0 }];
  const damaged = Buffer.from(zipSync(members));
  damaged.fill(7, 1000, 1010);
  for (let i = 0; i < 10; i++) await refuses(damaged, '"0.png" has another checksum');
});

test("bombs are refused before a byte is unpacked", async () => {
  await refuses(zipSync({ "zeros.png": new Uint8Array(2_000_000) }), "at most 100 times their size");
  const bomb = overlappingBomb(3000);
  assert.ok(bomb.length < 1e6);
  await refuses(bomb, "when it is unpacked");
  const many = zipSync(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}.png`, image])));
  await refuses(many, "at most 10 files", { limits: { members: 10 } });
  await refuses(many, "and 50000 bytes", { limits: { bytes: 50_000 } });
});

test("an archive that lies of a file's length, is damaged, cut or none at all is refused", async () => {
  const zip = Buffer.from(zipSync({ "a.png": [image, { level: 0 }], "b.png": image }));
  await refuses(
    withEntry(zip, (entry) => entry.writeUInt32LE(4000, 24)),
    "cannot be unpacked",
  );
  const deflated = zipSync({ "b.png": Buffer.alloc(5000, "abc") });
  for (const bytes of [4000, 6000]) {
    await refuses(
      withEntry(deflated, (entry) => entry.writeUInt32LE(bytes, 24)),
      "cannot be unpacked",
    );
  }
  const damaged = Buffer.from(zip).fill(7, 1000, 1010);
  await refuses(damaged, '"a.png" has another checksum than the archive gives');
  for (const cut of [0, 10, 3000, zip.length - 30]) await refuses(zip.subarray(0, cut), "cannot be unpacked");
  await refuses(Buffer.from("<html>Log in</html>".repeat(100)), "should be a whole zip archive");
});

test("a folder that holds something is left alone, and so is what complete refuses", async () => {
  const zip = zipSync({ "a.png": image });
  mkdirSync(folder());
  writeFileSync(join(folder(), "mine.txt"), "mine");
  await assert.rejects(unpack(zip), hasCode("FILE_UNWRITABLE", "the archive cannot be unpacked there"));
  assert.deepEqual(filesBelow(folder()), ["mine.txt"]);
  rmSync(folder(), { recursive: true });
  await assert.rejects(unpack(zip, { complete: () => Promise.reject(new Error("no")) }), /^Error: no$/);
  assert.deepEqual(readdirSync(place), ["images.zip"]);
});

test("what a killed run left is replaced; a signal ends the work", async () => {
  const zip = zipSync({ "a.png": image, "b.png": image });
  mkdirSync(join(`${folder()}.partial`, "deep"), { recursive: true });
  writeFileSync(join(`${folder()}.partial`, "a.png"), "half");
  const abort = new AbortController();
  await assert.rejects(
    unpack(zip, { signal: abort.signal, onProgress: () => abort.abort() }),
    hasCode("ABORTED", "unpacking"),
  );
  assert.deepEqual(readdirSync(place), ["images.zip"]);
  mkdirSync(join(`${folder()}.partial`, "deep"), { recursive: true });
  assert.equal(await unpack(zip), 2);
  assert.deepEqual(filesBelow(folder()), ["a.png", "b.png"]);
});
