// `compare --plan` and `--task` through the real command line on phantoms: trainings as tasks of an array job.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { projectRoot } from "../../../test/support/paths.js";
import { lockFolder } from "../../core/folder-lock.js";
import { synthesise } from "../../dataset/synthesise.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-tasks-"));
const small = ["--image-size", "32", "--threads", "1", "--batch", "8", "--epochs", "1"];
const command = (out: string, ...more: string[]) =>
  ["compare", "--models", "custom", "--data", "phantoms", "--seeds", "2", "--out", out, ...small, ...more] as const;
const at = (...parts: string[]) => join(cwd, ...parts);
const predictionsOf = (seed: number) => at("planned", "runs", `custom-sound-seed${seed}`, "predictions.csv");

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const terminal = capturedTerminal({ cwd, env });
  const code = await runCommandLine([...args], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

before(async () => {
  const few = { normal: 6, pneumonia: 6 };
  await synthesise(at("phantoms"), { counts: { train: { normal: 16, pneumonia: 16 }, val: few, test: few }, size: 64 });
});

after(() => rmSync(cwd, { recursive: true }));

test("the plan has a line for each training, and trains none", async () => {
  const { code, out, err } = await run(command("planned", "--plan"));
  assert.equal(code, 0, err);
  assert.equal(out, "1\tplanned/runs/custom-sound-seed1\tto do\n2\tplanned/runs/custom-sound-seed2\tto do\n");
  assert.equal(err, "2 tasks, 0 finished. Slurm: --array=1-2. Kubernetes: completions: 2\n");
  assert.deepEqual(readdirSync(at("planned")), ["plan.json"]);
});

test("tasks at the same time, on two machines for all they know; the same command then compares and trains nothing", async () => {
  const { SLURM_ARRAY_TASK_ID: _, ...env } = process.env;
  const child = spawn(process.execPath, [join(projectRoot, "bin", "pneumoscope.js"), ...command("planned", "--task")], {
    cwd,
    env: { ...env, JOB_COMPLETION_INDEX: "1" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [own, [code]] = await Promise.all([
    run(command("planned", "--task"), { SLURM_ARRAY_TASK_ID: "1" }),
    once(child, "exit"),
  ]);
  assert.equal(own.code, 0, own.err);
  assert.equal(code, 0);
  assert.match(own.out, /^Report: {2}planned\/runs\/custom-sound-seed1\/report\.html$/m);

  const trained = statSync(predictionsOf(2)).mtimeMs;
  const { code: gathered, out, err } = await run(command("planned"));
  assert.equal(gathered, 0, err);
  assert.match(err, /^2 runs of 2 finished before$/m);
  assert.match(out, /^Comparison: {2}planned\/comparison\.html$/m);
  assert.equal(statSync(predictionsOf(2)).mtimeMs, trained);

  const again = await run(command("planned", "--task", "2"));
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /The run has finished before/);
  assert.match((await run(command("planned", "--plan"))).out, /seed1\tfinished\n.*seed2\tfinished\n$/);
});

test("a number that is not in the plan, and no number at all", async () => {
  const { code, err } = await run(command("planned", "--task", "3"));
  assert.equal(code, 1);
  assert.match(err, /OPTION_INVALID: task: should be a whole number from 1 to 2\. Received 3/);
  const zero = await run(command("planned", "--task"), { SLURM_ARRAY_TASK_ID: "0" });
  assert.match(zero.err, /from 1 to 2\. Received 0/);
  const none = await run(command("planned", "--task"));
  assert.match(none.err, /in SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX\. Received neither/);
  const odd = await run(command("planned", "--task"), { JOB_COMPLETION_INDEX: "" });
  assert.match(odd.err, /JOB_COMPLETION_INDEX: .*Received ""/);
  assert.equal((await run(command("planned", "--task", "1", "--plan"))).code, 2);
  assert.equal((await run(["compare", "planned/runs/custom-sound-seed1", "--task", "1"])).code, 2);
});

test("a task refuses a folder that was planned otherwise, also before anything is trained in it", async () => {
  assert.equal((await run(command("other", "--plan"))).code, 0);
  const changed = await run(command("other", "--lr", "0.5", "--task", "2"));
  assert.equal(changed.code, 1);
  assert.match(
    changed.err,
    /RUN_SETTINGS_CHANGED: other\/plan\.json: .* other settings of custom-sound-seed1: lr 0\.001 then, 0\.5 now/,
  );
  const fewer = await run(command("other", "--seeds", "1", "--task", "1"));
  assert.match(fewer.err, /RUN_SETTINGS_CHANGED: .*one of 2 trainings then, 1 now/);
  assert.ok(!existsSync(at("other", "runs")));
  const anew = await run(command("other", "--lr", "0.5", "--plan"));
  assert.equal(anew.code, 0, anew.err);
});

test("of two processes with the same task one is refused", async () => {
  const folder = at("planned", "runs", "custom-sound-seed1");
  rmSync(join(folder, "report.html"));
  const lock = await lockFolder(folder);
  const { code, err } = await run(command("planned", "--task", "1"));
  await lock.release();
  assert.equal(code, 1);
  assert.match(err, new RegExp(`RUN_FOLDER_LOCKED: .*held by process ${process.pid} `));
});

test("a task that sees other images than those before it is refused before its first epoch", async () => {
  rmSync(at("planned", "runs", "custom-sound-seed2"), { recursive: true });
  const folder = at("phantoms", "test", "NORMAL");
  const [one = "", another = ""] = readdirSync(folder).sort();
  cpSync(join(folder, another), join(folder, one));
  const { code, err } = await run(command("planned", "--task", "2"));
  assert.equal(code, 1);
  assert.match(err, /DATASET_CHANGED: .*phantoms: .*other files than the first of its tasks read.*images\.json/);
  assert.doesNotMatch(err, /^Epoch/m);
});
