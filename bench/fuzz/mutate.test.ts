import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Random } from "../../src/core/random.js";
import { golden } from "../../test/support/paths.js";
import { mutate } from "./mutate.js";
import { repairPngChecksums } from "./png-checksums.js";

const base = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) % 256);

test("the same stream makes the same damage, other streams other damage, and the sound file stays as it is", () => {
  const before = base.slice();
  const made = Array.from({ length: 200 }, (_, i) => mutate(base, base, Random.of("mutate", i)));
  for (const [i, bytes] of made.entries()) assert.deepEqual(mutate(base, base, Random.of("mutate", i)), bytes);
  assert.ok(new Set(made.map((bytes) => Buffer.from(bytes).toString("latin1"))).size > 190);
  assert.deepEqual(base, before);
});

test("lengths shrink, stay and grow; an empty file stays empty", () => {
  const lengths = Array.from({ length: 200 }, (_, i) => mutate(base, base, Random.of("mutate", i)).length);
  for (const is of [-1, 0, 1]) assert.ok(lengths.some((length) => Math.sign(length - base.length) === is));
  assert.equal(mutate(new Uint8Array(), base, Random.of("empty")).length, 0);
});

test("checksums of a PNG are made right: a sound file does not change, a changed one gets its first chunk's", () => {
  const png = new Uint8Array(readFileSync(golden("opencv", "grey.png")));
  assert.deepEqual(repairPngChecksums(png.slice()), png);
  const broken = png.slice();
  broken[29] = (broken[29] as number) ^ 0xff; // IHDR's CRC stands at 29 to 32
  assert.deepEqual(repairPngChecksums(broken), png);
});
