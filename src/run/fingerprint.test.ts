// What changes a dataset's fingerprint and what does not.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeRandomDataset, randomImage } from "../../test/support/random-dataset.js";
import { lookBytes } from "../dataset/copies/look.js";
import { type LoadedImages, loadImages } from "../dataset/load-images.js";
import { openDataset } from "../dataset/open-dataset.js";
import { fingerprint, isOf, testFingerprint } from "./fingerprint.js";

const top = mkdtempSync(join(tmpdir(), "fingerprint-"));
after(() => rmSync(top, { recursive: true }));
const size = 16;

test("bytes change it; touching, the image size and a warm cache do not", async () => {
  const { root, samples, cacheFolder } = await makeRandomDataset(top, "data", 2);
  const now = async (side = size) =>
    testFingerprint(await loadImages((await openDataset(root)).samples, { size: side, cacheFolder })).files;
  const path = samples[1]?.path as string;
  const bytes = readFileSync(path);
  const first = await now();
  assert.equal(await now(), first);
  utimesSync(path, 1, 1);
  assert.equal(await now(), first);
  assert.equal(await now(8), first);
  appendFileSync(path, "\n"); // the same pixels in another file
  assert.notEqual(await now(), first);
  writeFileSync(path, (await randomImage("other")).subarray(0, bytes.length));
  utimesSync(path, 1, 1);
  assert.notEqual(await now(), first);
  writeFileSync(path, bytes);
  assert.equal(await now(), first);
  rmSync(path);
  assert.notEqual(await now(), first);
});

const images: LoadedImages = {
  pixels: Uint8Array.of(1, 2),
  size: 1,
  loaded: [
    { path: "/data/a", name: "a", split: "train", label: 0, patient: "a" },
    { path: "/data/b", name: "b", split: "train", label: 1, patient: "b" },
  ],
  warnings: [[], []],
  scope: [[], []],
  looks: new Uint8Array(2 * lookBytes),
  sizes: [],
  sha256: ["0a", "0b"],
  skipped: [],
  cache: { hits: 0, compared: 0, decoded: 2 },
};
const train = [["train", [0, 1]]] as const;
const [a, b] = images.loaded as [LoadedImages["loaded"][0], LoadedImages["loaded"][0]];

test("names, labels, parts, files and their order change it; pixels, the place and the patient do not", () => {
  const { files } = fingerprint(images, train);
  const of = (change: Partial<LoadedImages>) => fingerprint({ ...images, ...change }, train).files;
  for (const change of [
    { loaded: [{ ...a, name: "c" }, b] },
    { loaded: [{ ...a, label: 1 }, b] },
    { loaded: [b, a] },
    { sha256: ["0a", "0c"] },
    { loaded: [{ ...a, name: 'a",0,"train","0a"]\n["x' }, b] },
  ] as const) {
    assert.notEqual(of(change), files, JSON.stringify(change));
  }
  assert.notEqual(
    fingerprint(images, [
      ["validation", [0]],
      ["train", [1]],
    ]).files,
    files,
  );
  assert.equal(of({ pixels: Uint8Array.of(3, 4), size: 7 }), files);
  assert.equal(of({ loaded: [{ ...a, path: "/elsewhere/a", patient: "c" }, b] }), files);
});

test("both checksums, by hand; either is of the images, no third one is", () => {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const both = fingerprint(images, train);
  assert.equal(both.files, sha256('["a",0,"train","0a"]\n["b",1,"train","0b"]\n'));
  assert.equal(both.pixels, sha256("a\n0\ntrain\nb\n1\ntrain\n\u0001\u0002"), "as version 1 of provenance.json has it");
  assert.deepEqual(
    [both.files, both.pixels, sha256("")].map((sum) => isOf(sum, both)),
    [true, true, false],
  );
});
