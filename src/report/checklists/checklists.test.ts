// Reporting checklists: whole, in their own numbering, answered by whom it says, and with nothing of one dataset in another's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { projectRoot } from "../../../test/support/paths.js";
import { reportFixture } from "../../../test/support/report-fixture.js";
import { modelCard } from "../model-card.js";
import { renderReport } from "../render-report.js";
import type { DatasetFacts, ReportInput } from "../report-input.js";
import { answerChecklists, checklists } from "./checklists.js";
import { knownDatasetAnswers } from "./known-dataset.js";
import { runChecklists } from "./run-checklists.js";
import { softwareAnswers } from "./software-answers.js";
import { emptyStudyFile, topicNames, topics } from "./topics.js";
import { renderChecklists } from "./write-checklists.js";

const input = reportFixture();
const ofKind = (kind: DatasetFacts["kind"]): ReportInput => {
  const { attribution, ...dataset } = { ...input.dataset, kind, name: "chest_xray" };
  return { ...input, dataset };
};
const itemsOf = (id: string) => checklists.find((list) => list.id === id)?.sections.flatMap(({ items }) => items) ?? [];

describe("every item of a guideline is there once, in its order", () => {
  const main = (id: string) => [...new Set(itemsOf(id).map(({ number }) => Number.parseInt(number, 10)))];
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
  const counts = { "claim-2024": [44, 44], "tripod-ai": [27, 52], "stard-ai": [40, 48] } as const;
  for (const [id, [items, rows]] of Object.entries(counts)) {
    test(`${id}: ${items} items in ${rows} rows`, () => {
      assert.deepEqual(main(id), upTo(items));
      assert.equal(new Set(itemsOf(id).map(({ number }) => number)).size, rows);
      assert.equal(itemsOf(id).length, rows);
    });
  }
});

test("every topic is asked for by a guideline, in study.yaml and in the documents", () => {
  const asked = new Set(
    checklists.flatMap(({ sections }) => sections.flatMap(({ items }) => items.flatMap((item) => item.topics))),
  );
  assert.deepEqual(
    topicNames.filter((name) => !asked.has(name)),
    [],
  );
  const document = readFileSync(join(projectRoot, "docs", "checklists.md"), "utf8");
  for (const [name, about] of Object.entries(topics)) {
    assert.ok(document.includes(`| \`${name}\` | ${about} |`), name);
    assert.ok(emptyStudyFile().includes(`# ${about}\n${name}:\n`), name);
  }
});

test("the author comes first, the software beside, and what is missing is named", () => {
  const run = { name: "run", title: "t", createdAt: "", version: "" };
  const made = answerChecklists(
    run,
    { intendedUse: "by the run" },
    { background: "by <the> author", funding: "nobody" },
  );
  const claim = made.checklists[0]?.sections.flatMap(({ items }) => items) ?? [];
  const by = (number: string) => claim.find((item) => item.number === number)?.by;
  assert.deepEqual([by("3"), by("41"), by("44"), by("30")], ["software and author", "in part", "author", "not stated"]);
  assert.deepEqual(made.checklists[0]?.counts, { items: 44, answered: 2, inPart: 1, notStated: 41 });
  const page = renderChecklists(made);
  assert.ok(page.includes("by &lt;the&gt; author") && page.includes("Not stated: implications"));
});

test("nothing of the published dataset's children is said of another dataset, whatever its folders are called", async () => {
  const words = /Guangzhou|children|Kermany|1 to 5 years/;
  for (const kind of ["other", "synthetic"] as const) {
    const other = ofKind(kind);
    const { sections, ...rest } = { ...runChecklists(other), sections: 0 };
    for (const [what, text] of [
      ["checklists", JSON.stringify(rest.answers)],
      ["card", modelCard(other)],
      ["report", await renderReport(other)],
    ] as const) {
      assert.doesNotMatch(text, words, `${kind}: ${what}`);
    }
  }
  assert.match(JSON.stringify(softwareAnswers(input)), /Guangzhou/);
  assert.deepEqual(Object.keys(knownDatasetAnswers), ["chest-xray-pneumonia"]);
});

test("what a run knows: optimizer and loss by name, aspect ratio, ages and sexes of each part, protocol", () => {
  const part = (name: "train" | "test") => ({
    name,
    images: 10,
    ages: { known: 8, median: 3, lowest: 1, highest: 5 },
    sexes: { F: 4, M: 4, "not stated": 2 },
  });
  const answers = softwareAnswers({
    ...ofKind("other"),
    methods: {
      preprocessing: ["Resized; the aspect ratio is not kept."],
      optimizer: "Optimizer: Adam.",
      loss: "Loss: binary cross-entropy.",
      parts: [part("train"), part("test")],
    },
    reading: {
      test: { sha256: "ab", images: 10 },
      number: 7,
      models: 2,
      overlapping: 0,
      broken: null,
      missing: 0,
      problem: null,
      protocol: {
        state: "followed",
        sha256: "cd".repeat(32),
        frozenAt: "2026-11-23",
        readingsBefore: 0,
        metrics: ["auc"],
      },
    },
  });
  assert.match(answers.training ?? "", /Adam.*binary cross-entropy/);
  assert.match(answers.preprocessing ?? "", /aspect ratio/);
  assert.equal(
    answers.demographics,
    "train (10 images): median age 3 (1 to 5, 8 images); F 4, M 4, not stated 2. test (10 images): median age 3 (1 to 5, 8 images); F 4, M 4, not stated 2.",
  );
  assert.match(answers.protocol ?? "", /^Reading 7 .* protocol cdcdcdcdcdcd .*before the first reading/);
  assert.match(answers.sampleSize ?? "", /sensitivity ± \d/);
  assert.equal(answers.funding, undefined);
});
