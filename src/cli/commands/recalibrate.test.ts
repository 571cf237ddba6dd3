import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brightnessScore, writeBrightnessModel, writeFlatImage } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { openClassifier, type UnsureBand, unsureScores } from "../../index.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-recalibrate-"));
const original = join(cwd, "own.h5");

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

const recalibrate = (...args: string[]) => run("recalibrate", "own.h5", "--data", "ward", ...args);

/** A ward whose radiographs are brighter than the model's: it calls normal images from grey 128 on. */
const normal = Array.from({ length: 24 }, (_, i) => 90 + 4 * i);
const pneumonia = Array.from({ length: 24 }, (_, i) => 160 + 4 * i);

before(async () => {
  await writeBrightnessModel(original, { threshold: 0.5 });
  await writeBrightnessModel(join(cwd, "keras.h5"), { threshold: null });
  for (const gray of normal) await writeFlatImage(join(cwd, "ward", "NORMAL", `n${gray}.png`), gray);
  for (const gray of pneumonia) await writeFlatImage(join(cwd, "ward", "PNEUMONIA", `p${gray}.png`), gray);
});

after(() => rmSync(cwd, { recursive: true }));

test("scores and threshold move to the ward, the new file says so, and the original stays as it was", async () => {
  const bytes = readFileSync(original);
  const { code, out, err } = await recalibrate(
    "--out",
    "ward.onnx",
    "--threshold",
    "sensitivity=0.9",
    "--by",
    "Dr. Test",
  );
  assert.equal(code, 0, err);
  assert.match(out, /^48 images: 24 images, each taken for a patient of its own without pneumonia, 24 with\.$/m);
  assert.match(out, /^Scores: intercept -\d\.\d\d/m);
  assert.match(out, /^specificity +0\.\d+ \([\d.–]+\) +0\.\d+ \(/m);
  assert.match(err, /to within 5 points takes about \d+0 patients with pneumonia/);
  assert.deepEqual(readFileSync(original), bytes);

  await using classifier = await openClassifier(join(cwd, "ward.onnx"));
  const { recalibration, threshold, operation, intendedUse } = classifier.contract;
  assert.equal(recalibration?.by, "Dr. Test");
  assert.equal(threshold.chosenOn, "ward (local)");
  assert.deepEqual(
    operation.map(({ split }) => split),
    ["local"],
  );
  assert.match(intendedUse, /recalibrated \(intercept[^)]*\) on 48 local images \(24 with pneumonia\) of ward/);
  const image = join(cwd, "ward", "PNEUMONIA", "p200.png");
  const { value: result } = await classifier.predict([image]).next();
  assert.ok(result?.kind === "scored" && recalibration !== undefined);
  const before = Math.log(brightnessScore(200) / (1 - brightnessScore(200)));
  const expected = 1 / (1 + Math.exp(-(recalibration.intercept + recalibration.slope * before)));
  assert.ok(Math.abs(result.score - expected) < 1e-5, `${result.score}, ${expected} expected`);
});

test("a .keras file carries it as well, and every export of that; it is not recalibrated again", async () => {
  assert.equal((await recalibrate("--out", "ward.keras", "--json")).code, 0);
  assert.equal((await run("export", "ward.keras", "--format", "onnx", "--out", "again.onnx")).code, 0);
  await using keras = await openClassifier(join(cwd, "ward.keras"));
  await using onnx = await openClassifier(join(cwd, "again.onnx"));
  assert.deepEqual(onnx.contract.recalibration, keras.contract.recalibration);
  assert.deepEqual(onnx.contract.operation, keras.contract.operation);
  const again = await run("recalibrate", "ward.keras", "--data", "ward", "--out", "twice.onnx");
  assert.equal(again.code, 1);
  assert.match(again.err, /only an original model is recalibrated/);
});

