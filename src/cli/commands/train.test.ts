import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { runUntilKilled } from "../../../test/support/killed-at-row.js";
import { projectRoot, realData, withoutRealData } from "../../../test/support/paths.js";
import { runPaths } from "../../core/run-folder.js";
import { loadImages } from "../../dataset/load-images.js";
import { openDataset } from "../../dataset/open-dataset.js";
import { synthesise } from "../../dataset/synthesise.js";
import { readPredictions } from "../../evaluation/predictions-file.js";
import { openModel } from "../../inference/open-model.js";
import { withoutSeal, withSeal } from "../../interchange/keras-h5/h5-checksum.js";
import { testFingerprint } from "../../run/fingerprint.js";
import { prepareData } from "../../run/prepare-data.js";
import { readProvenance } from "../../run/provenance-file.js";
import { readSettings } from "../../run/settings-file.js";
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
  assert.match(err, /^Epoch \d\/4.*\(kept\)$/m);
  assert.doesNotMatch(err, /\(best\)/, "an epoch is kept within a standard error of the best, and may be a worse one");
  assert.match(err, /^Epoch 1\/4: .*\n(?:.*\n)*Epoch 4\/4 \(fine-tuning\): /m);
  assert.match(out, /^ROC AUC /m);
  const paths = runPaths(join(cwd, "whole"));
  for (const path of [paths.args, paths.splits, paths.predictions, paths.metrics, paths.modelCard, paths.bestWeights]) {
    assert.ok(existsSync(path), path);
  }
  const report = readFileSync(paths.report, "utf8");
  assert.match(report, /Fine-tuning: 2 more epochs from the best weights, layers &quot;flatten&quot;|layers "flatten"/);
  const { contract } = await readCheckpoint(paths.lastWeights);
  assert.equal(contract.weights.title, "random");
});

test("the run's model.onnx gives the scores that the training wrote, and says what they amounted to", async () => {
  const paths = runPaths(join(cwd, "whole"));
  const written = (await readPredictions(paths.predictions)).filter(({ split }) => split === "test");
  const { samples } = await openDataset(join(cwd, "phantoms"));
  const chosen = samples.filter(({ split }) => split === "test");
  const { pixels, loaded } = await loadImages(chosen, { size: 32, cacheFolder: null });
  const reader = await openModel(paths.folder, { threads: 1 });
  const { scores } = await reader.run(pixels);
  await reader.dispose();
  assert.equal(reader.file, paths.onnx);
  for (const [i, { name }] of loaded.entries()) {
    const expected = written.find((row) => row.name === name)?.score ?? Number.NaN;
    assert.ok(Math.abs(expected - (scores[i] as number)) <= 1e-4, `${name}: ${expected} and ${scores[i]}`);
  }
  const [onTest] = reader.contract.operation;
  const metrics = JSON.parse(readFileSync(paths.metrics, "utf8")).metrics;
  assert.deepEqual([onTest?.split, onTest?.images, onTest?.sensitivity.n], ["test", 12, 6]);
  assert.equal(onTest?.sensitivity.value, metrics.sensitivity.value);
  assert.equal(onTest?.specificity.low, metrics.specificity.interval.low);
  assert.ok(Math.abs((onTest?.auc.value ?? 0) - metrics.auc.value) < 1e-12); // by ranks and by placements
  assert.equal(reader.contract.threshold.value, JSON.parse(readFileSync(paths.metrics, "utf8")).threshold.value);
  assert.match(readFileSync(paths.report, "utf8"), /model\.onnx for ONNX Runtime/);
});

test("killed in each stage and resumed, a training ends as one that was left alone", async () => {
  const paths = runPaths(join(cwd, "killed"));
  await runUntilKilled(["train", "--data", "phantoms", "--out", "killed", ...twoStages], cwd, paths.history, 1);
  await runUntilKilled(["train", "--resume", "killed"], cwd, paths.history, 3);
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

test("killed between the two files of fine-tuning's first epoch, a training begins that stage with the same weights", async () => {
  const paths = runPaths(join(cwd, "between"));
  const whole = runPaths(join(cwd, "whole"));
  await runUntilKilled(["train", "--data", "phantoms", "--out", "between", ...twoStages], cwd, paths.history, 2);
  copyFileSync(paths.bestWeights, paths.fineTuneStart);
  copyFileSync(whole.bestWeights, paths.bestWeights); // as the first epoch would have written it
  const resumed = await train("--resume", "between");
  assert.equal(resumed.code, 0, resumed.err);
  assert.deepEqual(
    (await readCheckpoint(paths.lastWeights)).weights,
    (await readCheckpoint(whole.lastWeights)).weights,
  );
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
    [["--train-from", "last=0"], /--train-from.*"last=" and a whole number from 1, or .*Received "last=0"/],
    [["--fine-tune", "1", "--fine-tune-from", "last=99"], /OPTION_INVALID: .*has 21\. Received last=99/],
    [["--weights", "pretrained"], /OPTION_INVALID: .*Custom CNN/],
    [["--weights", "imagenet"], /FILE_MISSING: .*imagenet: there is no such file\. .*"pretrained" for the published/],
    [["--fine-tune-from", "head"], /OPTION_INVALID: --fine-tune-from: of use with epochs of fine-tuning only/],
    [["--augmentation", "studi"], /Did you mean "study"/],
    [["--device", "gpu"], /OPTION_INVALID: --device: .*Received "gpu"/],
  ] as const) {
    const { code, err } = await train("--data", "phantoms", "--out", "refused", ...args);
    assert.notEqual(code, 0, args.join(" "));
    assert.match(err, message);
    assert.ok(!existsSync(join(cwd, "refused")), args.join(" "));
  }
});

