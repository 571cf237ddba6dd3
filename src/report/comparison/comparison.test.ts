// The page, Markdown, CSV and figures of a comparison from a fixture of the whole registry.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { parseHTML } from "linkedom";
import sharp from "sharp";
import { comparedModels, comparisonFixture } from "../../../test/support/comparison-fixture.js";
import { compareModels } from "../../evaluation/comparison.js";
import { fixedThreshold } from "../../evaluation/threshold.js";
import { comparisonCsv } from "./comparison-csv.js";
import { comparisonFigures } from "./comparison-figures.js";
import type { ComparisonInput } from "./comparison-input.js";
import { comparisonMarkdown } from "./comparison-markdown.js";
import { cellText, comparisonNotes, comparisonTables, thresholdsText } from "./comparison-tables.js";
import { renderComparison } from "./render-comparison.js";
import { writeComparison } from "./write-comparison.js";

const fixture = comparisonFixture();
const page = await renderComparison(fixture);
const { document } = parseHTML(page);

test("the study's published row stands below every model's, in both of its tables", () => {
  const tables = comparisonTables(fixture);
  const rowsOf = (id: string) =>
    tables.find((table) => table.id === id)?.rows.map(({ cells }) => cells.map(cellText)) ?? [];
  for (const [i, { study }] of comparedModels.entries()) {
    if (study === null) continue;
    const { pneumonia, normal } = study;
    const both = [pneumonia, normal].map(({ precision, recall, f1 }) => [precision, recall, f1]);
    const published = [0, 1, 2].flatMap((k) => both.map((numbers) => (numbers[k] as number).toFixed(2)));
    assert.deepEqual(rowsOf("performance")[2 * i + 1]?.slice(1), [study.accuracy.toFixed(4), ...published]);
    assert.deepEqual(
      rowsOf("parameters")[2 * i + 1]?.slice(1),
      [study.trainable, study.nonTrainable, study.total].map((n) => n.toLocaleString("en-US")),
    );
  }
  const elsewhere = comparisonTables({
    ...fixture,
    rows: fixture.rows.map((row) => ({ ...row, study: row.study && { ...row.study, scores: null } })),
  });
  assert.equal(elsewhere.find(({ id }) => id === "performance")?.rows.length, comparedModels.length);
});

test("random weights in place of published ones are marked, gaps are named", () => {
  const [results] = comparisonTables(fixture);
  const heads = results?.rows.map(({ cells }) => cellText(cells[0] ?? ""));
  assert.equal(heads?.filter((head) => head.includes("†")).length, 1);
  assert.ok(heads?.includes("Missing net (failed)"));
  const [mark, gap] = comparisonNotes(fixture);
  assert.match(mark ?? "", /^† trained from random weights.*\(ImageNet\)/);
  assert.match(gap ?? "", /^Missing: Missing net, seeds 1, 2\. WEIGHTS_NOT_FETCHED/);
  const clean = { ...fixture, missing: [], rows: fixture.rows.map((row) => ({ ...row, weightsWanted: null })) };
  assert.deepEqual(comparisonNotes(clean), []);
});

test("thresholds are told with their policy", () => {
  const youden = (value: number) => ({ value, policy: "youden", chosenOn: "validation", reached: null });
  assert.equal(thresholdsText([fixedThreshold(0.5), fixedThreshold(0.5)]), "0.5 fixed");
  assert.equal(thresholdsText([fixedThreshold(0)]), "0 fixed");
  assert.equal(thresholdsText([youden(0.4312)]), "0.431, youden");
  assert.equal(thresholdsText([youden(0.6), youden(0.4312)]), "0.431 to 0.600, youden");
});

