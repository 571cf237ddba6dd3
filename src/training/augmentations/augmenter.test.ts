// What holds of every augmentation of the registry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inArena } from "../../tensor/arena.js";
import { gatherImages } from "../image-batch.js";
import { changesImages } from "./augmentation.js";
import { Augmenter } from "./augmenter.js";
import { augmentationNames, augmentations } from "./registry.js";

const size = 32;
const images = { size, pixels: Uint8Array.from({ length: size * size }, (_, i) => (i * 37) % 256) };
const copies = Int32Array.of(0, 0);

for (const name of augmentationNames) {
  test(`${name}: one stream one result, each image its own, grey values, parts that draw for themselves`, () => {
    const { parts, sentence } = augmentations[name];
    const augmented = (epoch: number) => {
      const augmenter = new Augmenter({ parts }, 7, "augment", epoch);
      return inArena(() => augmenter.apply(gatherImages(images, copies)).toFloat32());
    };
    const first = augmented(1);
    assert.deepEqual(augmented(1), first);
    assert.ok(first.every((value) => value >= 0 && value <= 255));
    const [one, other] = [first.subarray(0, size * size), first.subarray(size * size)];
    const differs = [augmented(2).some((value, i) => value !== first[i]), one.some((value, i) => value !== other[i])];
    assert.deepEqual(differs, [changesImages({ parts }), changesImages({ parts })]);
    assert.equal(new Set(parts.map(({ stream }) => stream.join("/"))).size, parts.length);
    assert.match(sentence, /^Training images .*\.$/);
    assert.ok(parts.every(({ description }) => description !== ""));
  });
}