test("a layer that would stay random is refused; one that learns is told in every record", {
  skip: withoutRealData("mobilenet_v1_1.0_224_tfjs"),
}, async () => {
  const weights = ["--model", "mobilenet", "--weights", realData("mobilenet_v1_1.0_224_tfjs"), "--fresh", "conv_pw_13"];
  const settings = ["--data", "phantoms", ...size, "--epochs", "1", "--precision", "float32", ...weights];
  const frozen = await train(...settings, "--out", "stays-random");
  assert.match(frozen.err, /OPTION_INVALID: --fresh: .* Received conv_pw_13, frozen by --train-from last=5\./);
  assert.ok(!existsSync(join(cwd, "stays-random")));
  const { code, err } = await train(...settings, "--train-from", "conv_pw_13", "--out", "learns");
  assert.equal(code, 0, err);
  const paths = runPaths(join(cwd, "learns"));
  for (const file of [paths.provenance, paths.report, paths.modelCard]) {
    const words = readFileSync(file, "utf8").replaceAll("\\", ""); // Markdown's
    assert.match(words, /53 of 56 layers with weights loaded; fresh: conv_pw_13, dense, dense_1/, file);
  }
});

test("stopped before its first checkpoint, a training begins again", async () => {
  const settings = ["--data", "phantoms", ...size, "--epochs", "1"];
  assert.equal((await train(...settings, "--out", "left-alone")).code, 0);
  const [whole, stopped] = [runPaths(join(cwd, "left-alone")), runPaths(join(cwd, "stopped-early"))];
  mkdirSync(stopped.folder);
  copyFileSync(whole.args, stopped.args);
  const { code, err } = await train("--resume", "stopped-early");
  assert.equal(code, 0, err);
  assert.equal(readFileSync(stopped.predictions, "utf8"), readFileSync(whole.predictions, "utf8"));
});

test("a resumed training takes no other settings, and names those it was given", async () => {
  const { code, err } = await train("--resume", "left-alone", "--image-size", "64", "--lr", "0.1");
  assert.equal(code, 1);
  assert.match(err, /OPTION_INVALID: .*Received also --lr, --image-size\./);
});

test("images that cannot be read are counted and named, of the test part too", async () => {
  const data = join(cwd, "damaged");
  cpSync(join(cwd, "phantoms"), data, { recursive: true });
  for (const part of ["train", "test"]) writeFileSync(join(data, part, "NORMAL", "IM-0999-0001.jpeg"), "no image");
  const { code, err } = await train("--data", "damaged", "--out", "with-gaps", ...size, "--epochs", "1");
  assert.equal(code, 0, err);
  assert.match(err, / and 12 test images;/);
  assert.match(
    err,
    /^2 images of 70 skipped:\n {2}train\/NORMAL\/IM-0999-0001\.jpeg: IMAGE_UNREADABLE\n {2}test\/NORMAL\/IM-0999-0001\.jpeg: IMAGE_UNREADABLE$/m,
  );
  const paths = runPaths(join(cwd, "with-gaps"));
  assert.doesNotMatch(readFileSync(paths.splits, "utf8"), /IM-0999/);
  assert.match(
    readFileSync(paths.report, "utf8"),
    /IM-0999-0001\.jpeg<\/span><\/th><td[^>]*>must be a JPEG, PNG or DICOM/,
  );
});

test("a cache that cannot be written is told and costs only time", async () => {
  writeFileSync(join(cwd, "a-file"), "");
  const { code, err } = await train(
    "--data",
    "phantoms",
    "--out",
    "no-cache",
    "--cache",
    "a-file",
    ...size,
    "--epochs",
    "1",
  );
  assert.equal(code, 0, err);
  assert.match(err, /^Decoded images are not kept, .*a-file/m);
});