test("the page loads nothing, names every section, and gives every picture words", () => {
  assert.equal(document.querySelectorAll("script, link, iframe, object, form, base, [style]").length, 0);
  const links = [...document.querySelectorAll("nav a")].map((link) => link.getAttribute("href"));
  assert.deepEqual(links, ["#results", "#curves", "#tests", "#study", "#mistakes", "#trainings", "#limits"]);
  assert.deepEqual(
    links,
    [...document.querySelectorAll("main > section")].map(({ id }) => `#${id}`),
  );
  assert.equal(document.querySelectorAll("img").length, fixture.commonMistakes.length);
  for (const image of document.querySelectorAll("img")) assert.match(image.getAttribute("alt") ?? "", /by all models$/);
  for (const svg of document.querySelectorAll("figure svg")) assert.ok(svg.querySelector("title"));
  for (const place of ["header", "#limits", "footer"]) {
    assert.match(document.querySelector(place)?.textContent ?? "", /not a medical device/i);
  }
  assert.doesNotMatch(page.replace(/base64,[^"]*/g, ""), /NaN|undefined|\bInfinity\b/);
});

test("whatever strings hold, they stay words", async () => {
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'|</title></svg>`;
  const poisoned = await renderComparison(poison(fixture, evil));
  const hostile = parseHTML(poisoned).document;
  assert.equal(hostile.querySelectorAll("script, [onerror], img[src=x]").length, 0);
  assert.doesNotMatch(poisoned, /<script|<img src=x/);
});

test("Markdown has every table, and no cell breaks out of one", () => {
  const markdown = comparisonMarkdown(poison(fixture, "a | b"));
  for (const { title } of comparisonTables(fixture)) assert.ok(markdown.includes(`## ${title}\n`));
  assert.match(markdown, /^\| Model \| Protocol \| Threshold \| Accuracy \|.*\n\| --- \| --- \| --- \| ---: \|/m);
  const pipes = (line: string) => line.replaceAll("\\|", "").split("|").length;
  const tables = markdown.split("\n\n").filter((part) => part.startsWith("| "));
  for (const lines of tables.map((part) => part.split("\n"))) {
    assert.equal(new Set(lines.map(pipes)).size, 1, lines[0]);
  }
});

test("CSV has a line per classifier with numbers in full, and runs no formula", () => {
  const lines: Record<string, string>[] = parse(comparisonCsv(fixture), { columns: true });
  const kinds = lines.map(({ kind }) => kind);
  const count = (kind: string) => kinds.filter((each) => each === kind).length;
  assert.deepEqual(["model", "ensemble", "floor", "study", "missing"].map(count), [
    comparedModels.length,
    3,
    3,
    comparedModels.length,
    1,
  ]);
  for (const [i, { metrics }] of fixture.comparison.models.entries()) {
    assert.equal(Number(lines[i]?.auc), metrics.auc.value);
    assert.equal(Number(lines[i]?.sensitivity_low), metrics.sensitivity.interval?.low);
  }
  assert.match(comparisonCsv(poison(fixture, "=1+1")), /,'=1\+1/);
  assert.doesNotMatch(comparisonCsv(poison(fixture, "=1+1")), /,=1\+1/);
});

test("figures: every classifier in the forest plot and the ROC curves, one class leaves only the first", () => {
  const figures = comparisonFigures(fixture);
  assert.deepEqual([...figures.keys()], ["intervals", "roc-curves", "roc-corner"]);
  for (const { title } of fixture.comparison.models) {
    for (const svg of figures.values()) assert.ok(svg.includes(title), title);
  }
  const rows = [0.2, 0.7].map((score, i) => ({ name: `${i}`, patient: `${i}`, label: 1 as const, score }));
  const comparison = compareModels([{ title: "Custom CNN", runs: [{ seed: 1, predictions: rows, threshold: 0.5 }] }], {
    resamples: 10,
  });
  const small = { ...fixture, comparison, rows: fixture.rows.slice(0, 1), commonMistakes: [] };
  assert.deepEqual([...comparisonFigures(small).keys()], ["intervals"]);
});

test("a folder gets the page, Markdown, CSV, and each figure as SVG and PNG", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pneumoscope-comparison-"));
  try {
    assert.equal(await writeComparison(folder, fixture), join(folder, "comparison.html"));
    assert.deepEqual(readdirSync(folder).sort(), ["comparison.csv", "comparison.html", "comparison.md", "figures"]);
    for (const name of ["intervals", "roc-curves", "roc-corner"]) {
      const { width = 0 } = await sharp(join(folder, "figures", `${name}.png`)).metadata();
      assert.ok(width >= 1000, `${name} is ${width} pixels wide`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Every free string of the input with something in front of it. */
function poison(input: ComparisonInput, evil: string): ComparisonInput {
  const tainted = (text: string) => `${evil}${text}`;
  const { comparison } = input;
  const model = <T extends { title: string }>(one: T): T => ({ ...one, title: tainted(one.title) });
  const mistake = <T extends { name: string }>(one: T): T => ({ ...one, name: tainted(one.name) });
  return {
    ...input,
    name: tainted(input.name),
    version: tainted(input.version),
    dataset: { ...input.dataset, name: tainted(input.dataset.name), attribution: evil },
    comparison: {
      ...comparison,
      models: comparison.models.map(model),
      ensembles: comparison.ensembles.map(model),
      floors: comparison.floors.map(model),
      tests: comparison.tests.map((each) => ({ ...each, a: tainted(each.a), b: tainted(each.b) })),
      commonMistakes: comparison.commonMistakes.map(mistake),
    },
    rows: input.rows.map((row) => ({
      ...model(row),
      validation: tainted(row.validation),
      weights: tainted(row.weights),
      weightsWanted: row.weightsWanted === null ? null : tainted(row.weightsWanted),
      machine: tainted(row.machine),
      thresholds: row.thresholds.map((threshold) => ({ ...threshold, policy: tainted(threshold.policy) })),
      runs: row.runs.map(({ folder, command }) => ({ folder: tainted(folder), command: tainted(command) })),
    })),
    missing: input.missing.map((run) => ({ ...model(run), reason: tainted(run.reason) })),
    notes: [evil],
    commonMistakes: input.commonMistakes.map((one) => ({ ...mistake(one), caption: tainted(one.caption) })),
  };
}
