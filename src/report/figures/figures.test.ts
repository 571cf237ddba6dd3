import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHTML } from "linkedom";
import { assertGoldenText } from "../../../test/support/golden-text.js";
import { golden } from "../../../test/support/paths.js";
import { reportFixture } from "../../../test/support/report-fixture.js";
import { evaluate } from "../../evaluation/evaluate.js";
import type { Prediction } from "../../evaluation/prediction.js";
import type { EpochRow, ReportInput } from "../report-input.js";
import { drawFigures } from "./all-figures.js";
import { confusionMatrixFigure } from "./confusion-matrix.js";
import { type IntervalRow, intervalsFigure } from "./intervals.js";
import { roundNumbers } from "./plot-svg.js";
import { scoreHistogramFigure } from "./score-histogram.js";
import { shortened } from "./shortened.js";
import { dropsOf } from "./training-curves.js";

const fixture = reportFixture();
const textsOf = (svg: string) =>
  [...parseHTML(svg).document.querySelectorAll("text")].map((element) => element.textContent);

for (const [name, svg] of drawFigures(fixture)) {
  test(`the ${name} figure equals its golden file and is fit for a page`, () => {
    assertGoldenText(golden("report", `${name}.svg`), svg);
    assert.doesNotMatch(svg, /<script|<style|style=|\son\w+=|href=|NaN|undefined|Infinity/);
    assert.doesNotMatch(svg.replace(/>[^<]*</g, "><"), /\d\.\d{4,}/);
    assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    assert.match(svg, /role="img"/);
    assert.ok((parseHTML(svg).document.querySelector("title")?.textContent ?? "").length > 20);
  });
}

test("the risk-coverage figure equals its golden file, and is drawn where there is a third answer only", () => {
  assert.ok(!drawFigures(fixture).has("risk-coverage"));
  const band = {
    coverage: 0.9,
    pneumoniaFrom: 0.4,
    normalUpTo: 0.6,
    setOn: "ward (local)",
    isLocal: true,
    patients: { normal: 20, pneumonia: 20 },
    arePatientsKnown: true,
  };
  const test = evaluate(fixture.testScores as readonly Prediction[], { unsure: band });
  const svg = drawFigures({ ...fixture, evaluation: { test } }).get("risk-coverage") ?? "";
  assertGoldenText(golden("report", "risk-coverage.svg"), svg);
});

test("drawing twice gives the same text", () => {
  assert.deepEqual([...drawFigures(fixture)], [...drawFigures(reportFixture())]);
});

test("the confusion matrix shows counts and shares of the row, true class by row, pneumonia first", () => {
  const svg = confusionMatrixFigure({
    confusion: { truePositives: 374, falseNegatives: 16, falsePositives: 33, trueNegatives: 201 },
    threshold: 0.5,
    part: "test",
  });
  const texts = textsOf(svg);
  const at = texts.indexOf("374");
  assert.deepEqual(texts.slice(at, at + 8), ["374", "95.9%", "16", "4.1%", "33", "14.1%", "201", "85.9%"]);
  assert.ok(texts.includes("n = 390") && texts.includes("n = 234"));
  assert.ok(texts.includes("Confusion matrix, test, n = 624"));
});

test("a class without images has no share instead of a wrong one", () => {
  const svg = confusionMatrixFigure({
    confusion: { truePositives: 3, falseNegatives: 1, falsePositives: 0, trueNegatives: 0 },
    threshold: 0.5,
    part: "test",
  });
  assert.deepEqual(textsOf(svg).filter((text) => text === "n/a").length, 2);
});

test("the histogram puts a score of 1 into its last bin and draws shares of each class", () => {
  const rows = [
    { label: 1, score: 1 },
    { label: 1, score: 0.05 },
    { label: 0, score: 0 },
  ] as const;
  const svg = scoreHistogramFigure({ rows, threshold: 0.5, part: "test" });
  const bars = [...parseHTML(svg).document.querySelectorAll('g[aria-label="rect"] rect')];
  const drawn = bars.filter((bar) => Number(bar.getAttribute("height")) > 0);
  const heights = drawn.map((bar) => Number(bar.getAttribute("height")));
  assert.equal(drawn.length, 3);
  const [normal, low, high] = heights as [number, number, number];
  assert.ok(Math.abs(normal - 2 * low) < 0.01 && Math.abs(low - high) < 0.01, `heights ${heights}`);
});

test("drops are the epochs trained with a lower rate than the one before", () => {
  const row = (epoch: number, learningRate: number) => ({ epoch, learningRate }) as EpochRow;
  const history = [row(1, 1e-3), row(2, 1e-3), row(3, 3e-4), row(4, 3e-4), row(5, 9e-5)];
  assert.deepEqual(dropsOf({ schedule: "plateau", history }), [3, 5]);
  assert.deepEqual(dropsOf({ schedule: "cosine", history }), [], "every epoch's rate is lower: no event");
  assert.deepEqual(dropsOf({ schedule: "plateau", history: [] }), []);
});

test("degenerate runs are drawn without broken numbers", () => {
  const rows: Prediction[] = [0.2, 0.7, 0.7].map((score, i) => ({ name: `${i}`, patient: `${i}`, label: 1, score }));
  const epoch = {
    ...(fixture.training?.history[0] as EpochRow),
    validationLoss: null,
    validationAccuracy: null,
    validationAuc: null,
  };
  const input: ReportInput = {
    ...fixture,
    evaluation: { test: evaluate(rows, { resamples: 50 }) },
    testScores: rows,
    training: { history: [epoch], schedule: "plateau", bestEpoch: 1, bestEpochRule: "last epoch", totalSeconds: 1 },
    dataset: { ...fixture.dataset, splits: [{ name: "test", normal: 0, pneumonia: 3, patients: 3 }] },
  };
  const figures = drawFigures(input);
  assert.ok(!figures.has("roc"), "one class has no ROC curve");
  assert.ok(!figures.has("training-auc"));
  for (const [name, svg] of figures) assert.doesNotMatch(svg, /NaN|undefined|Infinity/, name);
  assert.equal(drawFigures({ ...input, training: undefined }).has("training-loss"), false);
});

test("a floor far below all models is an arrow at the edge, and the models keep the panel's width", () => {
  const row = (title: string, kind: IntervalRow["kind"], value: number): IntervalRow => ({
    title,
    kind,
    values: [{ metric: "Specificity", value, low: value - 0.03, high: value + 0.03, spread: null, study: null }],
  });
  const draw = (...rows: IntervalRow[]) => textsOf(intervalsFigure({ rows, n: 624, level: 0.95 }));
  const [model, floor] = [row("Custom CNN", "model", 0.9), row("File size only", "floor", 0.35)];
  const withFloor = draw(model, floor);
  assert.ok(withFloor.includes("further left") && !draw(model).includes("further left"));
  const ticks = withFloor.map(Number).filter((tick) => tick > 0);
  assert.deepEqual(ticks, [0.9, 0.95, 1]);
  assert.deepEqual(
    draw(row("Random", "model", 0.35), floor)
      .map(Number)
      .filter((tick) => tick > 0),
    [0.4, 0.6, 0.8, 1],
  );
});

test("a long name keeps both ends", () => {
  assert.equal(shortened("MobileNet (epochs 5)", 11), "Mobil…hs 5)");
  assert.equal(shortened("MobileNet", 9), "MobileNet");
});

test("numbers are rounded in tags only", () => {
  assert.equal(roundNumbers('<a x="1.23456" y="-0.00001">1.23456</a>'), '<a x="1.235" y="0">1.23456</a>');
});
