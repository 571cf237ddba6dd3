import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { projectRoot } from "../../../test/support/paths.js";
import { runPaths } from "../../core/run-folder.js";
import { synthesise } from "../../dataset/synthesise.js";
import { readCheckpoint } from "../../training/checkpoint.js";
import { readHistory } from "../../training/history.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-train-"));
const size = ["--image-size", "32", "--threads", "1", "--batch", "8"];
/** Two epochs of everything, two of the dense layers only. */
const twoStages = [
  ...size,
  "--epochs",
  "2",
  "--fine-tune",
  "2",
  "--fine-tune-lr",
  "2e-4",
  "--fine-tune-from",
  "flatten",
];

async function train(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(["train", ...args], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

before(async () => {
  const counts = {
    train: { normal: 24, pneumonia: 24 },
    val: { normal: 4, pneumonia: 4 },
    test: { normal: 6, pneumonia: 6 },
  };
  await synthesise(join(cwd, "phantoms"), { counts, seed: 3, size: 64 });
});

after(() => rmSync(cwd, { recursive: true }));

test("a training ends with its evaluation and a folder that holds everything", async () => {
  const { code, out, err } = await train("--data", "phantoms", "--out", "whole", ...twoStages);
  assert.equal(code, 0, err);
  assert.match(err, /^Epoch 1\/4: .*\n(?:.*\n)*Epoch 4\/4 \(fine-tuning\): /m);
  assert.match(out, /^ROC AUC /m);
  const paths = runPaths(join(cwd, "whole"));
  for (const path of [paths.args, paths.splits, paths.predictions, paths.metrics, paths.bestWeights]) {
    assert.ok(existsSync(path), path);
  }
  const report = readFileSync(paths.report, "utf8");
  assert.match(report, /Fine-tuning: 2 more epochs from the best weights, layers &quot;flatten&quot;|layers "flatten"/);
  const { contract } = await readCheckpoint(paths.lastWeights);
  assert.equal(contract.weights.title, "random");
});

test("killed in each stage and resumed, a training ends as one that was left alone", async () => {
  const paths = runPaths(join(cwd, "killed"));
  await killAfterEpoch(1, ["train", "--data", "phantoms", "--out", "killed", ...twoStages], paths.history);
  await killAfterEpoch(3, ["train", "--resume", "killed"], paths.history);
  const resumed = await train("--resume", "killed");
  assert.equal(resumed.code, 0, resumed.err);

  const whole = runPaths(join(cwd, "whole"));
  assert.deepEqual(
    (await readCheckpoint(paths.lastWeights)).weights,
    (await readCheckpoint(whole.lastWeights)).weights,
  );
  const numbers = async (path: string) => (await readHistory(path)).map(({ seconds, imagesPerSecond, ...row }) => row);
  assert.deepEqual(await numbers(paths.history), await numbers(whole.history));
  assert.equal(readFileSync(paths.predictions, "utf8"), readFileSync(whole.predictions, "utf8"));
});

test("fine-tuning moves only its layers, at its own rate", async () => {
  const one = await train("--data", "phantoms", "--out", "one-stage", ...size, "--epochs", "2", "--protocol", "study");
  assert.equal(one.code, 0, one.err);
  const two = await train("--data", "phantoms", "--out", "two-stages", ...twoStages, "--protocol", "study");
  assert.equal(two.code, 0, two.err);
  const before = (await readCheckpoint(runPaths(join(cwd, "one-stage")).lastWeights)).weights;
  const after = await readCheckpoint(runPaths(join(cwd, "two-stages")).lastWeights);
  assert.deepEqual(after.weights.get("conv2d_4"), before.get("conv2d_4"));
  assert.deepEqual(after.weights.get("batch_normalization_4"), before.get("batch_normalization_4"));
  assert.notDeepEqual(after.weights.get("dense"), before.get("dense"));
  assert.deepEqual(
    after.state.history.map(({ learningRate }) => Number(learningRate.toPrecision(3))),
    [1e-3, 1e-3, 2e-4, 2e-4],
  );
});

test("what cannot be trained is refused before a folder is made", async () => {
  for (const [args, message] of [
    [["--train-from", "dens"], /OPTION_INVALID: .*Received "dens"\. Did you mean "dense"\?/],
    [["--train-from", "last=0"], /OPTION_INVALID: .*"last=" takes a whole number from 1/],
    [["--fine-tune", "1", "--fine-tune-from", "last=99"], /OPTION_INVALID: .*has 21\. Received last=99/],
    [["--weights", "pretrained"], /OPTION_INVALID: .*Custom CNN/],
    [["--augmentation", "studi"], /Did you mean "study"/],
  ] as const) {
    const { code, err } = await train("--data", "phantoms", "--out", "refused", ...args);
    assert.notEqual(code, 0, args.join(" "));
    assert.match(err, message);
    assert.ok(!existsSync(join(cwd, "refused")), args.join(" "));
  }
});

test("a checkpoint of other images is not continued", async () => {
  await train("--data", "phantoms", "--out", "changed", ...size, "--epochs", "1");
  const splits = readFileSync(runPaths(join(cwd, "changed")).splits, "utf8");
  const file = join(cwd, "phantoms", /^(train\/NORMAL\/.+?),train,/m.exec(splits)?.[1] as string);
  const bytes = readFileSync(file);
  rmSync(file);
  try {
    const { code, err } = await train("--resume", "changed");
    assert.equal(code, 1);
    assert.match(err, / DATASET_CHANGED: /);
  } finally {
    writeFileSync(file, bytes);
  }
});

/** Runs the program until its history has that many epochs, then kills it as a power cut would. */
async function killAfterEpoch(epoch: number, args: readonly string[], history: string): Promise<void> {
  const child = spawn(process.execPath, [join(projectRoot, "bin", "pneumoscope.js"), ...args], {
    cwd,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (child.exitCode === null && (!existsSync(history) || (await readHistory(history)).length < epoch))
    await wait(20);
  child.kill("SIGKILL");
  await ended;
  assert.equal(child.signalCode, "SIGKILL", "the run ended before it could be killed");
}
