import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { after, before, test } from "node:test";
import { parse } from "csv-parse/sync";
import { unzipSync } from "fflate";
import { brightnessScore, writeBrightnessModel, writeFlatImage } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { manyScansJpeg } from "../../../test/support/hostile-pictures.js";
import { projectRoot, realData, withoutRealData } from "../../../test/support/paths.js";
import { loadImages } from "../../dataset/load-images.js";
import { openDataset } from "../../dataset/open-dataset.js";
import { openModel } from "../../inference/open-model.js";
import { kerasArchiveBytes } from "../../interchange/keras-archive/write-keras-archive.js";
import { writeKerasModel } from "../../interchange/keras-h5/write-keras-model.js";
import { readModelFile } from "../../interchange/read-model-file.js";
import { initialWeights } from "../../model/initial-weights.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { everyImage, scoreSamples } from "../../run/score-samples.js";
import { Network } from "../../training/network.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-predict-"));
const researchLine = "Research use only; not a medical device.\n";

async function predict(...args: string[]) {
  return runIn(capturedTerminal({ cwd }), ...args);
}

async function predictOnTerminal(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  Object.assign(terminal.out, { isTTY: true });
  return runIn(terminal, ...args);
}

async function runIn(terminal: ReturnType<typeof capturedTerminal>, ...args: string[]) {
  const code = await runCommandLine(["predict", ...args], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

const rowsOf = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

before(async () => {
  await writeBrightnessModel(join(cwd, "own.h5"), { threshold: 0.7 });
  await writeBrightnessModel(join(cwd, "keras.h5"), { threshold: null });
  await writeFlatImage(join(cwd, "mixed", "1-dark.png"), 20);
  writeFileSync(join(cwd, "mixed", "2-text.jpeg"), "this is a letter, not an image");
  await writeFlatImage(join(cwd, "mixed", "3-bright.jpg"), 230);
  writeFileSync(join(cwd, "mixed", "4-empty.png"), "");
  const whole = join(cwd, "whole.jpeg");
  await writeFlatImage(whole, 90, 400);
  writeFileSync(join(cwd, "mixed", "5-cut.jpeg"), readFileSync(whole).subarray(0, 600));
  await writeFlatImage(join(cwd, "mixed", "6-point.png"), 90, 1);
  await writeFlatImage(join(cwd, "mixed", "7-middle.png"), 150);
});

after(() => rmSync(cwd, { recursive: true }));

test("every file is one row in order, with the score worked out by hand; bad ones are named", async () => {
  for (const batch of ["1", "2", "3", "16"]) {
    const run = await predict("mixed", "--model", "own.h5", "--json", "--batch", batch);
    assert.equal(run.code, 0, run.err);
    const rows = rowsOf(run.out);
    assert.deepEqual(
      rows.map((row) => [row.path, row.label ?? row.error.code]),
      [
        ["mixed/1-dark.png", "NORMAL"],
        ["mixed/2-text.jpeg", "IMAGE_UNREADABLE"],
        ["mixed/3-bright.jpg", "PNEUMONIA"],
        ["mixed/4-empty.png", "IMAGE_UNREADABLE"],
        ["mixed/5-cut.jpeg", "IMAGE_TRUNCATED"],
        ["mixed/6-point.png", "IMAGE_TOO_SMALL"],
        ["mixed/7-middle.png", "NORMAL"],
      ],
    );
    for (const [row, gray] of [
      [0, 20],
      [2, 230],
      [6, 150],
    ] as const) {
      // float32 in the network
      assert.ok(Math.abs(rows[row].score - brightnessScore(gray)) < 1e-6, `${rows[row].score}`);
      assert.equal(rows[row].threshold, 0.7);
      assert.equal(rows[row].scope.inScope, false);
      assert.deepEqual(
        rows[row].scope.findings.map(({ code }: { code: string }) => code),
        ["LOW_CONTRAST"],
      );
    }
    assert.match(rows[4].error.message, /5-cut\.jpeg: the image is cut short/);
    const summary =
      /^3 images scored, 1 called pneumonia \(score at least 0\.7; the model's own: youden, chosen on validation\), 3 flagged as out of scope: do not use their scores, 4 skipped, [\d.]+ images\/s$/m;
    assert.match(run.err, summary);
    assert.ok(run.err.endsWith(researchLine));
  }
});

test("on a terminal: a table, no bar between its rows", async () => {
  const run = await predictOnTerminal("mixed/*.png", "--model", "own.h5");
  const number = (gray: number) => brightnessScore(gray).toFixed(4);
  assert.deepEqual(run.out.split("\n"), [
    " score  label      image",
    "──────  ─────────  ─────",
    `${number(20)}  NORMAL     mixed/1-dark.png`,
    `${" ".repeat(19)}! There is hardly any contrast in the image.`,
    "     –  skipped    mixed/4-empty.png: must be a JPEG, PNG or DICOM image. Received an empty file. Remove the file or replace it by the image.",
    "     –  skipped    mixed/6-point.png: both sides must have 28 pixels at least. Received 1x1 pixels. Remove or replace the file.",
    `${number(150)}  NORMAL     mixed/7-middle.png`,
    `${" ".repeat(19)}! There is hardly any contrast in the image.`,
    "",
  ]);
  assert.match(run.err, /^2 images scored, 0 called pneumonia .*, 2 flagged .*, 2 skipped, /);
});

test("in a pipe: columns parted by tabs, without a header", async () => {
  const run = await predict("mixed/1-dark.png", "mixed/4-empty.png", "--model", "own.h5");
  const [first, second] = run.out.trimEnd().split("\n");
  assert.equal(first, `${brightnessScore(20).toFixed(6)}\tNORMAL\tmixed/1-dark.png\tLOW_CONTRAST`);
  assert.match(second ?? "", /^-\tskipped\tmixed\/4-empty\.png\tIMAGE_UNREADABLE: must be /);
});

test("CSV has a header, reads back, and holds no formula", async () => {
  await writeFlatImage(join(cwd, "=cmd|' ,\"x.png"), 230);
  const run = await predict("=cmd|' ,\"x.png", "mixed/2-text.jpeg", "--model", "own.h5", "--csv");
  const rows: Record<string, string>[] = parse(run.out, { columns: true });
  assert.deepEqual(
    rows.map(({ score, message, ...row }) => row),
    [
      {
        path: "'=cmd|' ,\"x.png",
        label: "PNEUMONIA",
        threshold: "0.7",
        scope: "LOW_CONTRAST",
        warnings: "",
        error: "",
      },
      { path: "mixed/2-text.jpeg", label: "", threshold: "", scope: "", warnings: "", error: "IMAGE_UNREADABLE" },
    ],
  );
  assert.ok(Math.abs(Number(rows[0]?.score) - brightnessScore(230)) < 1e-6);
  assert.match(rows[1]?.message ?? "", /2-text\.jpeg: must be a JPEG/);
});

test("file names cannot steer the terminal or break a row", { skip: process.platform === "win32" }, async () => {
  await writeFlatImage(join(cwd, "odd", "a\u001b[2Jb\nc\u202egnp.png"), 20);
  for (const run of [await predict("odd", "--model", "own.h5"), await predictOnTerminal("odd", "--model", "own.h5")]) {
    assert.match(run.out, /odd\/a\\u001b\[2Jb\\u000ac\\u202egnp\.png[\t\n]/);
    assert.ok(!run.out.includes("\u001b"));
  }
  const [row] = rowsOf((await predict("odd", "--model", "own.h5", "--json")).out);
  assert.equal(row.path, "odd/a\u001b[2Jb\nc\u202egnp.png");
});

test("--threshold takes the place of the model's own; the score itself is pneumonia", async () => {
  const own = rowsOf((await predict("mixed/7-middle.png", "--model", "own.h5", "--json")).out)[0];
  const lower = await predict("mixed/7-middle.png", "--model", "own.h5", "--json", "--threshold", `${own.score}`);
  assert.deepEqual(rowsOf(lower.out)[0], { ...own, label: "PNEUMONIA", threshold: own.score });
  assert.match(lower.err, /1 called pneumonia \(score at least 0\.\d+; given with --threshold, origin unknown\)/);
});

test("of a Keras file without a contract it is said what is assumed; --scores normal turns the score", async () => {
  const assumed = await predict("mixed/1-dark.png", "--model", "keras.h5", "--json");
  assert.match(
    assumed.err,
    /keras\.h5: does not say .* scaled 0 to 1, sigmoid = P\(pneumonia\), threshold 0\.5\..*--scores normal/,
  );
  const turned = await predict("mixed/1-dark.png", "--model", "keras.h5", "--json", "--scores", "normal");
  assert.match(turned.err, /sigmoid = P\(normal\), threshold 0\.5\. Scores shown are 1 - output/);
  const [a, b] = [rowsOf(assumed.out)[0], rowsOf(turned.out)[0]];
  assert.deepEqual([a.label, b.label, b.threshold], ["NORMAL", "PNEUMONIA", 0.5]);
  assert.ok(Math.abs(b.score - (1 - a.score)) < 1e-6);
  const own = await predict("mixed/1-dark.png", "--model", "own.h5", "--scores", "normal");
  assert.equal(own.code, 1);
  assert.match(own.err, /OPTION_INVALID: .*own\.h5: says itself/);
  assert.doesNotMatch((await predict("mixed/1-dark.png", "--model", "own.h5")).err, /Assumed/);
});

test("a .keras file, packed or unpacked, scores as the .h5 file it was made from", async () => {
  const { graph, weights, contract } = await readModelFile(join(cwd, "own.h5"));
  const bytes = await kerasArchiveBytes(graph, weights, { contract }, "own.keras");
  writeFileSync(join(cwd, "own.keras"), bytes);
  mkdirSync(join(cwd, "unpacked"));
  for (const [name, member] of Object.entries(unzipSync(bytes))) writeFileSync(join(cwd, "unpacked", name), member);
  const scores = async (model: string) =>
    rowsOf((await predict("mixed/1-dark.png", "--model", model, "--json")).out).map(({ score, label }) => [
      score,
      label,
    ]);
  const expected = await scores("own.h5");
  for (const model of ["own.keras", "unpacked"]) assert.deepEqual(await scores(model), expected, model);
});

test("a model that gives no probability is refused", async () => {
  await writeBrightnessModel(join(cwd, "tanh.h5"), { threshold: null, activation: "tanh" });
  const refused = await predict("mixed", "--model", "tanh.h5");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /MODEL_INVALID: .*layer "score": .*sigmoid.*\. Received \[1\], activation "tanh"/);
});

test("a logit is taken for one, and --pixels says how it is fed", async () => {
  await writeBrightnessModel(join(cwd, "linear.h5"), { threshold: null, activation: "linear" });
  const given = ["mixed/1-dark.png", "--json", "--model"] as const;
  const [sigmoid, logit] = [await predict(...given, "keras.h5"), await predict(...given, "linear.h5")];
  assert.match(logit.err, /linear\.h5: .*the output is a logit, whose sigmoid = P\(pneumonia\)/);
  assert.equal(rowsOf(logit.out)[0].score, rowsOf(sigmoid.out)[0].score);
  const wide = await predict(...given, "keras.h5", "--pixels", "-1..1");
  assert.match(wide.err, /grey values scaled -1 to 1/);
  assert.notEqual(rowsOf(wide.out)[0].score, rowsOf(sigmoid.out)[0].score);
  const own = await predict(...given, "own.h5", "--pixels", "0..255");
  assert.match(own.err, /OPTION_INVALID: .*own\.h5: says itself how its pixels are scaled/);
  await writeBrightnessModel(join(cwd, "broken.h5"), { threshold: 0.5, bias: Number.NaN });
  const broken = await predict("mixed", "--model", "broken.h5");
  assert.equal(broken.code, 1);
  assert.match(broken.err, /MODEL_INVALID: .*broken\.h5: .*Received NaN for mixed\/1-dark\.png/);
});

test("a run folder stands for its best weights; what is no model is one clear error", async () => {
  mkdirSync(join(cwd, "run", "weights"), { recursive: true });
  await writeBrightnessModel(join(cwd, "run", "weights", "best.h5"), { threshold: 0.7 });
  const run = await predict("mixed", "--model", "run", "--json");
  assert.equal(run.out, (await predict("mixed", "--model", "own.h5", "--json")).out);
  const missing = await predict("mixed", "--model", "nix.h5");
  assert.deepEqual([missing.code, missing.out], [1, ""]);
  assert.match(missing.err, /^pneumoscope: FILE_MISSING: .*nix\.h5/);
  const noModel = await predict("mixed", "--model", "whole.jpeg");
  assert.match(noModel.err, /^pneumoscope: MODEL_FILE_INVALID: /);
});

test("a model is used without the training engine", () => {
  const refuses = `const { dlopen } = process;
    process.dlopen = (module, file, ...more) => {
      if (String(file).includes("pneumoscope.node")) throw new Error("libtorch is not needed here");
      return dlopen.call(process, module, file, ...more);
    };`;
  const hook = `data:text/javascript,${encodeURIComponent(refuses)}`;
  const program = join(projectRoot, "bin", "pneumoscope.js");
  const args = ["--import", hook, program, "predict", "mixed/1-dark.png", "--model", "own.h5", "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).label, "NORMAL");
});

test("no readable image: code 1 after the rows; no image at all: code 1 and the input's name", async () => {
  const unreadable = await predict("mixed/2-text.jpeg", "mixed/4-empty.png", "--model", "own.h5");
  assert.equal(unreadable.code, 1);
  assert.equal(unreadable.out.split("\n").length, 3);
  assert.match(unreadable.err, /0 images scored.*2 skipped[\s\S]*NO_IMAGE_SCORED: .*Received 2 files/);
  mkdirSync(join(cwd, "empty"));
  for (const [input, pattern] of [
    ["empty", /NO_IMAGES_FOUND: empty: /],
    ["mixed/*.dcm", /NO_IMAGES_FOUND: mixed\/\*\.dcm: /],
    ["nix.png", /FILE_MISSING: nix\.png: /],
  ] as const) {
    const run = await predict("mixed", input, "--model", "own.h5");
    assert.deepEqual([run.code, run.out], [1, ""]);
    assert.match(run.err, pattern);
  }
});

test("an image named twice is scored once and counted", async () => {
  const run = await predict("mixed/1-dark.png", "mixed", "--model", "own.h5", "--json");
  assert.equal(rowsOf(run.out).length, 7);
  assert.match(run.err, /4 skipped, 1 named twice and scored once, /);
});

test("a wrong command line ends with 2 and says what is wrong", async () => {
  const complete = ["mixed", "--model", "own.h5"];
  for (const [args, pattern] of [
    [["mixed"], /required option '--model <run or file>' not specified/],
    [["--model", "own.h5"], /missing required argument 'inputs'/],
    [[...complete, "--treshold", "0.5"], /unknown option '--treshold'\s+\(Did you mean --threshold\?\)/],
    [[...complete, "--threshold", "1.5"], /from 0 to 1\. Received "1\.5"/],
    [[...complete, "--batch", "0"], /from 1 to 1024\. Received "0"/],
    [[...complete, "--scores", "norml"], /Did you mean "normal"\?/],
    [[...complete, "--json", "--csv"], /--json and --csv: one of them/],
  ] as const) {
    const run = await predict(...args);
    assert.deepEqual([run.code, run.out], [2, ""], args.join(" "));
    assert.match(run.err, pattern);
  }
});

test("a reader that is slower than the rows is waited for", async () => {
  for (let i = 0; i < 300; i++)
    await writeFlatImage(join(cwd, "many", `${String(i).padStart(3, "0")}.png`), i % 256, 28);
  let most = 0;
  const out = new Writable({
    highWaterMark: 512,
    write(_chunk, _encoding, done) {
      most = Math.max(most, out.writableLength);
      setTimeout(done, 1);
    },
  });
  const terminal = { ...capturedTerminal({ cwd }), out };
  assert.equal((await runIn(terminal, "many", "--model", "own.h5", "--batch", "300")).code, 0);
  await new Promise<void>((done) => out.end(done));
  assert.ok(most <= 512 + 100, `${most} bytes waited`); // at most one row more than there is room for
});

const skip = withoutRealData("chest_xray_native");
test("real radiographs score as they do when they are loaded as a dataset", { skip }, async () => {
  const graph = customCnn({ imageSize: 96 });
  const model = join(cwd, "custom.h5");
  const own = await openModel(join(cwd, "own.h5"));
  await own.dispose();
  const contract = { ...own.contract, imageSize: 96 };
  const weights = initialWeights(graph, 5);
  await writeKerasModel(model, graph, weights, { json: { contract } });
  const { samples } = await openDataset(realData("chest_xray_native"), { classFoldersAs: "train" });
  const chosen = samples.filter((_, i) => i % 6 === 0);
  const run = await predict(...chosen.map(({ path }) => path), "--model", model, "--json", "--batch", "3");
  const rows = rowsOf(run.out);
  assert.deepEqual(
    rows.map((row) => row.path),
    chosen.map(({ path }) => path),
  );
  const network = new Network(graph, weights);
  const images = await loadImages(chosen, { size: 96, cacheFolder: null });
  const expected = await scoreSamples(network, contract, images, images.loaded, everyImage(images));
  network.dispose();
  for (const [i, row] of rows.entries()) {
    // Batches of other sizes may be summed in another order: a few units in the last place of float32.
    assert.ok(Math.abs(row.score - (expected[i]?.score ?? 0)) < 1e-5, `${row.path}: ${row.score}`);
  }
  assert.ok(new Set(rows.map((row) => row.score)).size > 1);
});

test("a table is folded to the terminal's width, between words", async () => {
  const terminal = capturedTerminal({ cwd });
  Object.assign(terminal.out, { isTTY: true, columns: 60 });
  const { out } = await runIn(terminal, "mixed", "--model", "own.h5");
  const lines = out.trimEnd().split("\n");
  assert.ok(Math.max(...lines.map((line) => line.length)) <= 60, out);
  assert.match(out, /skipped {4}mixed\/4-empty\.png: must be a JPEG, PNG or\n {19}DICOM image\. Received/);
});

test("a run whose training has not finished is used, and said to be unfinished", async () => {
  await writeBrightnessModel(join(cwd, "run", "weights", "best.h5"), { threshold: 0.7 });
  writeFileSync(join(cwd, "run", "args.json"), "{}");
  const going = await predict("mixed/1-dark.png", "--model", "run", "--json");
  assert.equal(going.code, 0, going.err);
  assert.match(going.err, /^Note: .*run: its training has not finished\. This is the best model so far/m);
  const { err } = await predict("mixed/1-dark.png", "--model", "own.h5", "--json");
  assert.doesNotMatch(err, /has not finished/);
});

test("--max-pixels skips larger images; a file made to cost is one row, and the others are scored", async () => {
  await writeFlatImage(join(cwd, "sizes", "1-small.png"), 230, 90);
  await writeFlatImage(join(cwd, "sizes", "2-large.png"), 230, 110);
  const scans = { width: 5000, height: 5000, components: 3, passes: 6, bands: 63 } as const;
  writeFileSync(join(cwd, "sizes", "3-scans.jpeg"), manyScansJpeg(scans));
  const codesOf = (out: string) => rowsOf(out).map((row) => row.label ?? row.error.code);
  const usual = await predict("sizes", "--model", "own.h5", "--json");
  assert.deepEqual(codesOf(usual.out), ["PNEUMONIA", "PNEUMONIA", "IMAGE_TOO_COSTLY"]);
  const low = await predict("sizes", "--model", "own.h5", "--json", "--max-pixels", "10000");
  assert.deepEqual(codesOf(low.out), ["PNEUMONIA", "IMAGE_TOO_LARGE", "IMAGE_TOO_COSTLY"]);
  const refused = await predict("sizes", "--model", "own.h5", "--max-pixels", "9999");
  assert.equal(refused.code, 2);
  assert.match(refused.err, /--max-pixels.*whole number from 10000 to 1000000000\. Received 9999/);
});
