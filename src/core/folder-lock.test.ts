import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { hasCode } from "../../test/support/has-code.js";
import { heartbeat, lockFileName, lockFolder } from "./folder-lock.js";

/** Takes the lock, says so or gives the error's code, and lives until it is killed or its input ends. */
const holderScript = `
  import { lockFolder } from ${JSON.stringify(new URL("./folder-lock.js", import.meta.url).href)};
  if (process.argv[2] !== "orphan") {
    process.stdin.resume();
    process.stdin.on("end", () => process.exit(0));
  } else setInterval(() => undefined, 1000);
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
  const earlier = JSON.parse(await readFile(lock.path, "utf8"));
  await writeFile(lock.path, JSON.stringify({ ...earlier, start: `${earlier.start}0` }));
  await (await lockFolder(folder)).release();
});

test("a killed process that its parent does not fetch is no holder", {
  skip: process.platform !== "linux",
}, async (t) => {
  const folder = await temporary(t);
  // The shell starts the holder and then becomes a program that fetches no children: a container without an init.
  const script = `"$0" --input-type=module -e "$1" "$2" orphan & exec sleep 60`;
  const parent = spawn("sh", ["-c", script, process.execPath, holderScript, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => parent.kill("SIGKILL"));
  await once(parent.stdout, "data");
  const { pid } = JSON.parse(await readFile(join(folder, lockFileName), "utf8"));
  process.kill(pid, "SIGKILL");
  while (!/\) Z /.test(await readFile(`/proc/${pid}/stat`, "utf8"))) await setTimeout(10);
  await (await lockFolder(folder)).release();
});

test("a holder that cannot be seen is believed while it shows signs of life, and not for ever", async (t) => {
  const folder = await temporary(t);
  const path = join(folder, lockFileName);
  const since = "2026-01-01T00:00:00.000Z";
  const foreign = { pid: process.pid, host: hostname(), space: "another container", since, start: null };
  await writeFile(path, JSON.stringify(foreign));
  await utimes(path, new Date(), new Date(Date.now() - heartbeat.silenceMs + 15_000));
  await assert.rejects(lockFolder(folder), hasCode("RUN_FOLDER_LOCKED", "gave its last sign of life 4"));
  await utimes(path, new Date(), new Date(Date.now() - heartbeat.silenceMs - 1000));
  await (await lockFolder(folder)).release();
});

test("a lock of a version without heartbeat is respected on another host and checked on this one", async (t) => {
  const folder = await temporary(t);
  const path = join(folder, lockFileName);
  const old = { pid: 2 ** 22 + 1, host: "another.example", since: "2026-01-01T00:00:00.000Z", processStart: null };
  await writeFile(path, JSON.stringify(old));
  await utimes(path, 1, 1);
  await assert.rejects(lockFolder(folder), hasCode("RUN_FOLDER_LOCKED", "another.example since 2026-01-01"));
  await writeFile(path, JSON.stringify({ ...old, host: hostname() }));
  await (await lockFolder(folder)).release();
});

test("the lock shows that its holder lives, also while that computes", async (t) => {
  const folder = await temporary(t);
  const lock = await lockFolder(folder);
  const before = await readFile(lock.path, "utf8");
  await utimes(lock.path, 1, 1);
  const end = performance.now() + heartbeat.everyMs + 3000;
  while (performance.now() < end && statSync(lock.path).mtimeMs < 2000); // the event loop is blocked
  assert.ok(Date.now() - statSync(lock.path).mtimeMs < 60_000);
  assert.equal(await readFile(lock.path, "utf8"), before);
  await lock.release();
});

test("a holder whose folder was taken over learns it before it writes", async (t) => {
  const folder = await temporary(t);
  const lock = await lockFolder(folder);
  await lock.requireHeld();
  await rm(lock.path);
  const second = await lockFolder(folder);
  await assert.rejects(lock.requireHeld(), hasCode("RUN_FOLDER_LOCKED", "taken over"));
  await second.requireHeld();
  await second.release();
});

const unshared = ["unshare", "--pid", "--fork", "--mount-proc"];
const canUnshare = spawnSync("unshare", [...unshared.slice(1), "true"]).status === 0;

test("two PID namespaces: neither takes the other's lock, and both lose theirs after a silence", {
  skip: canUnshare ? false : "this system does not let the user make a PID namespace",
}, async (t) => {
  const folder = await temporary(t);
  const holder = await startHolder(t, folder, unshared);
  assert.equal(holder.answer, "locked");
  const { pid } = JSON.parse(await readFile(join(folder, lockFileName), "utf8"));
  assert.ok(pid < 10, `the holder's number ${pid} is one of its own namespace`);
  await assert.rejects(lockFolder(folder), hasCode("RUN_FOLDER_LOCKED", "cannot be seen from here"));
  assert.equal((await startHolder(t, folder, unshared)).answer, "RUN_FOLDER_LOCKED");
  holder.child.stdin?.end();
  await once(holder.child, "exit");
  await assert.rejects(lockFolder(folder), hasCode("RUN_FOLDER_LOCKED", "sign of life"), "it ended without releasing");
  await utimes(join(folder, lockFileName), 1, 1);
  const lock = await lockFolder(folder);
  assert.equal((await startHolder(t, folder, unshared)).answer, "RUN_FOLDER_LOCKED", "the other way round");
  await lock.release();
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

/** @param within a program and its arguments that run the holder */
async function startHolder(
  t: TestContext,
  folder: string,
  within: readonly string[] = [],
): Promise<{ child: ChildProcess; answer: string }> {
  const [program, ...args] = [...within, process.execPath, "--input-type=module", "-e", holderScript, folder];
  const child = spawn(program as string, args, { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const [answer] = await once(child.stdout, "data");
  return { child, answer: String(answer).trim() };
}

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "folder-lock-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("with patience, a holder that cannot be seen is waited for until it shows that it lives, or does not", async (t) => {
  const folder = await temporary(t);
  const path = join(folder, lockFileName);
  const foreign = { pid: process.pid, host: "another.example", space: "another", since: "2026-01-01", start: null };
  const signAt = (ms: number) => utimes(path, new Date(), new Date(ms));
  let waits = 0;
  const patience = { onWait: () => waits++ };
  await writeFile(path, JSON.stringify(foreign));
  await signAt(Date.now() - heartbeat.silenceMs + 700);
  await (await lockFolder(folder, patience)).release();
  assert.equal(waits, 1);

  await writeFile(path, JSON.stringify(foreign));
  await signAt(Date.now() - 20_000);
  const refused = assert.rejects(lockFolder(folder, patience), hasCode("RUN_FOLDER_LOCKED", "another.example"));
  await setTimeout(300);
  await signAt(Date.now());
  await refused;
  assert.equal(waits, 2);

  await signAt(Date.now());
  const signal = AbortSignal.timeout(50);
  await assert.rejects(lockFolder(folder, { ...patience, signal }), { name: "AbortError" });
});
