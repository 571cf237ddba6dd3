// A whole cross-validation of two models on phantoms: the same folds for both, patients whole, every image tested once, stopped and
// gone on with, and one fold trained again by hand.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "csv-parse/sync";
import {
  AppError,
  type ComparisonEvent,
  compareRuns,
  makePhantoms,
  models,
  openRun,
  plainSettings,
  type RunComparison,
  train,
  trainAndCompare,
} from "../src/index.js";
import { madeUpModel } from "./support/made-up-model.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-folds-"));
const small = { imageSize: 32, batch: 8, threads: 1, precision: "float32", epochs: 1 } as const;
const asked = { ...small, data: "phantoms", models: ["custom", "made-up"], folds: 3 };
const around = { cwd, models: [...models, madeUpModel] };
let result: RunComparison;

before(async () => {
  await makePhantoms(join(cwd, "phantoms"), {
    counts: {
      train: { normal: 14, pneumonia: 16 },
      val: { normal: 4, pneumonia: 4 },
      test: { normal: 3, pneumonia: 3 },
    },
    seed: 5,
    size: 64,
  });
  result = await trainAndCompare(asked, { ...around, folder: "folds" });
});

after(() => rmSync(cwd, { recursive: true }));

const runOf = (model: string, fold: number) => join("folds", "runs", `${model}-sound-seed1-fold${fold}of3`);
const code = (expected: string) => (error: unknown) => error instanceof AppError && error.code === expected;

test("every image of train/ and val/ is tested once, no patient on two sides, and both models see the same folds", async () => {
  const splitsOf = (model: string, fold: number) =>
    parse(readFileSync(join(cwd, runOf(model, fold), "splits.csv")), { columns: true }) as Record<string, string>[];
  const tested: string[] = [];
  for (const fold of [1, 2, 3]) {
    const rows = splitsOf("custom", fold);
    assert.equal(rows.length, 38);
    const patients = (part: string) => new Set(rows.filter((row) => row.part === part).map(({ patient }) => patient));
    const [train, validation, test] = ["train", "validation", "test"].map(patients) as [
      Set<string>,
      Set<string>,
      Set<string>,
    ];
    assert.ok(train.size > 0 && validation.size > 0 && test.size > 0);
    assert.equal(new Set([...train, ...validation, ...test]).size, train.size + validation.size + test.size);
    assert.deepEqual(splitsOf("made-up", fold), rows);
    tested.push(...rows.filter(({ part }) => part === "test").map(({ name }) => `${name}`));
  }
  assert.equal(new Set(tested).size, 38);
  assert.equal(tested.length, 38);
  assert.ok(tested.every((name) => !name.startsWith("test/")));
});

test("the comparison tells all folds together, each by itself, and floors that saw the same training images", async () => {
  assert.equal(result.folds, 3);
  assert.equal(result.comparison.n, 38);
  const [custom] = result.rows;
  assert.deepEqual(
    custom?.folds.map(({ fold }) => fold),
    [1, 2, 3],
  );
  let right = 0;
  for (const fold of [1, 2, 3]) {
    const { predictions, evaluation } = await openRun(runOf("custom", fold), around);
    const { value } = evaluation.test.threshold;
    assert.equal(custom?.folds[fold - 1]?.threshold, value);
    assert.equal(custom?.folds[fold - 1]?.values.accuracy, evaluation.test.metrics.accuracy.value);
    right += predictions.filter(({ score, label }) => score >= value === (label === 1)).length;
  }
  assert.equal(result.comparison.models[0]?.metrics.accuracy.value, right / 38);
  assert.equal(result.comparison.floors.length, 4);
  assert.ok(result.comparison.floors.every(({ metrics }) => metrics.accuracy.n === 38));
  const html = readFileSync(result.page as string, "utf8");
  assert.match(html, /Cross-validation/);
  assert.match(html, /Results of all 3 folds together|Each fold/);
  const lines = parse(readFileSync(join(cwd, "folds", "comparison.csv")), { columns: true }) as Record<
    string,
    string
  >[];
  assert.equal(lines.filter(({ kind }) => kind === "fold").length, 6);
});

test("the same call again trains nothing; without one of its folds it trains that one to the same scores", async () => {
  const trained: string[] = [];
  const onEvent = (event: ComparisonEvent) => event.type === "comparison run" && trained.push(event.run.folder);
  const before = await openRun(runOf("made-up", 2), around);
  await trainAndCompare(asked, { ...around, folder: "folds", onEvent });
  assert.deepEqual(trained, []);
  rmSync(join(cwd, runOf("made-up", 2)), { recursive: true });
  await trainAndCompare(asked, { ...around, folder: "folds", onEvent });
  assert.deepEqual(trained, [join(cwd, runOf("made-up", 2))]);
  assert.deepEqual((await openRun(runOf("made-up", 2), around)).predictions, before.predictions);
});

test("one fold is trained by itself, with the settings of its run", async () => {
  const { settings, predictions } = await openRun(runOf("made-up", 3), around);
  assert.deepEqual(settings.fold, { number: 3, of: 3 });
  const again = await train(plainSettings(settings), { ...around, folder: "alone" });
  assert.deepEqual(again.predictions, predictions);
  assert.match(readFileSync(again.files.report, "utf8"), /fold 3 of 3/);
});

test("finished folds are compared where all are there, and with nothing else", async () => {
  const folders = [1, 2, 3].map((fold) => runOf("made-up", fold));
  const { comparison, folds } = await compareRuns(folders, around);
  assert.equal(folds, 3);
  assert.equal(comparison.n, 38);
  await assert.rejects(compareRuns(folders.slice(1), around), code("OPTION_INVALID"));
  await train({ ...small, data: "phantoms", model: "made-up" }, { ...around, folder: "on-test" });
  await assert.rejects(compareRuns([...folders, "on-test"], around), code("OPTION_INVALID"));
});

test("what cannot be divided is refused before anything is made", async () => {
  const refused = async (given: object, expected: string) => {
    await assert.rejects(trainAndCompare({ ...asked, ...given }, { ...around, folder: "refused" }), code(expected));
  };
  await refused({ folds: 1 }, "OPTION_INVALID");
  await refused({ folds: 2.5 }, "OPTION_INVALID");
  await refused({ validation: "official" }, "OPTION_INVALID");
  await refused({ fold: "1/3" }, "OPTION_INVALID");
  await refused({ folds: 90 }, "DATASET_FEW_PATIENTS");
  assert.ok(!readdirSync(cwd).includes("refused"));
});
