import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { readJson, writeJson } from "./json-file.js";

test("plain data comes back equal; anything JSON would bend is refused with its place", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "json-file-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "deep", "args.json");
  const value = { a: [1, 2.5, null, "é"], b: { c: true }, d: 1e-300 };
  await writeJson(path, value);
  assert.deepEqual(await readJson(path, (read) => read), value);
  for (const [wrong, part] of [
    [{ metrics: { auc: [0.5, Number.NaN] } }, "$.metrics.auc[1] must be plain JSON data. Received NaN"],
    [{ loss: Number.POSITIVE_INFINITY }, "$.loss"],
    [{ seed: undefined }, "$.seed must be plain JSON data. Received undefined"],
    [{ when: new Date(0) }, "Received Date"],
    [{ weights: new Float32Array(2) }, "Received Float32Array"],
    [{ run: () => 1 }, "Received function"],
    [{ count: 1n }, "Received bigint"],
  ] as const) {
    await assert.rejects(writeJson(path, wrong), hasCode("RUN_FILE_INVALID", part));
  }
  assert.deepEqual(await readJson(path, (read) => read), value, "a refused write leaves the file as it was");
  assert.deepEqual(await readdir(join(folder, "deep")), ["args.json"]);
});

test("reading names the file and what is wrong", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "json-file-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "args.json");
  await assert.rejects(readJson(path, String), hasCode("FILE_MISSING", path));
  await assert.rejects(readJson(folder, String), hasCode("FILE_UNREADABLE", folder));
  await writeFile(path, '{"epochs": 12');
  await assert.rejects(readJson(path, String), hasCode("RUN_FILE_INVALID", path));
  await writeFile(path, '{"epochs": "12"}');
  const strict = (value: unknown) => {
    if (typeof (value as { epochs?: unknown }).epochs !== "number") throw new TypeError("epochs must be a number");
    return value;
  };
  await assert.rejects(readJson(path, strict), hasCode("RUN_FILE_INVALID", "epochs must be a number"));
});
