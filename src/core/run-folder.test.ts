import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { createRunFolder, createRunFolderAt, reopenRunFolder, runPaths, runStem } from "./run-folder.js";

test("runs are numbered and never overwritten, gaps are not filled", async (t) => {
  const root = join(await temporary(t), "runs");
  const stem = runStem("custom", "sound", new Date(2026, 10, 3));
  assert.equal(stem, "custom-sound-2026-11-03");
  const first = await createRunFolder(root, stem);
  const second = await createRunFolder(root, stem);
  assert.equal(first.paths.folder, join(root, `${stem}-1`));
  assert.equal(second.paths.folder, join(root, `${stem}-2`));
  await first.release();
  await second.release();
  await mkdir(join(root, `${stem}-7`));
  await mkdir(join(root, `${stem}-old`));
  const next = await createRunFolder(root, stem);
  assert.equal(next.paths.folder, join(root, `${stem}-8`));
  assert.deepEqual((await readdir(next.paths.folder)).sort(), [".lock", "figures", "weights"]);
  await next.release();
  assert.deepEqual((await readdir(next.paths.folder)).sort(), ["figures", "weights"]);
});

test("runs started at the same moment get folders of their own", async (t) => {
  const root = await temporary(t);
  const runs = await Promise.all(Array.from({ length: 8 }, () => createRunFolder(root, "demo")));
  assert.equal(new Set(runs.map((run) => run.paths.folder)).size, 8);
});

test("a chosen folder must be new or empty", async (t) => {
  const root = await temporary(t);
  const folder = join(root, "deep", "mine");
  const run = await createRunFolderAt(folder);
  assert.deepEqual(run.paths, runPaths(folder));
  await assert.rejects(createRunFolderAt(folder), hasCode("RUN_FOLDER_LOCKED", String(process.pid)));
  await writeFile(run.paths.args, "{}");
  await run.release();
  await assert.rejects(createRunFolderAt(folder), hasCode("RUN_FOLDER_TAKEN", "or resume the run in it"));
  assert.ok(!(await readdir(folder)).includes(".lock"), "a refused folder is left as it was");
  const resumed = await reopenRunFolder(folder);
  await assert.rejects(reopenRunFolder(folder), hasCode("RUN_FOLDER_LOCKED", folder));
  await resumed.release();
  await resumed.release();
  const empty = join(root, "empty");
  await mkdir(empty);
  await (await createRunFolderAt(empty)).release();
});

test("only a folder with a run in it is resumed", async (t) => {
  const root = await temporary(t);
  await assert.rejects(reopenRunFolder(join(root, "none")), hasCode("FILE_MISSING", "args.json"));
  await assert.rejects(reopenRunFolder(root), hasCode("FILE_MISSING", "args.json"));
  assert.deepEqual(await readdir(root), []);
});

test("a place that cannot be written is refused before any work", async (t) => {
  const root = await temporary(t);
  const file = join(root, "file");
  await writeFile(file, "");
  await assert.rejects(createRunFolder(file, "demo"), hasCode("FILE_UNWRITABLE", file));
  await assert.rejects(createRunFolderAt(join(file, "inside")), hasCode("FILE_UNWRITABLE", "Choose another place"));
});

const isRoot = process.getuid?.() === 0;
test("a read-only folder is refused", { skip: isRoot && "root may write everywhere" }, async (t) => {
  const root = await temporary(t);
  await chmod(root, 0o500);
  await assert.rejects(createRunFolder(root, "demo"), hasCode("FILE_UNWRITABLE", root));
  await assert.rejects(createRunFolderAt(root), hasCode("FILE_UNWRITABLE", root));
  await chmod(root, 0o700);
});

test("/proc, which even root cannot write, is refused", { skip: process.platform !== "linux" }, async () => {
  await assert.rejects(createRunFolder("/proc", "demo"), hasCode("FILE_UNWRITABLE", "/proc"));
});

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "run-folder-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
