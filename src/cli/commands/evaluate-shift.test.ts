// A run evaluated elsewhere, from end to end: phantoms are trained on, then read as they are, darkened, with ages that the
// model never saw, and without what the run kept of its training images.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { synthesise } from "../../dataset/synthesise.js";
import { openRun, type SetComparison } from "../../index.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-shift-"));
after(() => rmSync(cwd, { recursive: true }));

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(args, terminal);
  assert.equal(code, 0, `${args.join(" ")}: ${terminal.errText()}`);
  return terminal.outText();
}

const read = (...parts: string[]) => readFileSync(join(cwd, ...parts), "utf8");
const shiftOf = (folder: string): SetComparison => JSON.parse(read(folder, "metrics.json")).shift;

before(async () => {
  const counts = {
    train: { normal: 40, pneumonia: 40 },
    val: { normal: 4, pneumonia: 4 },
    test: { normal: 25, pneumonia: 25 },
  };
  await synthesise(join(cwd, "phantoms"), { counts, seed: 3, size: 64 });
  for (const name of ["NORMAL", "PNEUMONIA"]) {
    mkdirSync(join(cwd, "dark", name), { recursive: true });
    for (const file of readdirSync(join(cwd, "phantoms", "test", name))) {
      const image = sharp(join(cwd, "phantoms", "test", name, file));
      await image
        .linear(0.6, 0)
        .png()
        .toFile(join(cwd, "dark", name, file.replace(/\.\w+$/, ".png")));
    }
  }
  const rows = ["train", "test"].flatMap((split) =>
    ["NORMAL", "PNEUMONIA"].flatMap((name) =>
      readdirSync(join(cwd, "phantoms", split, name)).map(
        (file, i) =>
          `phantoms/${split}/${name}/${file},${name},${split}${name}${i},${split},${split === "train" ? 1 + (i % 5) : 60}`,
      ),
    ),
  );
  writeFileSync(join(cwd, "aged.csv"), `path,label,patient,split,age_years\n${rows.join("\n")}\n`);
  const tiny = ["--image-size", "32", "--threads", "1", "--batch", "8", "--epochs", "2", "--augmentation", "none"];
  await run("train", "--data", "phantoms", "--out", "run", ...tiny);
  await run("train", "--data", "aged.csv", "--out", "aged", "--unsure", "0.5", ...tiny);
});

test("the run keeps its training images in numbers, and says how its test images differ", () => {
  const kept = JSON.parse(read("run", "training-set.json"));
  assert.equal(kept.version, 1);
  assert.ok(kept.images > 60 && kept.sample.rows.length <= kept.images, "one image of each patient");
  assert.doesNotMatch(read("run", "training-set.json"), /IM-|person|png|jpeg|phantoms/);
  const { toldApart, trained, rows } = shiftOf("run");
  assert.equal(trained?.images, kept.images);
  assert.ok(!rows.some(({ name, isNotable }) => name === "brightness" && isNotable));
  assert.ok((toldApart?.auc.interval?.low ?? 1) <= 0.6, `${toldApart?.auc.value}`);
  assert.match(read("run", "report.html"), /<h3>Test images beside training images<\/h3>/);
  assert.match(read("run", "model-card.md"), /^## Test images beside training images$/m);
});

test("darkened copies are told apart, and the words say that they are darker", async () => {
  const out = await run("evaluate", "run", "--data", "dark", "--out", "on-dark");
  assert.match(out, /^Compared with the training images$/m);
  assert.match(out, /^Brightness \(mean grey level\) .*\* −\d\.\d SD$/m);
  assert.match(out, /^These images are .*(darker|poorer in contrast) \(mean \d+ instead of \d+\)/m);
  const { toldApart, rows } = shiftOf("on-dark");
  assert.ok((toldApart?.auc.value ?? 0) > 0.9, `${toldApart?.auc.value}`);
  assert.ok(rows.some(({ name, isNotable, difference }) => name === "brightness" && isNotable && difference < 0));
  const json = JSON.parse(await run("evaluate", "run/model.onnx", "--data", "dark", "--json"));
  assert.deepEqual(json.shift, shiftOf("on-dark"), "a file of the run finds them too");
});

test("its own test images give what the run said of them", async () => {
  await run("evaluate", "run", "--data", "phantoms", "--out", "own");
  const { here, rows, toldApart } = shiftOf("own");
  const ofRun = shiftOf("run");
  assert.deepEqual([here, rows, toldApart], [ofRun.here, ofRun.rows, ofRun.toldApart]);
});

test("ages that the model never saw are counted; where none is known it says so", async () => {
  const aged = await run("evaluate", "aged", "--data", "aged.csv");
  assert.match(aged, /^50 of the 50 images of known age are of patients outside the 1 to 5 years/m);
  assert.match(aged, /^Age \(years\) .*60\.0 ± 0\.0/m);
  assert.match(await run("evaluate", "aged", "--data", "dark"), /^No age is known here: .* the 1 to 5 years/m);
});

test("a run of an older version, and a model without its run: it says so and measures all the same", async () => {
  cpSync(join(cwd, "run"), join(cwd, "older"), { recursive: true });
  rmSync(join(cwd, "older", "training-set.json"));
  const older = await run("evaluate", "older", "--data", "dark");
  assert.match(older, /was not kept by the version that trained the model\.$/m);
  assert.match(older, /^ROC AUC /m);
  cpSync(join(cwd, "run", "model.onnx"), join(cwd, "alone.onnx"));
  const alone = await run("evaluate", "alone.onnx", "--data", "dark", "--out", "by-file");
  assert.match(alone, /kept in a run's folder only/);
  assert.equal(shiftOf("by-file").notDescribed, "no run");
  const saved = JSON.parse(await run("evaluate", "--predictions", "by-file/predictions.csv", "--json"));
  assert.equal(saved.shift, null, "saved predictions have no images");
});

test("a run that was asked for a third answer says that it is uncalibrated elsewhere; saved scores give it again", async () => {
  const { unsure } = JSON.parse(read("aged", "metrics.json"));
  assert.deepEqual([unsure.band.coverage, unsure.band.setOn, unsure.band.isLocal], [0.5, "validation", false]);
  assert.match(read("aged", "report.html"), /uncalibrated for images of any other place/);
  assert.match(read("aged", "model-card.md"), /^## The third answer: unsure$/m);
  const { evaluation } = await openRun("aged", { cwd });
  assert.deepEqual(JSON.parse(JSON.stringify(evaluation.test.unsure)), unsure);
  const again = JSON.parse(await run("evaluate", "--predictions", "aged/predictions.csv", "--unsure", "0.5", "--json"));
  assert.deepEqual(again.unsure.band, unsure.band);
  assert.equal(JSON.parse(read("run", "metrics.json")).unsure, null, "off unless asked for");
});
