import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { lockFileName, lockFolder } from "./folder-lock.js";

/** Takes the lock, says so or gives the error's code, and lives until it is killed or its input ends. */
const holderScript = `
  import { lockFolder } from ${JSON.stringify(new URL("./folder-lock.js", import.meta.url).href)};
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
  const result = await lockFolder(process.argv[1]).then(() => "locked", (thrown) => String(thrown.code ?? thrown));
  process.stdout.write(result + "\\n");
`;

test("a second process is refused with the holder's number; after a kill the lock is taken over at once", async (t) => {
  const folder = await temporary(t);
  const holder = await startHolder(t, folder);
  assert.equal(holder.answer, "locked");
  await assert.rejects(
    lockFolder(folder),
    hasCode("RUN_FOLDER_LOCKED", `process ${holder.child.pid} on ${hostname()}`),
  );
  const second = await startHolder(t, folder);
  assert.equal(second.answer, "RUN_FOLDER_LOCKED");
  holder.child.kill("SIGKILL");
  await once(holder.child, "exit");
  const lock = await lockFolder(folder);
  assert.deepEqual(await readdir(folder), [lockFileName]);
  await lock.release();
  assert.deepEqual(await readdir(folder), []);
});

test("of many processes that find a dead lock, one gets it", async (t) => {
  const folder = await temporary(t);
  const dead = await startHolder(t, folder);
  dead.child.kill("SIGKILL");
  await once(dead.child, "exit");
  const holders = await Promise.all(Array.from({ length: 6 }, () => startHolder(t, folder)));
  const answers = holders.map((holder) => holder.answer).sort();
  assert.deepEqual(answers, [...new Array(5).fill("RUN_FOLDER_LOCKED"), "locked"]);
});

test("a process number used again by a later process does not keep the lock", {
  skip: process.platform !== "linux",
}, async (t) => {
  const folder = await temporary(t);
  const lock = await lockFolder(folder);
  const text = await readFile(lock.path, "utf8");
  const earlier = JSON.parse(text);
  await writeFile(lock.path, JSON.stringify({ ...earlier, processStart: `${earlier.processStart}0` }));
  await (await lockFolder(folder)).release();
});

test("a lock from another host is respected, whatever runs here", async (t) => {
  const folder = await temporary(t);
  const foreign = { pid: 2 ** 22 + 1, host: "another.example", since: "2026-01-01T00:00:00.000Z", processStart: null };
  await writeFile(join(folder, lockFileName), JSON.stringify(foreign));
  await assert.rejects(lockFolder(folder), hasCode("RUN_FOLDER_LOCKED", "another.example since 2026-01-01"));
});

test("an unreadable lock counts while it is fresh and is replaced when old", async (t) => {
  const folder = await temporary(t);
  const path = join(folder, lockFileName);
  await writeFile(path, "");
  await assert.rejects(lockFolder(folder), hasCode("RUN_FOLDER_LOCKED", "another process"));
  await utimes(path, 1, 1);
  await (await lockFolder(folder)).release();
});

test("releasing leaves another's lock alone", async (t) => {
  const folder = await temporary(t);
  const lock = await lockFolder(folder);
  await writeFile(lock.path, "someone else's");
  await lock.release();
  assert.equal(await readFile(lock.path, "utf8"), "someone else's");
});

async function startHolder(t: TestContext, folder: string): Promise<{ child: ChildProcess; answer: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", holderScript, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [answer] = await once(child.stdout, "data");
  return { child, answer: String(answer).trim() };
}

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "folder-lock-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
