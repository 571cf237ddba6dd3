// Nobody but the owner can look into a private folder, whoever made it before.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeFilesPrivate, openPrivateFolder } from "./private-folder.js";

const top = mkdtempSync(join(tmpdir(), "private-folder-"));
after(() => rmSync(top, { recursive: true }));
const modeOf = (...path: string[]) => statSync(join(top, ...path)).mode & 0o777;
const posix = { skip: process.platform === "win32" && "Windows has no such permissions" };

test("a new folder is its owner's, whatever the umask", posix, async () => {
  const umask = process.umask(0);
  await openPrivateFolder(join(top, "a", "b")).finally(() => process.umask(umask));
  assert.equal(modeOf("a", "b"), 0o700);
});

test(
  "a folder that was open to others is closed, with its files; folders in it are shut off by it",
  posix,
  async () => {
    mkdirSync(join(top, "open", "inner"), { recursive: true });
    for (const name of ["one", "two"]) writeFileSync(join(top, "open", name), "");
    chmodSync(join(top, "open"), 0o777);
    chmodSync(join(top, "open", "one"), 0o644);
    chmodSync(join(top, "open", "two"), 0o400);
    await openPrivateFolder(join(top, "open"));
    assert.deepEqual([modeOf("open"), modeOf("open", "one"), modeOf("open", "two")], [0o700, 0o600, 0o400]);
  },
);

test("only the files that are meant are taken from others", posix, async () => {
  mkdirSync(join(top, "mixed"));
  for (const name of ["mine", "theirs"]) writeFileSync(join(top, "mixed", name), "");
  for (const name of ["", "mine", "theirs"]) chmodSync(join(top, "mixed", name), 0o755);
  await makeFilesPrivate(join(top, "mixed"), (name) => name === "mine");
  assert.deepEqual([modeOf("mixed"), modeOf("mixed", "mine"), modeOf("mixed", "theirs")], [0o755, 0o600, 0o755]);
});
