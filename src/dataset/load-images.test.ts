// Loading through the decode cache: right pixels always, whatever happened to files and cache.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { realData, withoutRealData } from "../../test/support/paths.js";
import { cacheFile, makeRandomDataset, pixelsOfFiles, randomImage } from "../../test/support/random-dataset.js";
import { encodePng } from "../images/encode.js";
import { checkDataset } from "./check-dataset.js";
import { lookBytes } from "./copies/look.js";
import { loadImages } from "./load-images.js";
import { openDataset } from "./open-dataset.js";
import type { Sample } from "./sample.js";

const top = mkdtempSync(join(tmpdir(), "load-images-"));
after(() => rmSync(top, { recursive: true }));
const size = 16;

const makeDataset = (name: string, n?: number) => makeRandomDataset(top, name, n);
const sha256OfFile = ({ path }: Sample) => createHash("sha256").update(readFileSync(path)).digest("hex");
const expectedPixels = (samples: readonly Sample[]) => pixelsOfFiles(samples, size);

test("cold, warm, in another order and in part: the same pixels", async () => {
  const { samples, cacheFolder } = await makeDataset("plain");
  const pixels = await expectedPixels(samples);
  const progress: number[] = [];
  const cold = await loadImages(samples, { size, cacheFolder, onProgress: ({ done }) => progress.push(done) });
  assert.deepEqual(cold.pixels, pixels);
  assert.deepEqual(cold.cache, { hits: 0, compared: 0, decoded: 12 });
  assert.deepEqual(cold.sha256, samples.map(sha256OfFile));
  assert.equal(progress.at(-1), 12);
  const warm = await loadImages(samples, { size, cacheFolder });
  assert.deepEqual(warm.pixels, pixels);
  assert.deepEqual([warm.cache.hits, warm.cache.decoded], [12, 0]);
  assert.deepEqual(warm.sha256, cold.sha256);
  const some = [samples[7], samples[2], samples[3], samples[11]] as Sample[];
  const part = await loadImages(some, { size, cacheFolder });
  assert.deepEqual(part.pixels, await expectedPixels(some));
  assert.equal(part.cache.hits, 4);
  assert.deepEqual((await loadImages(samples, { size, cacheFolder: null })).pixels, pixels);
});

test("another size or interpolation is another cache file", async () => {
  const { samples, cacheFolder } = await makeDataset("settings", 2);
  await loadImages(samples, { size, cacheFolder });
  assert.equal((await loadImages(samples, { size: 8, cacheFolder })).cache.hits, 0);
  assert.equal((await loadImages(samples, { size, cacheFolder, interpolation: "area" })).cache.hits, 0);
  assert.equal((await loadImages(samples, { size, cacheFolder })).cache.hits, 4);
});

test("changed, added and removed files are noticed, and only they are decoded", async () => {
  const { root, samples, cacheFolder } = await makeDataset("changes");
  await loadImages(samples, { size, cacheFolder });
  writeFileSync((samples[1] as Sample).path, await randomImage("changed", { side: 30 }));
  renameSync((samples[4] as Sample).path, join(root, "train/NORMAL/renamed.png"));
  rmSync((samples[8] as Sample).path);
  writeFileSync(join(root, "train/NORMAL/new.png"), await randomImage("new"));
  const now = (await openDataset(root)).samples;
  const loaded = await loadImages(now, { size, cacheFolder });
  assert.deepEqual([loaded.cache.hits, loaded.cache.decoded], [10, 2], "a renamed file is known by its content");
  assert.deepEqual(loaded.pixels, await expectedPixels(now));
  assert.equal((await loadImages(now, { size, cacheFolder })).cache.decoded, 0);
});

test("a bad image is skipped, named, and the others keep their places", async () => {
  const { samples, cacheFolder } = await makeDataset("bad");
  const bad = samples[3] as Sample;
  const cut = samples[0] as Sample;
  writeFileSync(bad.path, "no image");
  truncateSync(cut.path, 300);
  for (const pass of ["cold", "warm"]) {
    const { pixels, loaded, skipped } = await loadImages(samples, { size, cacheFolder });
    assert.deepEqual(
      skipped.map(({ sample, error }) => [sample.name, error.code]),
      [
        [cut.name, "IMAGE_TRUNCATED"],
        [bad.name, "IMAGE_UNREADABLE"],
      ],
      pass,
    );
    const good = samples.filter((sample) => sample !== bad && sample !== cut);
    assert.deepEqual(loaded, good);
    assert.deepEqual(pixels, await expectedPixels(good));
  }
});

/** Bytes of one image: its pixels and its look. */
const stored = size * size + lookBytes;

const damages: readonly [what: string, damage: (folder: string) => void, decoded: number][] = [
  ["a flipped byte in the pixels", (folder) => flip(cacheFile(folder, ".pixels"), 3 * stored + 5), 1],
  ["a flipped byte in a look", (folder) => flip(cacheFile(folder, ".pixels"), 4 * stored - 5), 1],
  ["pixels cut short", (folder) => truncateSync(cacheFile(folder, ".pixels"), 4.5 * stored), 8],
  ["pixels deleted", (folder) => rmSync(cacheFile(folder, ".pixels")), 12],
  ["a flipped byte in the index", (folder) => flip(cacheFile(folder, ".index"), 200), 12],
  ["an index cut short", (folder) => truncateSync(cacheFile(folder, ".index"), 150), 12],
  ["an empty index", (folder) => truncateSync(cacheFile(folder, ".index"), 0), 12],
];

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
}

