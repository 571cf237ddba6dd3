// Metrics from outside: a proportion and another number go through everything that shows the registry's metrics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareModels } from "../src/evaluation/comparison.js";
import { evaluate } from "../src/evaluation/evaluate.js";
import type { MetricTable } from "../src/evaluation/metrics/metric.js";
import { metrics as registry } from "../src/evaluation/metrics/registry.js";
import { formatMetrics } from "../src/evaluation/metrics-file.js";
import type { Prediction } from "../src/evaluation/prediction.js";
import { wilsonInterval } from "../src/evaluation/wilson.js";
import { comparisonCsv } from "../src/report/comparison/comparison-csv.js";
import { cellText, comparisonTables } from "../src/report/comparison/comparison-tables.js";
import { modelCard } from "../src/report/model-card.js";
import { renderReport } from "../src/report/render-report.js";
import { evaluationText } from "../src/report/tables.js";
import { comparisonFixture } from "./support/comparison-fixture.js";
import { reportFixture } from "./support/report-fixture.js";

const metrics = {
  ...registry,
  alarms: {
    title: "Images called pneumonia",
    huggingFace: "alarm_rate",
    isCompared: true,
    kind: "proportion",
    counts: (c) => {
      const called = c.truePositives + c.falsePositives;
      return [called, called + c.trueNegatives + c.falseNegatives];
    },
  },
  youden: {
    title: "Youden's J",
    isCompared: true,
    kind: "statistic",
    value({ confusion }, weights) {
      const { truePositives: tp, falseNegatives: fn, falsePositives: fp, trueNegatives: tn } = confusion(weights);
      return tp + fn === 0 || tn + fp === 0 ? null : tp / (tp + fn) + tn / (tn + fp) - 1;
    },
  },
} as const satisfies MetricTable;

const rows = Array.from({ length: 40 }, (_, i): Prediction => {
  const label = i % 2 === 0 ? 1 : 0;
  const score = i % 5 === 0 ? 0.5 : label === 1 ? 0.9 : 0.1;
  return { name: `${i}`, patient: `${i}`, label, score, split: "test" };
});
const options = { metrics, seed: 1, resamples: 200 };
const evaluation = evaluate(rows, options);
const found = evaluation.metrics as unknown as Record<keyof typeof metrics, (typeof evaluation)["metrics"]["auc"]>;

test("an evaluation holds them with the intervals of their kinds, and the registry's as they were", () => {
  // 16 + 4 pneumonias and 4 normals lie at or above 0.5.
  assert.deepEqual(found.alarms, { value: 24 / 40, interval: wilsonInterval(24, 40), n: 40 });
  assert.equal(found.youden.value, 1 + 16 / 20 - 1);
  assert.equal(found.youden.interval?.method, "bootstrap-by-patient");
  const { alarms, youden, ...others } = found;
  assert.deepEqual(others, evaluate(rows, { seed: 1, resamples: 200 }).metrics);
  assert.deepEqual(JSON.parse(formatMetrics({ ...evaluation, shift: null })).metrics.youden, youden);
});

test("the terminal, the report and the model card show them", async () => {
  assert.match(evaluationText(evaluation, "Test", metrics), /^Images called pneumonia +0\.600 +0\.446–0\.737 +40$/m);
  const input = { ...reportFixture(), evaluation: { test: evaluation, validation: evaluation }, metrics };
  const report = await renderReport(input);
  assert.match(report, /Youden(?:'|&#39;)s J<\/th>(?:<td[^>]*>0\.800 [^<]*<\/td>\s*){2}/);
  const card = modelCard(input);
  assert.match(card, /- type: alarm_rate\n +value: 0\.6\n +name: "Images called pneumonia \(n = 40/);
  assert.match(card, /^\| Youden's J \| 0\.800 \(/m);
});

test("a comparison has them in its tables and its CSV", () => {
  const model = (title: string) => ({ title, runs: [{ seed: 1, predictions: rows, threshold: 0.5 }] as const });
  const comparison = compareModels([model("A"), model("B")], options);
  const { rows: facts, ...fixture } = comparisonFixture();
  const input = { ...fixture, comparison, rows: facts.slice(0, 2), metrics };
  const [results] = comparisonTables(input);
  const column = results?.columns.findIndex(({ title }) => title === "Images called pneumonia") ?? 0;
  assert.equal(cellText(results?.rows[0]?.cells[column] ?? ""), "0.600 (0.446–0.737)");
  const [head, line] = comparisonCsv(input).split("\n");
  const place = head?.split(",").indexOf("youden") ?? 0;
  assert.equal(Number(line?.split(",")[place]).toFixed(9), "0.800000000");
});
