// `compare` through the real command line on phantoms: what is trained, kept, continued, refused and written.
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "csv-parse/sync";
import { parseHTML } from "linkedom";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { runUntilKilled } from "../../../test/support/killed-at-row.js";
import { loadImages } from "../../dataset/load-images.js";
import { openDataset } from "../../dataset/open-dataset.js";
import { synthesise } from "../../dataset/synthesise.js";
import { evaluate } from "../../evaluation/evaluate.js";
import { readPredictions } from "../../evaluation/predictions-file.js";
import { testFingerprint } from "../../run/fingerprint.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-compare-"));
const small = ["--image-size", "32", "--threads", "1", "--batch", "8", "--epochs", "2"];
const twoSeeds = ["--models", "custom", "--data", "phantoms", "--seeds", "2", "--out", "kept", ...small];

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd, env: { PNEUMOSCOPE_CACHE: at("no-weights") } });
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}
const compare = (...args: string[]) => run("compare", ...args);
const at = (...parts: string[]) => join(cwd, ...parts);
const read = (...parts: string[]) => readFileSync(at(...parts), "utf8");

before(async () => {
  const counts = {
    train: { normal: 24, pneumonia: 24 },
    val: { normal: 4, pneumonia: 4 },
    test: { normal: 8, pneumonia: 12 },
  };
  await synthesise(at("phantoms"), { counts, seed: 5, size: 64 });
});

after(() => rmSync(cwd, { recursive: true }));

test("killed in its second run, a comparison goes on and repeats nothing", async () => {
  const second = at("kept", "runs", "custom-sound-seed2");
  await runUntilKilled(["compare", ...twoSeeds], cwd, join(second, "history.csv"), 1);
  assert.ok(!existsSync(at("kept", "comparison.html")));

  const first = at("kept", "runs", "custom-sound-seed1", "predictions.csv");
  const before = statSync(first).mtimeMs;
  const { code, out, err } = await compare(...twoSeeds);
  assert.equal(code, 0, err);
  assert.match(err, /^1 run of 2 finished before$/m);
  assert.match(err, /^Run 2 of 2: Custom CNN, seed 2\nContinuing Custom CNN/m);
  assert.doesNotMatch(err, /^Run 1 of 2/m);
  assert.equal(statSync(first).mtimeMs, before);
  assert.match(out, /^Test: 20 images of \d+ patients \(12 pneumonia, 8 normal\)/);
  assert.match(out, /^Custom CNN \(2 seeds\) +sound +0\.5 fixed +0\.\d{3} /m);
  assert.match(out, /^Comparison: {2}kept\/comparison\.html$/m);
  assert.ok(
    out.split("\n").every((line) => line.length <= 100 || line.startsWith("Test:")),
    out,
  );
});

test("nothing left to do: the same command compares again at once, with the same numbers", async () => {
  const csv = read("kept", "comparison.csv");
  const { code, err } = await compare(...twoSeeds);
  assert.equal(code, 0, err);
  assert.match(err, /^2 runs of 2 finished before$/m);
  assert.doesNotMatch(err, /Epoch/);
  assert.equal(read("kept", "comparison.csv"), csv);
});

test("the written numbers are those of the runs' predictions, and floors stand beside them", async () => {
  const lines: Record<string, string>[] = parse(read("kept", "comparison.csv"), { columns: true });
  assert.deepEqual(
    lines.map(({ kind, title }) => `${kind}: ${title}`),
    [
      "model: Custom CNN",
      "ensemble: Custom CNN",
      "floor: 32x32 pixels",
      "floor: Outer 12.5 % only",
      "floor: Strength of detail only",
      "floor: File size only",
    ],
  );
  const aucs = await Promise.all(
    [1, 2].map(async (seed) => {
      const rows = await readPredictions(at("kept", "runs", `custom-sound-seed${seed}`, "predictions.csv"));
      return evaluate(rows.filter(({ split }) => split === "test")).metrics.auc.value ?? Number.NaN;
    }),
  );
  const [a = 0, b = 0] = aucs;
  assert.ok(Math.abs(Number(lines[0]?.auc) - (a + b) / 2) < 1e-12);
  assert.ok(Math.abs(Number(lines[0]?.auc_deviation) - Math.abs(a - b) / Math.SQRT2) < 1e-12);
  const { document } = parseHTML(read("kept", "runs", "custom-sound-seed1", "report.html"));
  const row = [...document.querySelectorAll("#summary tr")].find(({ textContent }) => textContent?.includes("32x32"));
  const inReport = [...(row?.querySelectorAll("td") ?? [])].map(({ textContent }) => textContent);
  const here = ["accuracy", "sensitivity", "specificity", "auc"].map((name) => Number(lines[2]?.[name]).toFixed(3));
  assert.deepEqual(inReport, here, "a floor has one value, in a run's report and in a comparison");
  assert.equal(lines[0]?.weights, "random");
  assert.equal(lines[0]?.seeds, "1 2");
});

