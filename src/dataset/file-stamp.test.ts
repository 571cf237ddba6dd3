// When a file may be known by its stamp, and that a checksum is of the very bytes that were read.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs, { linkSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { defaultImageLimits } from "../images/image-limits.js";
import { clockStepNs, readStamped, stampFile } from "./file-stamp.js";

const folder = mkdtempSync(join(tmpdir(), "file-stamp-"));
after(() => rmSync(folder, { recursive: true }));

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const stepMs = Number(clockStepNs) / 1e6;

function makeFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Longer ago than a step of any file system's clock, for a reader whose clock is that far ahead. */
const later = () => Date.now() + 2 * stepMs;
const read = (path: string, nowMs = later) => readStamped(path, defaultImageLimits, nowMs);

test("a file is known by its stamp once it is older than a step of the clock", async () => {
  const path = makeFile("age", "one");
  utimesSync(path, 1, 1); // an old modification does not make the change old
  const changedMs = statSync(path).ctimeMs;
  assert.equal((await read(path, () => changedMs)).stamp, undefined);
  assert.equal((await read(path, () => changedMs + stepMs - 1)).stamp, undefined);
  const settled = await read(path, () => changedMs + stepMs + 2);
  assert.equal(settled.stamp, (await stampFile(path))?.text);
  assert.equal(settled.sha256, sha256("one"));
});

test("a time of modification in the future settles nothing", async () => {
  const path = makeFile("future", "one");
  const year = 365 * 24 * 3600;
  utimesSync(path, 0, Date.now() / 1000 + year);
  assert.equal((await read(path)).stamp, undefined);
  assert.notEqual((await read(path, () => Date.now() + 2 * year * 1000)).stamp, undefined);
});

test("a file changed while it is read has no stamp, and the checksum is of the bytes given", async (context) => {
  const path = makeFile("torn", "before");
  const { stat } = fs.promises;
  let calls = 0;
  context.mock.method(fs.promises, "stat", async (...args: Parameters<typeof stat>) => {
    const status = await stat(...args);
    if (++calls === 1) writeFileSync(path, "after!");
    return status;
  });
  syncBuiltinESMExports();
  const content = await read(path).finally(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
  assert.equal(calls, 2);
  assert.equal(Buffer.from(content.bytes).toString(), "after!");
  assert.equal(content.sha256, sha256("after!"));
  assert.equal(content.stamp, undefined);
});

const changes: readonly [what: string, change: (path: string) => void][] = [
  ["overwritten in place", (path) => writeFileSync(path, "two")],
  ["replaced by another file", (path) => renameSync(makeFile("other", "two"), path)],
  [
    "moved away and replaced by a link to another file",
    (path) => {
      renameSync(path, `${path}.old`);
      linkSync(makeFile("linked", "two"), path);
    },
  ],
];

for (const [what, change] of changes) {
  test(`equal size and modification time, but ${what}: another stamp`, async () => {
    const path = makeFile(what, "one");
    utimesSync(path, 1000, 1000);
    const { stamp } = await read(path);
    await new Promise((resolve) => setTimeout(resolve, 30)); // more than a step of this machine's clock
    change(path);
    utimesSync(path, 1000, 1000);
    const { size, mtimeMs } = statSync(path);
    assert.deepEqual([size, mtimeMs], [3, 1_000_000]);
    assert.notEqual(stamp, undefined);
    assert.notEqual((await stampFile(path))?.text, stamp);
  });
}

test("what is no file has no stamp", async () => {
  assert.equal(await stampFile(folder), undefined);
  assert.equal(await stampFile(join(folder, "absent")), undefined);
  await assert.rejects(read(join(folder, "absent")), { code: "FILE_MISSING" });
});
