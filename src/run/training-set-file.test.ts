import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { runPaths } from "../core/run-folder.js";
import { describeSet } from "../evaluation/shift/set-description.js";
import { trainingSetOf, writeTrainingSet } from "./training-set-file.js";

const top = mkdtempSync(join(tmpdir(), "training-set-"));
after(() => rmSync(top, { recursive: true }));

const key = { sha256: "ab", imageSize: 32, interpolation: "linear" };
const traits = {
  brightness: 120,
  contrast: 50,
  sharpness: 0.05,
  black: 0,
  white: 0,
  edge: 0,
  shape: 1,
  width: 64,
  height: 64,
};
const set = describeSet([{ traits, label: 1, patient: "person 7", ageYears: 4 }], 1);

function runFolder(name: string): ReturnType<typeof runPaths> {
  const paths = runPaths(join(top, name));
  mkdirSync(paths.weights, { recursive: true });
  writeFileSync(paths.args, "{}");
  return paths;
}

test("found by the run folder and by the model files in it", async () => {
  const paths = runFolder("whole");
  await writeTrainingSet(paths.trainingSet, key, set);
  for (const place of [paths.folder, paths.onnx, paths.bestWeights]) {
    assert.deepEqual(await trainingSetOf(place, key), set, place);
  }
  const text = readFileSync(paths.trainingSet, "utf8");
  assert.doesNotMatch(text, /person/);
  assert.match(text, /^ {4}"brightness": \{?$/m);
});

test("of other images or another size it is not the model's; without one it says why", async () => {
  const paths = runFolder("other");
  await writeTrainingSet(paths.trainingSet, key, set);
  assert.equal(await trainingSetOf(paths.folder, { ...key, sha256: "cd" }), "not kept");
  assert.equal(await trainingSetOf(paths.folder, { ...key, imageSize: 64 }), "not kept");
  assert.equal(await trainingSetOf(runFolder("older").folder, key), "not kept");
  mkdirSync(join(top, "alone", "models"), { recursive: true });
  assert.equal(await trainingSetOf(join(top, "alone", "models", "model.onnx"), key), "no run");
  assert.equal(await trainingSetOf(null, key), "no run");
});

test("a damaged one is an error that names it", async () => {
  const { trainingSet } = runFolder("damaged");
  for (const text of [
    "{",
    "{}",
    JSON.stringify({ version: 2, ...key, ...set }),
    JSON.stringify({ version: 1, ...key }),
  ]) {
    writeFileSync(trainingSet, text);
    await assert.rejects(trainingSetOf(dirname(trainingSet), key), hasCode("RUN_FILE_INVALID", "training-set.json"));
  }
});
