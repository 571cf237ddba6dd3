import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { classificationReport, type ReportRow } from "./classification-report.js";
import { fixedDecimals } from "./fixed-decimals.js";

interface Case {
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
  readonly labels: readonly number[] | null;
  readonly names: readonly string[] | null;
  readonly digits: number;
  readonly text: string;
  readonly numbers: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
}

const cases = JSON.parse(readFileSync(golden("sklearn", "reports.json"), "utf8")) as Case[];

for (const [i, c] of cases.entries()) {
  test(`report ${i} equals scikit-learn's: labels ${c.labels}, names ${c.names}, digits ${c.digits}`, () => {
    const report = classificationReport(c.truth, c.predicted, {
      digits: c.digits,
      ...(c.labels === null ? {} : { labels: c.labels }),
      ...(c.names === null ? {} : { targetNames: c.names }),
    });
    assert.equal(report.text, c.text);
    for (const row of [...report.classes, report.micro, report.macro, report.weighted])
      checkRow(row, c.numbers[row.name]);
  });
}

function checkRow(row: ReportRow, expected: number | Readonly<Record<string, number>> | undefined): void {
  if (typeof expected === "number") {
    assert.ok(Math.abs(row.f1 - expected) < 1e-12, row.name);
    return;
  }
  const { precision, recall, f1, support } = row;
  for (const [key, value] of Object.entries({ precision, recall, "f1-score": f1, support })) {
    assert.ok(Math.abs(value - (expected?.[key] ?? Number.NaN)) < 1e-12, `${row.name} ${key}`);
  }
}

test("lists that do not fit together are refused", () => {
  assert.throws(() => classificationReport([1, 0], [1]), { code: "EVALUATION_INPUT" });
  assert.throws(() => classificationReport([], []), { code: "EVALUATION_INPUT" });
  assert.throws(() => classificationReport([0], [0], { labels: [0, 1], targetNames: ["a"] }), {
    code: "EVALUATION_INPUT",
  });
});

test("exact ties round to the even digit, as in Python", () => {
  // Python: f"{0.125:.2f}" == "0.12", f"{0.375:.2f}" == "0.38", f"{0.5:.0f}" == "0", f"{1.005:.2f}" == "1.00"
  const pairs: [number, number, string][] = [
    [0.125, 2, "0.12"],
    [0.375, 2, "0.38"],
    [0.5, 0, "0"],
    [1.5, 0, "2"],
    [1.005, 2, "1.00"],
    [0.625, 2, "0.62"],
    [0.135, 2, "0.14"],
    [1, 3, "1.000"],
  ];
  for (const [value, digits, text] of pairs) assert.equal(fixedDecimals(value, digits), text, String(value));
});