test("where no image of a part or class can be read, nothing is trained", async () => {
  const data = join(cwd, "unreadable");
  cpSync(join(cwd, "phantoms"), data, { recursive: true });
  const spoil = (folder: string) => {
    for (const name of readdirSync(join(data, folder))) writeFileSync(join(data, folder, name), "no image");
  };
  spoil("train/NORMAL");
  spoil("val/NORMAL");
  const oneClass = await train("--data", "unreadable", "--out", "one-class", ...size);
  assert.equal(oneClass.code, 1);
  assert.match(
    oneClass.err,
    /DATASET_ONE_CLASS: .*unreadable: .*Received 0 NORMAL and \d+ PNEUMONIA.*28 skipped.*IMAGE/,
  );
  spoil("test/NORMAL");
  spoil("test/PNEUMONIA");
  const noTest = await train("--data", "unreadable", "--out", "no-test", ...size);
  assert.equal(noTest.code, 1);
  assert.match(noTest.err, /NO_IMAGE_SCORED: .*unreadable: .*Received 12 that are not/);
});

test("a checkpoint of other images is not continued", async () => {
  await train("--data", "phantoms", "--out", "changed", ...size, "--epochs", "1");
  const splits = readFileSync(runPaths(join(cwd, "changed")).splits, "utf8");
  rmSync(runPaths(join(cwd, "changed")).report); // what is written last: the run counts as unfinished
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

test("stopped in its last evaluation, a training says what is kept and how to go on, and that goes on", {
  skip: process.platform === "win32" && "there are no signals to send",
}, async () => {
  const paths = runPaths(join(cwd, "stopped-late"));
  const whole = runPaths(join(cwd, "left-alone-too"));
  const settings = ["--data", "phantoms", ...size, "--epochs", "1"];
  assert.equal((await train(...settings, "--out", "left-alone-too")).code, 0);
  for (const [args, sign, signal] of [
    [["train", ...settings, "--out", "stopped-late"], paths.history, "SIGINT"],
    [["train", "--resume", "stopped-late"], paths.predictions, "SIGTERM"],
  ] as const) {
    rmSync(sign, { force: true });
    const { code, err } = await signalWhenThere(sign, signal, args);
    assert.equal(code, 130, err);
    assert.match(err, /^Stopping after this step\. Again: stop at once\.$/m);
    assert.match(
      err,
      /^pneumoscope: TRAINING_INTERRUPTED: .*stopped-late: was stopped after its last epoch.* Go on with "pneumoscope train --resume stopped-late"\.$/m,
    );
    assert.ok(!existsSync(paths.report));
    assert.deepEqual(
      readdirSync(paths.folder, { recursive: true }).filter((name) => /\.tmp$|\.lock/.test(String(name))),
      [],
    );
  }
  const resumed = await train("--resume", "stopped-late");
  assert.equal(resumed.code, 0, resumed.err);
  assert.doesNotMatch(resumed.err, /^Epoch /m);
  assert.ok(existsSync(paths.report));
  assert.equal(readFileSync(paths.predictions, "utf8"), readFileSync(whole.predictions, "utf8"));
});

/** Runs the program and sends it the signal once that file is there. */
async function signalWhenThere(file: string, signal: NodeJS.Signals, args: readonly string[]) {
  const program = join(projectRoot, "bin", "pneumoscope.js");
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  while (child.exitCode === null && !existsSync(file)) await wait(10);
  child.kill(signal);
  return { code: await closed, err };
}

test("a run of a version that told images by their pixels goes on, and is told by files from then on", async () => {
  await train("--data", "phantoms", "--out", "older", ...size, "--epochs", "1");
  const folder = join(cwd, "older");
  const paths = runPaths(folder);
  const cacheFolder = join(cwd, ".cache/pneumoscope");
  const { fingerprint, testImages } = await prepareData({
    ...(await readSettings(paths.args)),
    folder: join(cwd, "phantoms"),
    cacheFolder,
    onProgress: () => undefined,
  });
  const { trainedOn, testedOn } = await readProvenance(paths.provenance);
  assert.deepEqual([trainedOn.sha256, testedOn.sha256], [fingerprint.files, testFingerprint(testImages).files]);
  for (const path of [paths.lastWeights, paths.bestWeights]) {
    const text = readFileSync(path, "latin1");
    assert.ok(text.includes(fingerprint.files), path);
    const older = Buffer.from(text.replaceAll(fingerprint.files, fingerprint.pixels), "latin1");
    writeFileSync(path, withSeal(withoutSeal(older)));
  }
  assert.equal((await readCheckpoint(paths.lastWeights)).contract.trainedOn.sha256, fingerprint.pixels);
  rmSync(paths.report); // as a run that was stopped before its end
  const { code, err } = await train("--resume", "older");
  assert.equal(code, 0, err);
  const resumed = await readProvenance(paths.provenance);
  assert.deepEqual([resumed.version, resumed.trainedOn], [2, trainedOn]);
  assert.ok(readFileSync(paths.bestWeights, "latin1").includes(fingerprint.files));
});
