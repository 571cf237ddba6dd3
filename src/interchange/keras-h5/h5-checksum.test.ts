// Damage of any kind to a .h5 file of ours is noticed; files without a checksum are read as ever. What Keras and h5py say of
// such a file is checked by test/golden/make/keras_loads.py.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { golden } from "../../../test/support/paths.js";
import { Random } from "../../core/random.js";
import { initialWeights } from "../../model/initial-weights.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { sealOf, verifySeal, withoutSeal, withSeal } from "./h5-checksum.js";
import { Reader } from "./reader.js";
import { kerasModelBytes } from "./write-keras-model.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-seal-"));
const reader = new Reader();
after(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

const graph = customCnn({ imageSize: 16 });
const sealed = await kerasModelBytes(graph, initialWeights(graph, 1), { json: { contract: 1 } }, "whole.h5");
const read = (bytes: Uint8Array) =>
  reader.read({ bytes: Uint8Array.from(bytes), place: "damaged.h5", request: undefined });

test("the file is read; its checksum stands at its end and is read there alone", async () => {
  assert.equal((await read(sealed)).kind, "model");
  const path = join(folder, "whole.h5");
  writeFileSync(path, sealed);
  assert.match((await sealOf(path)) ?? "", /^[0-9a-f]{64}$/);
  assert.equal(await sealOf(join(folder, "absent.h5")), null);
  assert.equal(await sealOf(golden("keras", "functional-keras2.h5")), null);
  assert.deepEqual(withSeal(withoutSeal(sealed)), sealed);
});

test("a page, a sector or a bit that is lost anywhere is noticed", async () => {
  for (const [unit, step] of [
    [4096, 4096],
    [512, 16_384],
  ] as const) {
    for (let start = 0; start < sealed.length; start += step) {
      const bytes = Uint8Array.from(sealed).fill(0, start, start + unit);
      if (Buffer.from(bytes).equals(sealed)) continue; // it held zeros
      // The seal itself may be what is lost: then the attribute inside says that there was one.
      const isSealed = withoutSeal(bytes).length < bytes.length;
      if (isSealed) assert.throws(() => verifySeal(bytes, "page.h5"), hasCode("MODEL_FILE_INVALID", "damaged"));
      else await assert.rejects(read(bytes), hasCode("MODEL_FILE_INVALID", "damaged"));
    }
  }
  const random = Random.of("flipped bits");
  for (let n = 0; n < 50; n++) {
    const bytes = Uint8Array.from(sealed);
    const at = random.integer(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
    await assert.rejects(read(bytes), hasCode("MODEL_FILE_INVALID", "checksum"));
  }
});

test("a file that lost its end, and its checksum with it, is not taken for one without", async () => {
  for (const cut of [1, 90, 4096]) {
    await assert.rejects(read(sealed.subarray(0, sealed.length - cut)), hasCode("MODEL_FILE_INVALID", "damaged.h5"));
  }
  await assert.rejects(read(withoutSeal(sealed)), hasCode("MODEL_FILE_INVALID", "none at its end"));
});

test("files of Keras, which have no checksum, are read", async () => {
  for (const name of ["functional-keras2", "functional-keras3"]) {
    const bytes = new Uint8Array(readFileSync(golden("keras", `${name}.h5`)));
    assert.equal(verifySeal(bytes, name), false);
    assert.equal((await read(bytes)).kind, "model");
  }
});