test("the page loads nothing, has every section, and its figures lie beside it", () => {
  const page = read("kept", "comparison.html");
  const { document } = parseHTML(page);
  assert.deepEqual(
    [...document.querySelectorAll("main > section")].map(({ id }) => id),
    ["results", "curves", "study", "trainings", "limits"],
  );
  assert.equal(document.querySelectorAll("script, link, iframe, [style]").length, 0);
  assert.match(document.querySelector("header")?.textContent ?? "", /not a medical device[\s\S]*Synthetic images/);
  assert.deepEqual(
    readdirSync(at("kept", "figures")).sort(),
    ["intervals", "roc-corner", "roc-curves"].flatMap((name) => [`${name}.png`, `${name}.svg`]),
  );
  const markdown = read("kept", "comparison.md");
  assert.match(markdown, /^\| Custom CNN \(2 seeds\) \| sound \| 0\.5 fixed \|/m);
});

test("changed settings are refused with the run, the setting and both values", async () => {
  const { code, err } = await compare(...twoSeeds, "--epochs", "3");
  assert.equal(code, 1);
  assert.match(
    err,
    /RUN_SETTINGS_CHANGED: kept\/runs\/custom-sound-seed1: .*: epochs 2 then, 3 now\. Ask for the same .*--out/,
  );
});

