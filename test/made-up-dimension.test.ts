// A dimension of subgroups from outside goes through everything that shows the registry's; so do results per patient.
import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "../src/evaluation/evaluate.js";
import { formatMetrics } from "../src/evaluation/metrics-file.js";
import type { Prediction } from "../src/evaluation/prediction.js";
import type { DimensionTable } from "../src/evaluation/subgroups/dimension.js";
import { dimensions as registry } from "../src/evaluation/subgroups/registry.js";
import { modelCard } from "../src/report/model-card.js";
import { renderReport } from "../src/report/render-report.js";
import { evaluationText } from "../src/report/tables.js";
import { reportFixture } from "./support/report-fixture.js";

const dimensions = {
  ...registry,
  format: {
    title: "File format",
    groupOf: ({ name }) => name.split(".").at(-1),
    groups: { dcm: "DICOM", png: "PNG" },
  },
} as const satisfies DimensionTable;

/** 80 images of 40 patients: 40 of pneumonia, of which one in ten is missed, all of them PNG files. */
const rows = Array.from({ length: 80 }, (_, i): Prediction => {
  const label = i % 2 === 0 ? 1 : 0;
  const score = label === 0 ? 0.1 : i % 20 === 0 ? 0.2 : 0.9;
  const format = i % 20 === 0 || i % 4 === 1 ? "png" : "dcm";
  return {
    name: `${i}.${format}`,
    patient: `${label}:${i >> 2}`,
    label,
    score,
    split: "test",
    sex: i < 70 ? "F" : "M",
  };
});
const evaluation = evaluate(rows, { dimensions, seed: 1, resamples: 200 });

test("the evaluation, metrics.json and the terminal have it beside the registry's", () => {
  const { subgroups, ...rest } = evaluation;
  const { subgroups: known, ...others } = evaluate(rows, { seed: 1, resamples: 200 });
  assert.deepEqual(rest, others);
  assert.deepEqual(subgroups.slice(0, known.length), known);
  assert.deepEqual(
    subgroups.map(({ dimension, name }) => `${dimension} ${name}`),
    ["sex F", "sex M", "format dcm", "format png"],
  );
  assert.deepEqual(
    JSON.parse(formatMetrics({ ...evaluation, shift: null })).subgroups,
    JSON.parse(JSON.stringify(subgroups)),
  );
  const text = evaluationText(evaluation, "Test", undefined, dimensions);
  assert.match(text, /^File format\n {2}DICOM +\d+ +36 +20 +\* 1\.00 \(0\.84–1\.00\) +\* 1\.00 /m);
  assert.match(text, /^ {2}PNG +\d+ +4 +20 +\* 0\.00 \(0\.00–0\.49\)/m);
  assert.match(text, /^\* Fewer than 30 patients of a class/m);
});

test("the report and the model card show it, and results per patient beside those per image", async () => {
  const input = { ...reportFixture(), evaluation: { test: evaluation }, dimensions };
  const report = await renderReport(input);
  assert.match(report, /<tr class="head"><th scope="row">File format<\/th>/);
  assert.match(report, /<th scope="row">PNG<\/th>(?:<td[^>]*>[^<]*<\/td>){3}<td[^>]*>\* 0\.000 \(0\.000–0\.490\)/);
  const card = modelCard(input);
  assert.match(card, /^\| \*\*File format\*\* \|/m);
  assert.match(card, /^\| PNG \| \d+ \| 4 \| 20 \| \* 0\.000/m);
  // 20 patients with two images of pneumonia each: four have one that is missed, which the highest score mends.
  assert.match(report, /Sensitivity<\/th><td[^>]*>0\.900 \([^<]*<\/td><td[^>]*>1\.000 \(/);
  assert.match(card, /^\| Sensitivity \| 0\.900 \([^|]* \| 1\.000 \(/m);
  for (const text of [report, card]) {
    assert.match(text, /Results per patient/);
    assert.match(text, /40 patients, 20 with an image of pneumonia; 40 have more than one image\./);
  }
});

test("without patients or facts there is neither", async () => {
  const plain = rows.map(({ sex: _, ...row }) => ({ ...row, patient: null }));
  const test = evaluate(plain, { resamples: 50 });
  const input = { ...reportFixture(), evaluation: { test } };
  for (const text of [evaluationText(test), await renderReport(input), modelCard(input)]) {
    assert.doesNotMatch(text, /Results per patient|Parts of the/);
  }
});
