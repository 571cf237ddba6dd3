// `explain` from the command line: pictures and numbers for every image, bad ones named, the rest goes on.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "csv-parse/sync";
import sharp from "sharp";
import { writeBrightnessModel, writeFlatImage } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { dicomFile, gradient, pictureElements } from "../../../test/support/dicom-writer.js";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { realData, withoutRealData } from "../../../test/support/paths.js";
import { Random } from "../../core/random.js";
import { encodePng } from "../../images/encode.js";
import { writeKerasModel } from "../../interchange/keras-h5/write-keras-model.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-explain-"));
after(() => rmSync(cwd, { recursive: true }));

async function explain(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(["explain", ...args], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

before(async () => {
  const graph = customCnn({ imageSize: 64 });
  await writeKerasModel(join(cwd, "keras.h5"), graph, livelyWeights(graph, 2), {});
  const random = Random.of("explain");
  const noise = (width: number, height: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height }, () => Math.floor(random.uniform(0, 256))),
  });
  const images = join(cwd, "images");
  await writeFlatImage(join(images, "a", "same.png"), 120);
  writeFileSync(join(images, "a", "same.png"), await encodePng(noise(90, 60)));
  await writeFlatImage(join(images, "b", "same.png"), 120);
  writeFileSync(join(images, "b", "same.png"), await encodePng(noise(1500, 1200)));
  writeFileSync(join(images, "b", "text.jpeg"), "no image");
});

test("two pictures and one row per image, whatever its size and name; a bad file is a row of its own", async () => {
  const run = await explain("images", "--model", "keras.h5", "--out", "looked");
  assert.equal(run.code, 0, run.err);
  const files = readdirSync(join(cwd, "looked")).sort();
  assert.deepEqual(files, [
    "explain.csv",
    "explain.json",
    "same-2-side-by-side.png",
    "same-2.png",
    "same-side-by-side.png",
    "same.png",
  ]);
  const sizes = await Promise.all(
    ["same.png", "same-side-by-side.png", "same-2.png"].map(async (file) => {
      const { width, height, channels } = await sharp(join(cwd, "looked", file)).metadata();
      return [width, height, channels];
    }),
  );
  assert.deepEqual(sizes, [
    [90, 60, 3],
    [180, 60, 3],
    [1024, 819, 3],
  ]);
  const rows: Record<string, string>[] = parse(readFileSync(join(cwd, "looked", "explain.csv"), "utf8"), {
    columns: true,
  });
  assert.deepEqual(
    rows.map(({ path, error }) => [path, error]),
    [
      ["images/a/same.png", ""],
      ["images/b/same.png", ""],
      ["images/b/text.jpeg", "IMAGE_UNREADABLE"],
    ],
  );
  assert.deepEqual(
    rows.map(({ scope }) => scope !== ""),
    [true, true, false],
    "noise is flagged",
  );
  assert.match(run.out, /images\/b\/same\.png\n +! There is hardly any contrast/);
  assert.match(run.err, /2 flagged as out of scope: do not use their scores/);
  const document = JSON.parse(readFileSync(join(cwd, "looked", "explain.json"), "utf8"));
  assert.match(document.note, /not where a disease is.*Research use only/);
  assert.equal(document.images.length, 3);
  assert.equal(document.images[0].scope.inScope, false);
  assert.equal(document.images[0].scope.findings[0].code, rows[0]?.scope);
  assert.equal(document.images[0].looked.border.toFixed(6), rows[0]?.border);
  assert.ok(["changed", "unchanged", "unknown"].includes(document.randomisationCheck.verdict));
  assert.match(run.out, /outside.*\n.*frame/);
  assert.match(run.err, /Randomisation check .*2 images/s);
  assert.match(
    run.err,
    /where the model looked, not where a disease is\. Research use only; not a medical device\.\n$/,
  );
  assert.doesNotMatch(run.out + run.err, /shows? the disease/);
});

