// Hash, details and groups on phantoms and on pictures made for it; bench/near-copies.ts measures radiographs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../core/random.js";
import type { GrayImage } from "../../images/gray-image.js";
import { resizeArea, resizeBilinear } from "../../images/resize.js";
import { drawAnatomy } from "../phantom/anatomy.js";
import { drawShot, render } from "../phantom/render.js";
import { findCopies } from "./find-copies.js";
import { lookBytes, lookOf, lookSide } from "./look.js";
import { bitCount, hashLimit, perceptualHashes } from "./perceptual-hash.js";
import { detailsOf, similarity, similarityLimit } from "./similarity.js";

function phantom(seed: number, width = 160): GrayImage {
  const random = Random.of("copies", seed);
  return render(drawAnatomy(random), [], drawShot(width, random), random);
}

/** Each pixel by a function of it and its place. */
const changed = (image: GrayImage, change: (value: number, at: number) => number): GrayImage => ({
  ...image,
  data: Uint8Array.from(image.data, (value, at) => Math.min(255, Math.max(0, Math.round(change(value, at))))),
});

/** Without that share of each side's length at each of its ends. */
function cropped({ width, height, data }: GrayImage, share: number): GrayImage {
  const [dx, dy] = [Math.round(width * share), Math.round(height * share)];
  const [w, h] = [width - 2 * dx, height - 2 * dy];
  const from = (i: number) => (dy + Math.floor(i / w)) * width + dx + (i % w);
  return { width: w, height: h, data: Uint8Array.from({ length: w * h }, (_, i) => data[from(i)] as number) };
}

const mirrored = ({ width, height, data }: GrayImage): GrayImage => ({
  width,
  height,
  data: data.map((_, at) => data[at - (at % width) + width - 1 - (at % width)] as number),
});

function likeness(a: GrayImage, b: GrayImage): number {
  const [detailsA, detailsB] = [detailsOf(lookOf(a)), detailsOf(lookOf(b))];
  assert.ok(detailsA !== null && detailsB !== null);
  return similarity(detailsA, detailsB);
}

function looksOf(images: readonly GrayImage[]): Uint8Array {
  const looks = new Uint8Array(images.length * lookBytes);
  for (const [i, image] of images.entries()) looks.set(lookOf(image), i * lookBytes);
  return looks;
}

/** Groups of pictures whose files all differ. */
const groupsOf = (images: readonly GrayImage[]) =>
  findCopies({ sha256: images.map((_, i) => `${i}`), looks: looksOf(images) });

function hashDistance(a: GrayImage, b: GrayImage): number {
  const [a0, a1, b0, b1] = perceptualHashes(looksOf([a, b]));
  return bitCount((a0 as number) ^ (b0 as number)) + bitCount((a1 as number) ^ (b1 as number));
}

test("a hash by hand: bits of the frequencies that are stronger than the median", () => {
  // One wave across (frequency 3, bit 2): the strongest of all.
  const wave = Uint8Array.from({ length: lookBytes }, (_, i) =>
    Math.round(
      128 +
        100 * Math.cos((Math.PI * 3 * ((i % 32) + 0.5)) / 32) * Math.cos((Math.PI * (Math.floor(i / 32) + 0.5)) / 32),
    ),
  );
  const [low = 0, high = 0] = perceptualHashes(wave);
  assert.equal((low >>> 2) & 1, 1);
  assert.ok(bitCount(low) + bitCount(high) <= 32, "never more than half");
});

test("copies are found and near enough in their hash: noise of compression, size, brightness, contrast, a thin border cut away", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const image = phantom(seed);
    const random = Random.of("noise", seed);
    const copies = {
      noise: changed(image, (value) => value + random.normal(0, 4)),
      half: resizeArea(image, image.width >> 1, image.height >> 1),
      square: resizeBilinear(image, 224, 224),
      brighter: changed(image, (value) => value * 1.1 + 10),
      flatter: changed(image, (value) => value * 0.7 + 20),
      cropped: cropped(image, 0.01),
    };
    for (const [what, copy] of Object.entries(copies)) {
      const seen = `${what} of ${seed}: ${likeness(image, copy).toFixed(3)}, ${hashDistance(image, copy)} bits`;
      assert.ok(likeness(image, copy) >= similarityLimit, seen);
      assert.ok(hashDistance(image, copy) <= hashLimit, seen);
    }
    assert.deepEqual(groupsOf([image, phantom(seed + 100), ...Object.values(copies)]), [[0, 2, 3, 4, 5, 6, 7]]);
  }
});

test("other phantoms are no copies, at any size; a mirrored one is not found", () => {
  for (const width of [64, 160]) {
    assert.deepEqual(groupsOf(Array.from({ length: 60 }, (_, i) => phantom(i, width))), []);
  }
  assert.deepEqual(groupsOf([phantom(1), mirrored(phantom(1))]), []);
});

test("blank images are copies of nothing but their own content", () => {
  const blank = (level: number): GrayImage => ({ width: 40, height: 40, data: new Uint8Array(1600).fill(level) });
  assert.equal(detailsOf(lookOf(blank(7))), null);
  assert.deepEqual(groupsOf([blank(7), blank(9), blank(200)]), []);
  assert.deepEqual(findCopies({ sha256: ["a", "b", "a"], looks: looksOf([blank(7), blank(9), blank(7)]) }), [[0, 2]]);
});

test("equal files and near copies make one group, copies of copies too", () => {
  const images = [phantom(1), phantom(2), phantom(1), changed(phantom(1), (value) => value * 0.8)];
  assert.deepEqual(findCopies({ sha256: ["a", "b", "a", "c"], looks: looksOf(images) }), [[0, 2, 3]]);
  assert.deepEqual(findCopies({ sha256: [], looks: new Uint8Array(0) }), []);
});

test("tiny pictures, smaller than a look", () => {
  const random = Random.of("tiny");
  const noise = (): GrayImage => ({
    width: 20,
    height: 20,
    data: Uint8Array.from({ length: 400 }, () => random.integer(256)),
  });
  const one = noise();
  assert.deepEqual(groupsOf([one, noise(), noise(), changed(one, (value) => value * 0.9)]), [[0, 3]]);
});

test("large images, whose look is made in whole pixels, have the look that their pixels' means are", () => {
  const large = resizeBilinear(phantom(4), 601, 777);
  const [quick, exact] = [lookOf(large), resizeArea(large, lookSide, lookSide).data];
  const differences = quick.map((value, i) => Math.abs(value - (exact[i] as number)));
  assert.ok(Math.max(...differences) <= 12, `${Math.max(...differences)} levels at an edge`);
  assert.ok(differences.reduce((sum, value) => sum + value, 0) / lookBytes < 1);
  const flat = { width: 640, height: 512, data: new Uint8Array(640 * 512).fill(77) };
  assert.deepEqual(new Set(lookOf(flat)), new Set([77]));
  assert.ok(likeness(phantom(4), large) > 0.95);
});

test("details have mean 0 and length 1", () => {
  const details = detailsOf(lookOf(phantom(3))) as Float32Array;
  assert.ok(Math.abs(details.reduce((sum, value) => sum + value, 0)) < 1e-3);
  assert.ok(Math.abs(similarity(details, details) - 1) < 1e-5);
});
