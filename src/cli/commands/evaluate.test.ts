import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeBrightnessModel, writeFlatImage } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { dicomFile, gradient, pictureElements } from "../../../test/support/dicom-writer.js";
import { realData, withoutRealData } from "../../../test/support/paths.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-evaluate-"));

async function evaluate(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(["evaluate", ...args], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

/** The brightness model calls an image pneumonia from grey 163.5 at its threshold 0.7, from 127.5 at 0.5. */
const testImages = {
  "NORMAL/IM-0001-0001.png": 20,
  "NORMAL/IM-0001-0002.png": 90,
  "NORMAL/IM-0002-0001.png": 200,
  "PNEUMONIA/person1_virus_1.png": 140,
  "PNEUMONIA/person2_bacteria_1.png": 180,
  "PNEUMONIA/person2_bacteria_2.png": 220,
  "PNEUMONIA/person3_bacteria_1.png": 250,
} as const;

before(async () => {
  await writeBrightnessModel(join(cwd, "own.h5"), { threshold: 0.7 });
  await writeBrightnessModel(join(cwd, "keras.h5"), { threshold: null });
  for (const [name, gray] of Object.entries(testImages)) await writeFlatImage(join(cwd, "tree", "test", name), gray);
  for (const split of ["train", "val"]) {
    await writeFlatImage(join(cwd, "tree", split, "NORMAL", "IM-0009-0001.png"), 10);
    await writeFlatImage(join(cwd, "tree", split, "PNEUMONIA", "person9_virus_1.png"), 240);
  }
  writeFileSync(join(cwd, "tree", "test", "NORMAL", "notes.txt"), "not an image");
  writeFileSync(join(cwd, "tree", "test", "NORMAL", "IM-0003-0001.jpeg"), "not an image either");
});

after(() => rmSync(cwd, { recursive: true }));

test("the test split at the model's own threshold, counted by hand; skipped images are named", async () => {
  const text = await evaluate("own.h5", "--data", "tree");
  assert.equal(text.code, 0, text.err);
  assert.match(
    text.out,
    /^Test: 7 images of unknown patients \(4 pneumonia, 3 normal\)\nPneumonia where .* 0\.700 \(youden, chosen on validation\)/,
  );
  assert.match(text.out, /^Accuracy +0\.714 /m);
  assert.match(text.out, /^Sensitivity +0\.750 +\S+ +4$/m);
  assert.match(text.out, /Pneumonia +0\.75 +0\.75 +0\.75 +4/);
  assert.match(text.err, /^Threshold 0\.7: the model's own: youden, chosen on validation\.$/m);
  assert.match(text.err, /^1 entry of the dataset not used, such as test\/NORMAL\/notes\.txt: not named/m);
  assert.match(text.err, /^1 image of 8 skipped:\n {2}test\/NORMAL\/IM-0003-0001\.jpeg: IMAGE_UNREADABLE$/m);

  const json = JSON.parse((await evaluate("own.h5", "--data", "tree", "--json")).out);
  assert.deepEqual(json.confusion, { truePositives: 3, falseNegatives: 1, falsePositives: 1, trueNegatives: 2 });
  assert.equal(json.metrics.auc.value, 10 / 12); // 200 lies above 140 and 180
  assert.deepEqual(json.source, { model: "own.h5", data: "tree", predictions: null, split: "test" });
  assert.deepEqual(
    json.skipped.map(({ name, code }: { name: string; code: string }) => [name, code]),
    [["test/NORMAL/IM-0003-0001.jpeg", "IMAGE_UNREADABLE"]],
  );
});

test("--patients: whose images are drawn together for the intervals", async () => {
  const patients = async (...args: string[]) => {
    const run = await evaluate("own.h5", "--data", "tree", "--json", ...args);
    return JSON.parse(run.out).patients;
  };
  assert.equal(await patients(), null);
  assert.equal(await patients("--patients", "names"), 5);
  writeFileSync(
    join(cwd, "known.csv"),
    `path,label,patient,split\n${Object.keys(testImages)
      .map((name, i) => `tree/test/${name},${name.split("/")[0]},p${i % 4},test`)
      .join("\n")}\n`,
  );
  const listed = async (...args: string[]) =>
    JSON.parse((await evaluate("own.h5", "--data", "known.csv", "--json", ...args)).out).patients;
  assert.deepEqual([await listed(), await listed("--patients", "unknown")], [4, null]);
  const idle = await evaluate("own.h5", "--predictions", "x.csv", "--patients", "names");
  assert.match(idle.err, /--patients: no image is read with --predictions/);
});

test("--threshold takes the place of the model's own and is said to be given", async () => {
  const run = await evaluate("own.h5", "--data", "tree", "--threshold", "0.5", "--json");
  const { confusion, threshold, thresholdSource } = JSON.parse(run.out);
  assert.deepEqual(confusion, { truePositives: 4, falseNegatives: 0, falsePositives: 1, trueNegatives: 2 });
  assert.deepEqual(threshold, { value: 0.5, policy: "0.5", chosenOn: null, reached: null, givenBy: "user" });
  assert.equal(thresholdSource, "given with --threshold, origin unknown");
  const best = await evaluate("own.h5", "--data", "tree", "--threshold", "0.5");
  assert.match(best.out, /^On these very images no other threshold has a higher accuracy, Youden's index, F1, /m);
  assert.match(best.err, /^Reading \d+ of this test set/m);
});

test("what --out keeps gives the same numbers again", async () => {
  const first = await evaluate("own.h5", "--data", "tree", "--out", "results", "--json");
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(readdirSync(join(cwd, "results")).sort(), [
    "figures",
    "metrics.json",
    "predictions.csv",
    "report.html",
  ]);
  const report = readFileSync(join(cwd, "results", "report.html"), "utf8");
  assert.match(report, /Brightness|brightness/);
  for (const part of ["ROC AUC", "Calibration slope", "Decision curve", "The most confident mistakes", "Limits"]) {
    assert.ok(report.includes(part), part);
  }
  const metrics = JSON.parse(readFileSync(join(cwd, "results", "metrics.json"), "utf8"));
  assert.equal(metrics.n, 7);
  const saved = ["--predictions", join("results", "predictions.csv")];
  const again = await evaluate("own.h5", ...saved, "--out", "again", "--json");
  const numbers = { ...metrics, shift: null, reading: null }; // of images, which are not read again
  assert.deepEqual(JSON.parse(readFileSync(join(cwd, "again", "metrics.json"), "utf8")), numbers);
  for (const [run, expected] of [
    [first, metrics],
    [again, numbers],
  ] as const) {
    const { source, thresholdSource, skipped, unused, outOfScope, warnings, ...rest } = JSON.parse(run.out);
    assert.deepEqual(rest, expected);
  }
  assert.equal(
    readFileSync(join(cwd, "again", "predictions.csv"), "utf8"),
    readFileSync(join(cwd, "results", "predictions.csv"), "utf8"),
  );
  const withoutModel = await evaluate(...saved);
  assert.match(withoutModel.out, /at least 0\.500 \(fixed beforehand\)/);
  assert.match(withoutModel.err, /^Threshold 0\.5: the default, for predictions\.csv carries none/m);
});

test("what a manifest knows stands in predictions.csv and tells results apart, from there too", async () => {
  const facts = (i: number) =>
    [
      ["p1,s1,0.5,f", "p1,s1,0.5,f", "p2,s1,3,m"],
      ["p3,s1,70,f", "p4,s1,3,m", "p4,s1,3,m", "p5,s1,,m"],
    ][i];
  const lines = ["NORMAL", "PNEUMONIA"].flatMap((label, i) =>
    Object.keys(testImages)
      .filter((name) => name.startsWith(label))
      .map((name, k) => `tree/test/${name},${label},test,${facts(i)?.[k]},${label === "NORMAL" ? "" : "viral"}`),
  );
  writeFileSync(join(cwd, "told.csv"), ["path,label,split,patient,study,age_years,sex,finding", ...lines].join("\n"));
  const text = await evaluate("own.h5", "--data", "told.csv", "--out", "told");
  assert.equal(text.code, 0, text.err);
  assert.match(text.out, /^5 patients, 3 with an image of pneumonia; 2 have more than one image\.$/m);
  assert.match(text.out, /^ {2}Under 1 +1 +0 +2 +– +\* 1\.00 \(0\.21–1\.00\) /m);
  assert.match(text.out, /^ {2}Female +2 +1 +2 +\* 0\.00 /m);
  assert.match(text.out, /^ {2}Not stated +1 +1 +0 /m);
  const saved = readFileSync(join(cwd, "told", "predictions.csv"), "utf8");
  assert.match(saved, /^name,patient,label,score,split,study,age_years,sex,finding\n/);
  assert.match(saved, /person3_bacteria_1\.png,p5,1,\S+,test,s1,,M,viral$/m);
  const again = await evaluate("own.h5", "--predictions", "told/predictions.csv", "--json");
  const {
    version: _,
    source: __,
    thresholdSource,
    skipped,
    unused,
    outOfScope,
    warnings,
    ...numbers
  } = JSON.parse(again.out);
  const { version, ...metrics } = JSON.parse(readFileSync(join(cwd, "told", "metrics.json"), "utf8"));
  assert.equal(version, 3);
  assert.deepEqual(numbers, { ...metrics, shift: null, reading: null });
  assert.deepEqual([metrics.perPatient.n, metrics.perPatient.several, metrics.perStudy.n], [5, 2, 5]);
});

test("--out never overwrites, and is looked at before the work", async () => {
  mkdirSync(join(cwd, "taken"));
  writeFileSync(join(cwd, "taken", "thesis.txt"), "keep me");
  const taken = await evaluate("own.h5", "--data", "tree", "--out", "taken");
  assert.deepEqual([taken.code, taken.out], [1, ""]);
  assert.match(taken.err, /^pneumoscope: RUN_FOLDER_TAKEN: .*taken: .*thesis\.txt/);
  assert.deepEqual(readdirSync(join(cwd, "taken")), ["thesis.txt"]);
  const file = await evaluate("own.h5", "--data", "tree", "--out", "own.h5");
  assert.match(file.err, /^pneumoscope: FILE_UNWRITABLE: .*own\.h5/);
});

test("images out of scope and DICOM files with warnings are counted, from the decode cache too", async () => {
  const folder = join(cwd, "marked", "test");
  await writeFlatImage(join(folder, "NORMAL", "a.png"), 10);
  mkdirSync(join(folder, "PNEUMONIA"), { recursive: true });
  const lateral = pictureElements(40, 30, [[0x00185101, "CS", "LL"]]);
  const file = dicomFile({ elements: [...lateral, [0x7fe00010, "OW", gradient(40, 30)]] });
  writeFileSync(join(folder, "PNEUMONIA", "b.dcm"), file);
  for (const _ of ["decoded", "cached"]) {
    const run = await evaluate("own.h5", "--data", "marked", "--json");
    assert.match(
      run.err,
      /^Of 2 images, all measured, 2 flagged as out of scope and 1 with DICOM warnings \(VIEW_LATERAL 1\)\.$/m,
    );
    const { outOfScope, warnings } = JSON.parse(run.out);
    assert.deepEqual({ outOfScope, warnings }, { outOfScope: 2, warnings: { VIEW_LATERAL: 1 } });
  }
});

test("--max-pixels skips larger images, --cache names where decoded ones are kept; of saved predictions they are refused", async () => {
  await writeFlatImage(join(cwd, "sizes", "NORMAL", "small.png"), 20);
  await writeFlatImage(join(cwd, "sizes", "NORMAL", "large.png"), 20, 120);
  await writeFlatImage(join(cwd, "sizes", "PNEUMONIA", "small.png"), 240);
  const options = ["--data", "sizes", "--json", "--cache", "kept"];
  const all = JSON.parse((await evaluate("own.h5", ...options)).out);
  assert.deepEqual([all.n, all.skipped], [3, []]);
  assert.ok(existsSync(join(cwd, "kept", "decoded")));
  const fewer = JSON.parse((await evaluate("own.h5", ...options, "--max-pixels", "10000")).out);
  assert.equal(fewer.n, 2);
  assert.deepEqual(
    fewer.skipped.map(({ name, code }: { name: string; code: string }) => [name, code]),
    [["NORMAL/large.png", "IMAGE_TOO_LARGE"]],
  );
  const saved = await evaluate("--predictions", "predictions.csv", "--max-pixels", "10000", "--cache", "kept");
  assert.equal(saved.code, 2);
  assert.match(saved.err, /--max-pixels, --cache: no image is read with --predictions/);
});

test("other splits, with a warning; a folder of classes alone; a split that is not there", async () => {
  const val = await evaluate("own.h5", "--data", "tree", "--split", "val");
  assert.match(val.out, /^Val: 2 images of unknown patients/);
  assert.match(val.err, /^Note: "train" learns from train\/.*numbers on val\/ say little/m);
  const alone = await evaluate("own.h5", "--data", join("tree", "test"), "--json");
  assert.equal(JSON.parse(alone.out).n, 7);
  await writeFlatImage(join(cwd, "only-test", "test", "NORMAL", "a.png"), 10);
  await writeFlatImage(join(cwd, "only-test", "test", "PNEUMONIA", "b.png"), 240);
  const absent = await evaluate("own.h5", "--data", "only-test", "--split", "val");
  assert.equal(absent.code, 1);
  assert.match(absent.err, /DATASET_LAYOUT: .*val\/NORMAL.*Received images in test only/);
});

test("a Keras file is read as assumed; --scores normal turns every score", async () => {
  const assumed = await evaluate("keras.h5", "--data", "tree", "--json");
  assert.match(assumed.err, /keras\.h5: does not say/);
  const turned = await evaluate("keras.h5", "--data", "tree", "--json", "--scores", "normal");
  const [a, b] = [JSON.parse(assumed.out), JSON.parse(turned.out)];
  assert.equal(a.thresholdSource, "assumed, for the file carries none");
  assert.deepEqual([a.confusion.truePositives, b.confusion.truePositives], [4, 0]);
  assert.ok(Math.abs(a.metrics.auc.value + b.metrics.auc.value - 1) < 1e-12);
});

test("predictions.csv: the split is chosen, runs' validation is val, and bad files are named", async () => {
  const lines = ["name,patient,label,score,split", "a,1,0,0.2,validation", "b,2,1,0.9,validation", "c,3,1,0.8,test"];
  writeFileSync(join(cwd, "p.csv"), `${lines.join("\n")}\n`);
  const count = async (...args: string[]) => JSON.parse((await evaluate(...args, "--json")).out).n;
  assert.equal(await count("--predictions", "p.csv"), 1);
  assert.equal(await count("--predictions", "p.csv", "--split", "val"), 2);
  const absent = await evaluate("--predictions", "p.csv", "--split", "train");
  assert.match(absent.err, /EVALUATION_INPUT: .*p\.csv: .*split "train"\. Received 3 rows of: validation, test/);
  writeFileSync(join(cwd, "bare.csv"), "name,patient,label,score\na,1,0,0.2\nb,2,1,0.9\n");
  assert.equal(await count("--predictions", "bare.csv"), 2);
  assert.match((await evaluate("--predictions", "bare.csv")).out, /^Predictions: 2 images/);
  assert.match((await evaluate("--predictions", "bare.csv", "--split", "test")).err, /EVALUATION_INPUT: .*\(none\)/);
  writeFileSync(join(cwd, "bad.csv"), "name,patient,label,score\na,1,0,high\n");
  const bad = await evaluate("--predictions", "bad.csv");
  assert.equal(bad.code, 1);
  assert.match(bad.err, /PREDICTIONS_INVALID: .*bad\.csv, line 2: score/);
  assert.match((await evaluate("--predictions", "nix.csv")).err, /FILE_MISSING: .*nix\.csv/);
});

test("a split without one readable image is an error that shows the first", async () => {
  for (const name of ["NORMAL", "PNEUMONIA"]) {
    mkdirSync(join(cwd, "unreadable", "test", name), { recursive: true });
    writeFileSync(join(cwd, "unreadable", "test", name, "a.png"), "text");
  }
  const run = await evaluate("own.h5", "--data", "unreadable");
  assert.equal(run.code, 1);
  assert.match(run.err, /NO_IMAGE_SCORED: .*Received 2 that are not\. The first: .*a\.png: must be a JPEG/);
});

test("a wrong command line ends with 2 and says what is wrong", async () => {
  for (const [args, pattern] of [
    [["own.h5"], /what to measure is missing: give --data/],
    [["--data", "tree"], /--data needs a model/],
    [["own.h5", "--data", "tree", "--predictions", "p.csv"], /one of them, not both/],
    [["--predictions", "p.csv", "--scores", "normal"], /--scores: saved predictions are/],
    [["own.h5", "--data", "tree", "--split", "tset"], /Did you mean "test"\?/],
    [["own.h5", "--data", "tree", "--threshold", "youden"], /a number from 0 to 1\. Received "youden"/],
    [["own.h5", "--dta", "tree"], /unknown option '--dta'\s+\(Did you mean --data\?\)/],
  ] as const) {
    const run = await evaluate(...args);
    assert.deepEqual([run.code, run.out], [2, ""], args.join(" "));
    assert.match(run.err, pattern);
  }
});

test("the real test split: every image is read once, brightness alone tells little", {
  skip: withoutRealData("chest_xray"),
}, async () => {
  const run = await evaluate("own.h5", "--data", realData("chest_xray"), "--json");
  const { n, positives, negatives, patients, skipped, metrics } = JSON.parse(run.out);
  assert.deepEqual(
    { n, positives, negatives, patients, skipped },
    { n: 624, positives: 390, negatives: 234, patients: 428, skipped: [] },
  );
  assert.ok(metrics.auc.value > 0.3 && metrics.auc.value < 0.8, `${metrics.auc.value}`);
});
