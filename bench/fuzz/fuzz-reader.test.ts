// The short run of bench/fuzz-inputs.ts: some hostile files for every registered reader, half of them valid outside, always
// the same ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../src/core/errors.js";
import { fuzzReader } from "./fuzz-reader.js";
import { fuzzReaders } from "./fuzz-readers.js";

for (const reader of fuzzReaders) {
  const count = reader.weight < 5 ? 10 : reader.weight <= 20 ? 40 : 100;
  test(`${count} hostile files for the ${reader.name} reader: read or refused, nothing else`, async (context) => {
    const { accepted, refused, findings, n, structured } = await fuzzReader(reader, {
      seed: 7,
      count,
      deadlineMs: 20_000,
    });
    assert.deepEqual(findings, []);
    assert.equal(n, count);
    assert.equal(accepted + refused, count);
    assert.equal(structured, reader.isStructuredOnly ? count : count / 2);
    if (reader.name !== "cache index") assert.ok(refused > 0, "damage is noticed"); // a damaged index counts as empty
    context.diagnostic(`${accepted} of ${count} were still readable`);
  });
}

for (const reader of fuzzReaders) {
  test(`the sound files that damage starts from are read by the ${reader.name} reader`, async () => {
    const seeds = await reader.seeds();
    assert.ok(seeds.length > 0);
    const open = await reader.open();
    try {
      // A lock of a living process is sound, and refuses.
      const isLock = (error: unknown) => error instanceof AppError && error.code === "RUN_FOLDER_LOCKED";
      for (const seed of seeds.slice(0, 12)) {
        await open.read(seed.slice()).catch((error) => {
          if (!isLock(error)) throw error;
        });
      }
    } finally {
      await open.close();
    }
  });
}
