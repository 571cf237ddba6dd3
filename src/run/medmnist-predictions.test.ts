// MedMNIST's own evaluator read the same scores (test/golden/make/medmnist_evaluator.py): name, AUC and accuracy are its.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { golden } from "../../test/support/paths.js";
import { medmnistImageName } from "../dataset/sources/medmnist-names.js";
import { formatPredictions } from "../evaluation/predictions-file.js";
import { writeMedmnistPredictions } from "./medmnist-predictions.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-medmnist-scores-"));
after(() => rmSync(folder, { recursive: true }));
const expected = JSON.parse(readFileSync(golden("medmnist", "evaluator.json"), "utf8"));

/** As in the script: with ties, and scores of exactly 0.5 and above. */
const rows = Array.from(expected.labels as string, (digit, index) => {
  const noise = ((index * 7919) % 101) / 100;
  const score = Math.round((0.6 * noise + 0.4 * Number(digit) * ((index % 3) / 2)) * 1000) / 1000;
  const label: 0 | 1 = digit === "1" ? 1 : 0;
  return { name: `manifest-images/${medmnistImageName("test", index)}`, patient: null, label, score, split: "test" };
});

const write = (predictions: typeof rows, name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, formatPredictions(predictions));
  return path;
};

test("name, AUC and accuracy are those of MedMNIST's evaluator, rows in its order", async () => {
  const other = { ...(rows[0] as (typeof rows)[0]), name: "manifest-images/val-00000.png", split: "val" };
  const shuffled = write([...rows.slice(300).reverse(), other, ...rows.slice(0, 300)], "shuffled.csv");
  const { file, images, auc, accuracy } = await writeMedmnistPredictions(shuffled, { folder });
  assert.equal(basename(file), expected.name);
  assert.equal(images, 624);
  assert.ok(Math.abs(auc - expected.auc) < 1e-12, `${auc}`);
  assert.ok(Math.abs(accuracy - expected.acc) < 1e-12, `${accuracy}`);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  assert.deepEqual(
    lines,
    rows.map(({ score }, index) => `${index},${score}`),
  );
});

test("size and run stand in the name as MedMNIST reads them", async () => {
  const { file } = await writeMedmnistPredictions(write(rows, "all.csv"), { folder, size: 64, run: "seed-2" });
  assert.match(basename(file), /^pneumoniamnist_64_test_\[AUC\]0\.\d{3}_\[ACC\]0\.\d{3}@seed-2\.csv$/);
});

test("what the evaluator could not read is not written", async () => {
  const few = writeMedmnistPredictions(write(rows.slice(1), "few.csv"), { folder });
  await assert.rejects(few, hasCode("PREDICTIONS_INVALID", "each of the 624 images of test. Received 623 scores"));
  const others = write([{ ...(rows[0] as (typeof rows)[0]), name: "scan.png" }], "others.csv");
  await assert.rejects(writeMedmnistPredictions(others, { folder }), hasCode("PREDICTIONS_INVALID", "scan.png"));
  const run = writeMedmnistPredictions(others, { folder, run: "a.b" });
  await assert.rejects(run, hasCode("OPTION_INVALID", 'run: should be letters, digits and "-"'));
});