test("--class gives the evidence asked for; P(normal) turns score and maps round", async () => {
  const looked = async (...args: string[]) => {
    const run = await explain("images/a", "--model", "keras.h5", "--json", "--no-check", ...args);
    assert.equal(run.code, 0, run.err);
    return JSON.parse(run.out);
  };
  const pneumonia = await looked("--class", "pneumonia", "--out", "p");
  const normal = await looked("--class", "normal", "--out", "n");
  const called = await looked("--out", "c");
  const turned = await looked("--class", "pneumonia", "--scores", "normal", "--out", "t");
  assert.deepEqual([pneumonia.lookedFor, normal.lookedFor], ["PNEUMONIA", "NORMAL"]);
  assert.equal(called.lookedFor, called.label);
  assert.deepEqual(called.looked, (called.label === "PNEUMONIA" ? pneumonia : normal).looked);
  assert.deepEqual(turned.looked, normal.looked);
  assert.ok(Math.abs(turned.score + normal.score - 1) < 1e-6);
});

test("a model without heat maps, a folder that is taken, and nothing readable end in words", async () => {
  await writeBrightnessModel(join(cwd, "brightness.h5"), { threshold: 0.5 });
  const taken = await explain("images", "--model", "keras.h5", "--out", "images");
  assert.equal(taken.code, 1);
  assert.match(taken.err, /RUN_FOLDER_TAKEN/);
  const bad = await explain("images/b/text.jpeg", "--model", "keras.h5", "--out", "bad");
  assert.equal(bad.code, 1);
  assert.match(bad.err, /NO_IMAGE_SCORED/);
  assert.match(bad.out, /skipped/);
  const none = await explain("images/a", "--model", "brightness.h5", "--out", "none");
  assert.equal(none.code, 1);
  assert.match(none.err, /NO_HEAT_MAP/);
  const graph = customCnn({ imageSize: 64 });
  const weights = new Map(livelyWeights(graph, 2));
  const broken = new Map([...(weights.get(graph.output) ?? [])]);
  broken.set("bias", { shape: [1], data: Float32Array.of(Number.NaN) });
  await writeKerasModel(join(cwd, "broken.h5"), graph, weights.set(graph.output, broken), {});
  const nan = await explain("images/a", "--model", "broken.h5", "--out", "nan");
  assert.match(nan.err, /MODEL_INVALID.*Received NaN/);
  const unknown = await explain("images", "--model", "keras.h5", "--out", "x", "--class", "flu");
  assert.equal(unknown.code, 2);
});

test("a lateral view and what is out of scope are marked in every form, and counted", async () => {
  const lateral = pictureElements(40, 30, [[0x00185101, "CS", "LL"]]);
  const file = dicomFile({ elements: [...lateral, [0x7fe00010, "OW", gradient(40, 30)]] });
  writeFileSync(join(cwd, "lateral.dcm"), file);
  const run = await explain("lateral.dcm", "--model", "keras.h5", "--no-check", "--out", "marked");
  assert.equal(run.code, 0, run.err);
  assert.match(run.out, /lateral\.dcm\n(?: +! The image .*\n)+ +! The file says that it is a lateral view; /);
  assert.match(run.err, /^1 image explained \(.*assumed.*\), 1 flagged as out of scope: do not use their scores, 0 /m);
  const [row]: Record<string, string>[] = parse(readFileSync(join(cwd, "marked", "explain.csv"), "utf8"), {
    columns: true,
  });
  const { scope, warnings } = JSON.parse(readFileSync(join(cwd, "marked", "explain.json"), "utf8")).images[0];
  assert.deepEqual([row?.warnings, scope.inScope], ["VIEW_LATERAL", false]);
  assert.equal(row?.scope, scope.findings.map(({ code }: { code: string }) => code).join(" "));
  assert.equal(warnings[0].code, "VIEW_LATERAL");
});

const skip = withoutRealData("chest_xray_native");
test("a real radiograph", { skip }, async () => {
  const folder = join(realData("chest_xray_native"), "NORMAL");
  const [first = ""] = readdirSync(folder);
  const run = await explain(join(folder, first), "--model", "keras.h5", "--out", "real", "--json");
  assert.equal(run.code, 0, run.err);
  const { looked } = JSON.parse(run.out);
  assert.ok(looked.outsideFrame >= 0 && looked.outsideFrame <= 1 && looked.border >= 0 && looked.border <= 1);
});