test("changed images, of training or of the test, are refused before anything is trained", async () => {
  const more = [...twoSeeds.slice(0, 4), "--seeds", "3", ...twoSeeds.slice(6)];
  for (const [part, what] of [
    ["test", "tested"],
    ["train", "trained"],
  ] as const) {
    const folder = at("phantoms", part, "NORMAL");
    const [one = "", other = ""] = readdirSync(folder).sort();
    const saved = readFileSync(join(folder, one));
    cpSync(join(folder, other), join(folder, one));
    utimesSync(join(folder, one), 1, 1);
    const { code, err } = await compare(...more);
    writeFileSync(join(folder, one), saved);
    assert.equal(code, 1);
    assert.match(err, / DATASET_CHANGED: .*phantoms: .*since kept\/runs\/custom-sound-seed1 \(/);
    assert.match(err, new RegExp(`seed2 \\(${what} on others\\)\\. Restore them, delete these run folders`));
    assert.ok(!existsSync(at("kept", "runs", "custom-sound-seed3")));
  }
});

test("a model that fails is reported, the others go on, and the comparison shows the gap", async () => {
  const failing = ["--models", "custom,mobilenet", "--alpha", "0.25", "--weights", "none", "--train-from", "all"];
  const options = ["--data", "phantoms", "--seeds", "1", "--out", "gap", ...small];
  const { code, out, err } = await compare(...failing, ...options);
  assert.equal(code, 1);
  assert.match(
    err,
    /^Will fail: Custom CNN\. OPTION_INVALID: [\s\S]+^Run 1 of 2: Custom CNN, seed 1\npneumoscope: OPT/m,
  );
  assert.doesNotMatch(err, /Will fail: MobileNet/);
  assert.match(
    err,
    /^pneumoscope: COMPARISON_INCOMPLETE: gap: .*some that failed: Custom CNN, seed 1 \(OPTION_INVALID: /m,
  );
  assert.match(out, /^MobileNet † \(seed 1\) +sound/m);
  assert.match(out, /^Custom CNN \(failed\) +– /m);
  assert.match(out, /^† trained from random weights, though the model's recipe asks for published ones \(ImageNet\)/m);
  assert.match(out, /^Missing: Custom CNN, seed 1\. OPTION_INVALID/m);
  assert.match(read("gap", "comparison.csv"), /^missing,Custom CNN,,1,/m);
  assert.match(read("gap", "comparison.html"), /1 training failed/);
});

test("options with a model's name in front are for that model", async () => {
  const narrow = ["--alpha", "mobilenet=0.25", "--weights", "MobileNet=none", "--train-from", "mobilenet=last=5"];
  const each = ["--epochs", "mobilenet=1", "--lr", "mobilenet=0.01", "--lr", "0.002", "--lr", "mobilenet=0.003"];
  const options = ["--data", "phantoms", "--seeds", "1", "--out", "each", ...small];
  const { code, err } = await compare("--models", "custom,mobilenet", ...narrow, ...each, ...options);
  assert.equal(code, 0, err);
  const settings = (id: string) => {
    const { alpha, weights, trainFrom, epochs, lr } = JSON.parse(
      read("each", "runs", `${id}-sound-seed1`, "args.json"),
    );
    return { alpha, weights, trainFrom, epochs, lr };
  };
  assert.deepEqual(settings("custom"), { alpha: 1, weights: "none", trainFrom: "all", epochs: 2, lr: 0.002 });
  const expected = { alpha: 0.25, weights: "none", trainFrom: "last=5", epochs: 1, lr: 0.003 };
  assert.deepEqual(settings("mobilenet"), expected);
});

test("an option for a model that is not compared, or without a value, is refused", async () => {
  const other = await compare(...twoSeeds, "--epochs", "custom=1", "--fresh", "mobilenet=conv_pw_13");
  assert.match(other.err, /OPTION_INVALID: --fresh: .* of --models custom\. Received some for mobilenet\. Add it/);
  const empty = await compare(...twoSeeds, "--lr", "custom=");
  assert.match(empty.err, /'--lr <rate>' argument 'custom=' is invalid\. After "custom=" the value is missing\./);
  const bad = await compare(...twoSeeds, "--lr", "custom=fast");
  assert.match(bad.err, /'--lr <rate>' argument 'custom=fast' is invalid\. Should be a number/);
});

test("one of several processes that a launcher has started is refused", async () => {
  const env = { RANK: "1", WORLD_SIZE: "2", LOCAL_RANK: "1", MASTER_ADDR: "127.0.0.1", MASTER_PORT: "29500" };
  const terminal = capturedTerminal({ cwd, env });
  assert.equal(await runCommandLine(["compare", ...twoSeeds], terminal), 2);
  assert.match(terminal.errText(), /compare is one process, and torchrun has started 2/);
});

test("weights that were not fetched stop their model only; finished runs stay as they are", async () => {
  const { code, out, err } = await compare("--models", "mobilenet,custom", ...twoSeeds.slice(2));
  assert.equal(code, 1);
  assert.match(
    err,
    /COMPARISON_INCOMPLETE: kept: .*MobileNet, seeds 1, 2 \(WEIGHTS_NOT_FETCHED: [^;]*Fetch the weights of "mobilenet"/,
  );
  assert.match(
    err,
    /^Will fail, .* not here: MobileNet\. First run "pneumoscope weights fetch mobilenet"[\s\S]+^Run 1/m,
  );
  assert.match(out, /^Custom CNN \(2 seeds\) +sound/m);
  assert.match(out, /^MobileNet \(failed\)/m);
  assert.doesNotMatch(err, /Epoch/);
});

test("finished runs of any origin are compared: rows of one model are told apart by what differs", async () => {
  const study = await run("train", "--data", "phantoms", "--out", "study", "--protocol", "study", ...small);
  assert.equal(study.code, 0, study.err);
  const folders = ["kept/runs/custom-sound-seed1", "kept/runs/custom-sound-seed2", "study"];
  const { code, out, err } = await compare(...folders, "gap/runs/mobilenet-sound-seed1", "--out", "side-by-side");
  assert.equal(code, 0, err);
  assert.match(out, /^Custom CNN \(sound\) \(2 seeds\) +sound/m);
  assert.match(out, /^Custom CNN \(study\) \(seed 1\) +study/m);
  assert.match(out, /^Custom CNN \(sound\) \/ +\d+ \/ \d+ +.*\n +Custom CNN \(study\)$/m);
  assert.match(out, /^All 3 models \(ensemble\)/m);
  assert.match(out, /^Wrong by every model: \d+ images? of 20\.$/m);
  const { document } = parseHTML(read("side-by-side", "comparison.html"));
  assert.ok(document.querySelector("#tests") && document.querySelector("#mistakes"));

  const only = await compare("study");
  assert.equal(only.code, 0, only.err);
  assert.doesNotMatch(only.out, /Paired tests|Wrong by every model|Comparison:/);
  const twice = await compare("study", "study");
  assert.match(twice.err, /OPTION_INVALID: study: .*counted twice\. Received another with seed 1/);
});

test("runs that began with other bytes of one weights file are two rows that can be told apart", async () => {
  cpSync(at("study"), at("other-bytes"), { recursive: true });
  for (const [folder, sha256] of [
    ["study", "1".repeat(64)],
    ["other-bytes", "2".repeat(64)],
  ] as const) {
    const path = at(folder, "provenance.json");
    const provenance = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...provenance, weights: { ...provenance.weights, sha256 } }));
  }
  const { code, out, err } = await compare("study", "other-bytes");
  assert.equal(code, 0, err);
  assert.match(out, /^Custom CNN \(weights +study.*\n +1{8}\) \(seed 1\)$/m);
  assert.match(out, /^Custom CNN \(weights +study.*\n +2{8}\) \(seed 1\)$/m);
});

test("runs of the version that told images by their pixels stand beside newer ones, which is said", async () => {
  cpSync(at("study"), at("older"), { recursive: true });
  const path = at("older", "provenance.json");
  const { trainedOn, testedOn, weights } = JSON.parse(readFileSync(path, "utf8"));
  const test = await loadImages(
    (await openDataset(at("phantoms"))).samples.filter(({ split }) => split === "test"),
    { size: 32, interpolation: "linear", cacheFolder: null },
  );
  const older = { images: testedOn.images, sha256: testFingerprint(test).pixels };
  writeFileSync(path, JSON.stringify({ version: 1, weights, trainedOn, testedOn: older }));
  const alone = await compare("older");
  assert.equal(alone.code, 0, alone.err);
  assert.match(alone.out, /\(floor\)/, "its images are known again");
  const beside = await compare("older", "kept/runs/custom-sound-seed1");
  assert.equal(beside.code, 0, beside.err);
  assert.match(beside.out.replaceAll(/\s+/g, " "), /older: made by an older version, .* images' names alone\./);
  assert.doesNotMatch(alone.out, /older version/);
  writeFileSync(path, JSON.stringify({ version: 3, weights, trainedOn, testedOn }));
  assert.match((await compare("older")).err, /RUN_FILE_INVALID: .*provenance\.json: .*"version" 1 or 2/);
});

test("without the images a comparison of runs still has every number, and says what is left out", async () => {
  cpSync(at("study"), at("moved"), { recursive: true });
  const path = at("moved", "args.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('phantoms"', 'gone"'));
  const { code, out } = await compare("moved");
  assert.equal(code, 0);
  assert.match(out, /gone: there is no such folder\.[\s\S]* shortcut\sfloors\sand\simages\sare\sleft\sout\./);
  assert.doesNotMatch(out, /\(floor\)/);
});

test("runs of different test images are refused", async () => {
  const gone = at("phantoms", "test", "NORMAL", readdirSync(at("phantoms", "test", "NORMAL")).sort()[0] as string);
  const bytes = readFileSync(gone);
  rmSync(gone);
  const fewer = await run("train", "--data", "phantoms", "--out", "fewer", ...small);
  writeFileSync(gone, bytes);
  assert.equal(fewer.code, 0, fewer.err);
  const { code, err } = await compare("kept/runs/custom-sound-seed1", "fewer");
  assert.equal(code, 1);
  assert.match(err, /DATASET_CHANGED: fewer: .*tested on others than kept\/runs\/custom-sound-seed1/);
});

test("a wrong command line ends with 2; nothing is made for a mistyped model, folder or place", async () => {
  for (const [args, pattern] of [
    [[], /what to compare is missing/],
    [["--models", "custom"], /--models needs the images/],
    [["study", "--epochs", "3"], /finished runs have their own settings\. Received also --epochs/],
  ] as const) {
    const result = await compare(...args);
    assert.deepEqual([result.code, result.out], [2, ""], args.join(" "));
    assert.match(result.err, pattern);
  }
  const data = ["--data", "phantoms", "--out", "never"];
  for (const [args, pattern] of [
    [["--models", "custom,mobilnet", ...data], /MODEL_UNKNOWN: .*Did you mean "mobilenet"/],
    [["--models", " , ", ...data], /OPTION_INVALID: --models: names with commas/],
    [["--models", "custom", "--data", "nix", "--out", "never"], /FILE_MISSING: .*nix/],
    [["nix"], /FILE_MISSING: .*nix: should be a finished run/],
    [["phantoms"], /FILE_MISSING: .*a folder without one of them/],
  ] as const) {
    const result = await compare(...args);
    assert.equal(result.code, 1, args.join(" "));
    assert.match(result.err, pattern);
  }
  assert.ok(!existsSync(at("never")));
});

test("a folder with other things in it is left alone, one that cannot be written is named", async () => {
  mkdirSync(at("mine"));
  writeFileSync(at("mine", "thesis.txt"), "keep me");
  const taken = await compare("--models", "custom", "--data", "phantoms", "--out", "mine", ...small);
  assert.match(taken.err, /RUN_FOLDER_TAKEN: .*mine: .*Received thesis\.txt/);
  const unwritable = await compare(
    "--models",
    "custom",
    "--data",
    "phantoms",
    "--out",
    "mine/thesis.txt/deeper",
    ...small,
  );
  assert.match(unwritable.err, /FILE_UNWRITABLE: .*deeper: the comparison's folder cannot be made/);
  mkdirSync(at("closed"));
  chmodSync(at("closed"), 0o500);
  if (process.getuid?.() === 0) return; // root writes everywhere
  const closed = await compare("--models", "custom", "--data", "phantoms", "--out", "closed", ...small);
  assert.match(closed.err, /FILE_UNWRITABLE: .*closed/);
});
