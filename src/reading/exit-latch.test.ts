import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import { initialWeights } from "../model/initial-weights.js";
import { customCnn } from "../model/zoo/custom-cnn.js";
import { ExitLatch } from "./exit-latch.js";

const openReader = new URL("./open-reader.js", import.meta.url).href;

/** Ends while the first batch is computed and the second one waits. */
const exitsInABatch = `
  const { openReader } = await import(${JSON.stringify(openReader)});
  const model = await openReader(process.argv[1], { threads: 1 });
  for (let i = 0; i < 2; i++) model.read(new Uint8Array(4 * 224 * 224)).catch(() => undefined);
  setTimeout(() => process.exit(3), 40);
`;

test("a process that exits in the middle of a batch ends with its own code, time after time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pneumoscope-exit-"));
  const model = join(folder, "model.h5");
  const graph = customCnn({});
  await writeKerasModel(model, graph, initialWeights(graph, 1), {});
  try {
    for (let i = 0; i < 3; i++) {
      const args = ["--input-type=module", "--eval", exitsInABatch, model];
      const { status, signal, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      assert.deepEqual([status, signal, stderr], [3, null, ""]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a closed latch makes no call; one that is held counts its calls", async () => {
  const latch = new ExitLatch();
  let calls = 0;
  const call = async () => ++calls;
  assert.deepEqual(await Promise.all([latch.hold(call), latch.hold(call)]), [1, 2]);
  await assert.rejects(
    latch.hold(() => Promise.reject(new Error("the call's own"))),
    /the call's own/,
  );
  latch.close(); // returns, for no call is held any more
  const never = latch.hold(call);
  assert.equal(await Promise.race([never, new Promise((done) => setImmediate(() => done("open")))]), "open");
  assert.equal(calls, 2);
});