/** The score of a flat image by one file as the line of another's contract moves it. */
async function assertMoved(file: string, of: string, scores?: "pneumonia") {
  const image = join(cwd, "ward", "PNEUMONIA", "p200.png");
  await using moved = await openClassifier(join(cwd, file));
  await using own = await openClassifier(join(cwd, of), { scores });
  const { value: after } = await moved.predict([image]).next();
  const { value: before } = await own.predict([image]).next();
  const { recalibration } = moved.contract;
  assert.ok(after?.kind === "scored" && before?.kind === "scored" && recalibration !== undefined);
  const { intercept, slope } = recalibration;
  const expected = 1 / (1 + Math.exp(-(intercept + slope * Math.log(before.score / (1 - before.score)))));
  assert.ok(
    Math.abs(after.score - before.score) > 0.01 && Math.abs(after.score - expected) < 1e-5,
    `${after.score}, ${expected}`,
  );
  return moved.contract;
}

test("a .onnx file becomes a .onnx file, one of several models too: a policy is asked for then", async () => {
  await writeBrightnessModel(join(cwd, "other.h5"), { threshold: 0.4, bias: -2.5 });
  await run("export", "own.h5", "--format", "onnx", "--out", "own.onnx", "--precision", "float16");
  await run("export", "own.h5", "other.h5", "--format", "onnx", "--out", "both.onnx");
  const bytes = readFileSync(join(cwd, "both.onnx"));
  const recalibrateIt = (file: string, ...args: string[]) => run("recalibrate", file, "--data", "ward", ...args);
  const single = await recalibrateIt("own.onnx", "--out", "own-ward.onnx");
  assert.equal(single.code, 0, single.err);
  const contract = await assertMoved("own-ward.onnx", "own.onnx");
  assert.deepEqual([contract.precision, contract.reference?.of], ["float16", "ward (local)"]);
  const unasked = await recalibrateIt("both.onnx", "--out", "both-ward.onnx");
  assert.match(unasked.err, /threshold: of several models together .* Give "youden"/);
  const several = await recalibrateIt(
    "both.onnx",
    "--out",
    "both-ward.onnx",
    "--threshold",
    "youden",
    "--unsure",
    "0.9",
  );
  assert.equal(several.code, 0, several.err);
  const { members, unsure, operation, intendedUse } = await assertMoved("both-ward.onnx", "both.onnx");
  assert.deepEqual([members?.length, unsure?.isLocal, operation.map(({ split }) => split)], [2, true, ["local"]]);
  assert.match(intendedUse, /recalibrated .* on 48 local images/);
  assert.deepEqual(readFileSync(join(cwd, "both.onnx")), bytes);
  assert.match(
    (await recalibrateIt("both-ward.onnx", "--out", "x.onnx")).err,
    /only an original model is recalibrated/,
  );
  assert.match(
    (await recalibrateIt("own.onnx", "--out", "x.keras")).err,
    /which has no layers\. Choose a name that ends in \.onnx/,
  );
});

test("a Keras file by others is recalibrated as it is said to be read, and says so itself then", async () => {
  for (const out of ["theirs.onnx", "theirs.keras"]) {
    const asked = ["--scores", "pneumonia", "--pixels", "0..1"];
    const made = await run(
      "recalibrate",
      "keras.h5",
      "--data",
      "ward",
      "--out",
      out,
      "--threshold",
      "youden",
      ...asked,
    );
    assert.equal(made.code, 0, made.err);
    const { title, threshold } = await assertMoved(out, "keras.h5", "pneumonia");
    assert.deepEqual([title, threshold.chosenOn], ["keras.h5", "ward (local)"]);
  }
  const shown = await run("predict", "ward/NORMAL/n90.png", "--model", "theirs.keras");
  assert.doesNotMatch(shown.err, /Assumed/);
});

test("what cannot be recalibrated, and too few images, are refused before anything is written", async () => {
  const foreign = await run("recalibrate", "keras.h5", "--data", "ward", "--out", "x.onnx");
  assert.match(foreign.err, /a model that does not say what its score means\. Give scores and pixels/);
  for (const gray of normal.slice(0, 3)) await writeFlatImage(join(cwd, "few", "NORMAL", `n${gray}.png`), gray);
  await writeFlatImage(join(cwd, "few", "PNEUMONIA", "p.png"), 240);
  const few = await run("recalibrate", "own.h5", "--data", "few", "--out", "x.onnx");
  assert.match(few.err, /at least 10 patients of each class.*3 without and 1 with pneumonia/s);
  const ending = await recalibrate("--out", "x.bin");
  assert.match(ending.err, /ends in \.onnx or \.keras or \.h5/);
  const policy = await recalibrate("--out", "x.onnx", "--threshold", "best");
  assert.match(policy.err, /"youden"/);
  assert.equal(existsSync(join(cwd, "x.onnx")), false);
});

