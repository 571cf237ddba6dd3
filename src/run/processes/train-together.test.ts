// Several processes of the command line, started as launchers start them: what they make together, and how they end when one
// is gone, hangs or does something else.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../../test/support/free-port.js";
import { projectRoot } from "../../../test/support/paths.js";
import { runPaths } from "../../core/run-folder.js";
import { synthesise } from "../../dataset/synthesise.js";
import { readHistory } from "../../training/history.js";

const place = mkdtempSync(join(tmpdir(), "pneumoscope-together-"));
const data = join(place, "phantoms");

before(async () => {
  const counts = {
    train: { normal: 20, pneumonia: 21 },
    val: { normal: 4, pneumonia: 4 },
    test: { normal: 6, pneumonia: 6 },
  };
  await synthesise(data, { counts, seed: 3, size: 64 });
});
after(() => rmSync(place, { recursive: true }));

interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>;
  readonly text: () => string;
}

/** @param own of one process: arguments that the others do not have */
async function start(size: number, args: readonly string[], own: Readonly<Record<number, readonly string[]>> = {}) {
  const port = await freePort();
  return Array.from({ length: size }, (_, rank): Process => {
    const environment = { RANK: `${rank}`, WORLD_SIZE: `${size}`, LOCAL_RANK: `${rank}`, MASTER_ADDR: "127.0.0.1" };
    const cwd = join(place, `process-${rank}`);
    mkdirSync(cwd, { recursive: true });
    const settings = ["--data", data, "--image-size", "32", "--batch", "4", "--threads", "1", "--precision", "float32"];
    const words = ["train", ...settings, "--cache", join(place, "cache"), ...args, ...(own[rank] ?? [])];
    const child = spawn(process.execPath, [join(projectRoot, "bin", "pneumoscope.js"), ...words], {
      cwd,
      env: { ...process.env, ...environment, MASTER_PORT: `${port}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
    }
    const ended = once(child, "close").then(() => ({ code: child.exitCode, text }));
    return { child, ended, text: () => text };
  });
}

const allEnded = (processes: readonly Process[]) => Promise.all(processes.map(({ ended }) => ended));

async function until(isSo: () => boolean): Promise<void> {
  const started = performance.now();
  while (!isSo()) {
    assert.ok(performance.now() - started < 120_000, "it takes too long");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const history = (folder: string) => readHistory(runPaths(folder).history);

test("two processes make one run, which only the first writes, and one process sees the same images", async () => {
  const processes = await start(2, ["--epochs", "1", "--lr", "1e-5", "--batch-norm", "synchronised", "--out", "run"]);
  for (const { code, text } of await allEnded(processes)) assert.equal(code, 0, text);
  const run = join(place, "process-0", "run");
  assert.ok(existsSync(runPaths(run).report));
  assert.deepEqual(readdirSync(join(place, "process-1")), []);
  assert.equal(JSON.parse(readFileSync(runPaths(run).environment, "utf8")).processes, 2);

  const [one] = await start(1, ["--epochs", "1", "--lr", "1e-5", "--batch", "8", "--out", "alone"]);
  assert.equal((await (one as Process).ended).code, 0, one?.text());
  const alone = join(place, "process-0", "alone");
  for (const name of ["splits", "trainingSet"] as const) {
    assert.deepEqual(readFileSync(runPaths(run)[name]), readFileSync(runPaths(alone)[name]));
  }
  const [[ours], [theirs]] = [await history(run), await history(alone)];
  assert.ok(Math.abs((ours?.loss ?? 0) - (theirs?.loss ?? 1)) < 1e-4, `${ours?.loss} and ${theirs?.loss}`);
  assert.ok(Math.abs((ours?.validationLoss ?? 0) - (theirs?.validationLoss ?? 1)) < 1e-4);
});

test("where one is killed the others say so and end; the same words go on, with another number of processes", async () => {
  const words = ["--epochs", "4", "--out", "killed"];
  const processes = await start(3, words);
  await until(() => /^Epoch 1\/4: /m.test(processes[0]?.text() ?? ""));
  processes[2]?.child.kill("SIGKILL");
  const [first, second] = await allEnded(processes);
  for (const ended of [first, second]) {
    assert.equal(ended?.code, 1, ended?.text);
    assert.match(ended?.text ?? "", /PROCESS_LOST: process [01] of 3: /);
  }
  const kept = await history(join(place, "process-0", "killed"));
  assert.ok(kept.length >= 1);

  const again = await allEnded(await start(2, words));
  for (const { code, text } of again) assert.equal(code, 0, text);
  assert.match(again[0]?.text ?? "", /^Continuing /m);
  const rows = await history(join(place, "process-0", "killed"));
  assert.equal(rows.length, 4);
  assert.deepEqual(rows.slice(0, kept.length), kept);

  const done = await allEnded(await start(2, words));
  for (const { code, text } of done) assert.equal(code, 0, text);
  assert.match(done[0]?.text ?? "", /The run has finished before/);
});

test("where one hangs the others end within the time that was given", async () => {
  const processes = await start(2, ["--epochs", "50", "--process-timeout", "5", "--out", "hung"]);
  await until(() => /^Epoch 1\/50: /m.test(processes[0]?.text() ?? ""));
  processes[1]?.child.kill("SIGSTOP");
  const stopped = performance.now();
  const ended = await processes[0]?.ended;
  const seconds = (performance.now() - stopped) / 1000;
  processes[1]?.child.kill("SIGKILL");
  assert.match(ended?.text ?? "", /PROCESS_LOST/);
  assert.ok(seconds < 20, `${seconds} s`); // on a busy machine
});

test("processes that were given other settings refuse each other, and name the difference", async () => {
  const processes = await start(2, ["--epochs", "1", "--out", "other"], { 1: ["--seed", "9"] });
  for (const { code, text } of await allEnded(processes)) {
    assert.equal(code, 1);
    assert.match(text, /PROCESSES_DIFFER: setting seed: .*1 in process 0 and 9 in process 1/s);
  }
  assert.ok(!existsSync(join(place, "process-0", "other")));
});

test("processes without a folder to go on in are refused", async () => {
  for (const { code, text } of await allEnded(await start(2, []))) {
    assert.equal(code, 1);
    assert.match(text, /OPTION_INVALID: .*--out/s);
  }
});