for (const [i, [what, damage, decoded]] of damages.entries()) {
  test(`cache with ${what}: right pixels, and the next time it is whole again`, async () => {
    const { samples, cacheFolder } = await makeDataset(`damage-${i}`);
    await loadImages(samples, { size, cacheFolder });
    damage(cacheFolder);
    const loaded = await loadImages(samples, { size, cacheFolder });
    assert.deepEqual(loaded.pixels, await expectedPixels(samples));
    assert.equal(loaded.cache.decoded, decoded);
    const { hits, decoded: again } = (await loadImages(samples, { size, cacheFolder })).cache;
    assert.deepEqual([hits, again], [12, 0]);
  });
}

test("two loads into one cache at the same time: right pixels in both", async () => {
  const { samples, cacheFolder } = await makeDataset("together");
  const pixels = await expectedPixels(samples);
  const reversed = [...samples].reverse();
  const [one, two] = await Promise.all([
    loadImages(samples, { size, cacheFolder }),
    loadImages(reversed, { size, cacheFolder }),
  ]);
  assert.deepEqual(one.pixels, pixels);
  assert.deepEqual(two.pixels, await expectedPixels(reversed));
  assert.deepEqual((await loadImages(samples, { size, cacheFolder })).pixels, pixels);
});

test("a cache folder that cannot be used costs time, not the run", async () => {
  const { root, samples } = await makeDataset("no-cache", 2);
  const notAFolder = join(root, "train/NORMAL/0.png");
  const loaded = await loadImages(samples, { size, cacheFolder: notAFolder });
  assert.deepEqual(loaded.pixels, await expectedPixels(samples));
  assert.match(loaded.cache.problem ?? "", /0\.png/);
});

test("a read-only cache is still read", { skip: process.getuid?.() === 0 && "root writes everywhere" }, async () => {
  const { samples, cacheFolder } = await makeDataset("read-only", 2);
  await loadImages(samples, { size, cacheFolder });
  const folder = dirname(cacheFile(cacheFolder, ".index"));
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o400);
  chmodSync(folder, 0o500);
  const loaded = await loadImages(samples, { size, cacheFolder });
  chmodSync(folder, 0o700);
  assert.deepEqual(loaded.pixels, await expectedPixels(samples));
});

test("sizes out of range are refused", async () => {
  for (const wrong of [0, 4097, 1.5]) await assert.rejects(loadImages([], { size: wrong }), { code: "OPTION_INVALID" });
});

test("data check finds what is wrong with a folder", async () => {
  const { root } = await makeDataset("check", 4);
  const at = (name: string) => join(root, name);
  mkdirSync(at("test/NORMAL"), { recursive: true });
  copyFileSync(at("train/NORMAL/0.png"), at("train/NORMAL/copy.png"));
  copyFileSync(at("train/NORMAL/0.png"), at("test/NORMAL/copy.png"));
  copyFileSync(at("train/NORMAL/1.png"), at("train/PNEUMONIA/IM-0001-0001.png"));
  copyFileSync(at("train/NORMAL/2.png"), at("test/NORMAL/IM-0001-0002.png"));
  writeFileSync(at("train/NORMAL/broken.jpeg"), "");
  writeFileSync(
    at("train/NORMAL/blank.png"),
    await encodePng({ width: 300, height: 90, data: new Uint8Array(27_000) }),
  );
  const check = await checkDataset(await openDataset(root, { patients: "by name" }));
  assert.deepEqual(
    check.unreadable.map(({ name, error }) => [name, error.code]),
    [["train/NORMAL/broken.jpeg", "IMAGE_UNREADABLE"]],
  );
  const { groups, ...numbers } = check.duplicates;
  assert.deepEqual(numbers, { extraImages: 4, acrossSplits: 2, acrossClasses: 1 });
  assert.deepEqual(
    groups.map(({ names }) => names.length),
    [3, 2, 2],
  );
  assert.deepEqual(
    check.patientsAcrossSplits.map(({ patient }) => patient),
    ["IM:1"],
  );
  assert.deepEqual(check.sizes, { width: [30, 30, 300], height: [30, 30, 90], distinct: 2 });
  const named = (part: string) => check.remarks.find(({ text }) => text.includes(part))?.names;
  assert.deepEqual(named("one grey level"), ["train/NORMAL/blank.png"]);
  assert.deepEqual(named("other class"), ["train/PNEUMONIA/IM-0001-0001.png"]);
  assert.deepEqual(named("more than 3 times"), ["train/NORMAL/blank.png"]);
});

const real = { skip: withoutRealData("chest_xray") };

test("the published data: 5,216 images come from a warm cache as they came from the files", real, async (context) => {
  const { samples } = await openDataset(realData("chest_xray"));
  const train = samples.filter(({ split }) => split === "train");
  const cacheFolder = join(top, "real-cache");
  const cold = await loadImages(train, { cacheFolder });
  assert.deepEqual([cold.loaded.length, cold.skipped.length], [5216, 0]);
  const start = performance.now();
  const warm = await loadImages(train, { cacheFolder });
  context.diagnostic(`warm in ${Math.round(performance.now() - start)} ms`);
  assert.equal(warm.cache.hits, 5216);
  assert.ok(Buffer.from(warm.pixels.buffer).equals(Buffer.from(cold.pixels.buffer)));
});

test("the published data: 30 groups of duplicates, 32 extra files, none across splits", real, async () => {
  const { duplicates, patientsAcrossSplits, unreadable } = await checkDataset(
    await openDataset(realData("chest_xray")),
  );
  assert.equal(duplicates.groups.length, 30);
  assert.deepEqual([duplicates.extraImages, duplicates.acrossSplits, duplicates.acrossClasses], [32, 0, 0]);
  assert.deepEqual([patientsAcrossSplits, unreadable], [[], []]);
});