test("the new file knows what its threshold was set on: darker images raise the alarm, the ward's own do not", async () => {
  const { code, err } = await recalibrate("--out", "watched.onnx", "--threshold", "0.5");
  assert.equal(code, 0, err);
  await using classifier = await openClassifier(join(cwd, "watched.onnx"));
  const { reference } = classifier.contract;
  assert.deepEqual([reference?.of, reference?.images, reference?.patients], ["ward (local)", 48, null]);
  assert.doesNotMatch(JSON.stringify(reference), /png|NORMAL/);
  for (let i = 0; i < 24; i++) await writeFlatImage(join(cwd, "dark", `d${i}.png`), 20 + 3 * i);

  const own = await run("predict", "ward", "--model", "watched.onnx");
  assert.equal(own.code, 0, own.err);
  assert.doesNotMatch(own.err, /threshold was set on/);
  for (const more of [[], ["--out", "dark.csv"]]) {
    const dark = await run("predict", "dark", "--model", "watched.onnx", ...more);
    assert.match(
      dark.err,
      /^Note: These 24 images are not like the 48 images that the threshold was set on \(ward \(local\)\): /m,
    );
    assert.match(dark.err, /lower in score.*darker|darker.*lower in score/);
    assert.match(dark.err, /not to be trusted: recalibrate .* Patients are not known/);
  }
  const few = await run("predict", "dark/d1.png", "--model", "watched.onnx");
  assert.doesNotMatch(few.err, /threshold was set on/, "of one image nothing is said");
  assert.match((await run("evaluate", "watched.onnx", "--data", "ward")).out, /^These 48 images look and score like/m);
  assert.match((await run("evaluate", "own.h5", "--data", "ward")).out, /does not say what its threshold was set on/);
});

test("asked for a third answer, the new file leaves open what neither class rules out, and every command says so", async () => {
  const made = await recalibrate("--out", "third.onnx", "--threshold", "0.5", "--unsure", "0.9");
  assert.equal(made.code, 0, made.err);
  assert.match(
    made.out,
    /^Scores from 0\.\d{4} to 0\.\d{4} are called unsure\. .* calibrated on 48 images \(24 with pneumonia\) of ward/m,
  );
  await using classifier = await openClassifier(join(cwd, "third.onnx"));
  const { unsure, threshold } = classifier.contract;
  assert.deepEqual([unsure?.isLocal, unsure?.setOn, unsure?.arePatientsKnown], [true, "ward (local)", false]);
  const open = unsureScores(unsure as UnsureBand, threshold.value);
  const { out, err } = await run("predict", "ward", "--model", "third.onnx", "--json");
  const rows = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const inside = rows.filter(({ score }) => score >= (open?.from ?? 1) && score <= (open?.to ?? 0));
  assert.ok(inside.length > 0 && inside.length < rows.length);
  assert.deepEqual(
    rows.filter(({ label }) => label === "UNSURE"),
    inside,
  );
  assert.match(err, new RegExp(`, ${inside.length} unsure, .*\\n.*Note: Of each class 90% `));
  const csv = await run("predict", "ward", "--model", "third.onnx", "--csv");
  assert.equal(csv.out.match(/,UNSURE,/g)?.length, inside.length);

  const measured = await run("evaluate", "third.onnx", "--data", "ward", "--out", "third");
  assert.match(measured.out, /^The third answer: unsure$/m);
  assert.match(readFileSync(join(cwd, "third", "report.html"), "utf8"), /<h3>The third answer: unsure<\/h3>/);
  const { unsure: reached } = JSON.parse(readFileSync(join(cwd, "third", "metrics.json"), "utf8"));
  assert.ok(reached.covered.normal.value >= 0.9 && reached.covered.pneumonia.value >= 0.9);
  const many = await recalibrate("--out", "none.onnx", "--unsure", "0.99");
  assert.match(many.err, /a coverage of 0\.99 takes at least 99 patients of each class/);
});
