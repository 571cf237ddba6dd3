import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { evaluate } from "./evaluate.js";
import { formatMetrics, writeMetrics } from "./metrics-file.js";
import type { Prediction } from "./prediction.js";
import { formatPredictions, parsePredictions, readPredictions, writePredictions } from "./predictions-file.js";

const rows: Prediction[] = [
  { name: "test/NORMAL/IM-0001-0001.jpeg", patient: "IM:1", label: 0, score: 0.1 },
  { name: "test/PNEUMONIA/person1_virus_6.jpeg", patient: "virus:1", label: 1, score: 0.30000000000000004 },
  { name: "test/PNEUMONIA/person1_virus_7.jpeg", patient: "virus:1", label: 1, score: 1e-9 },
];

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "predictions-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("what is written is read back exactly, and the file says what it holds", () =>
  inFolder(async (folder) => {
    const path = join(folder, "run", "predictions.csv");
    await writePredictions(path, rows);
    assert.deepEqual(await readPredictions(path), rows);
    assert.equal(
      await readFile(path, "utf8"),
      "name,patient,label,score\n" +
        "test/NORMAL/IM-0001-0001.jpeg,IM:1,0,0.1\n" +
        "test/PNEUMONIA/person1_virus_6.jpeg,virus:1,1,0.30000000000000004\n" +
        "test/PNEUMONIA/person1_virus_7.jpeg,virus:1,1,1e-9\n",
    );
  }));

test("any names, scores and splits come back as they were", () => {
  const text = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({
      unit: fc.constantFrom("'", "=", "+", "-", "@", '"', ",", "\n", "\r", "\t", "a", " ", "\uFF1D", "\uFEFF"),
      minLength: 1,
    }),
  );
  const row = fc.record({
    name: text,
    patient: text,
    label: fc.constantFrom<0 | 1>(0, 1),
    score: fc.double({ min: 0, max: 1, noNaN: true }).map((score) => score + 0),
  });
  fc.assert(
    fc.property(fc.uniqueArray(row, { selector: (r) => r.name }), fc.boolean(), (plain, hasSplit) => {
      const data: Prediction[] = plain.map((r) => (hasSplit ? { ...r, split: "test" } : r));
      const back = parsePredictions(formatPredictions(data));
      assert.deepEqual(
        back,
        data.map((r) => ({ ...r, score: Object.is(r.score, -0) ? 0 : r.score })),
      );
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("no cell begins as a formula", () => {
  for (const start of ["=", "+", "-", "@", "\t", "\r", "'=", "\uFF1D"]) {
    const text = formatPredictions([{ name: `${start}cmd()`, patient: `${start}1`, label: 1, score: 0.5 }]);
    const line = text.slice(text.indexOf("\n") + 1);
    assert.match(line, /^"?'/, JSON.stringify(line));
  }
});

test("columns may stand in another order, with a byte order mark and Windows line ends", () => {
  const text = "\uFEFFscore,label,split,patient,name\r\n0.25,1,test,p1,a.jpeg\r\n";
  assert.deepEqual(parsePredictions(text), [{ name: "a.jpeg", patient: "p1", label: 1, score: 0.25, split: "test" }]);
});

test("an empty patient is one whom nobody knows, on the way there and back", () => {
  const rows = [{ name: "a", patient: null, label: 1, score: 0.5 }] as const;
  assert.deepEqual(parsePredictions(formatPredictions(rows)), rows);
});

test("what is known of an image stands in columns of its own, for those rows that know it", () => {
  const told: Prediction[] = [
    {
      name: "a.png",
      patient: "p1",
      label: 1,
      score: 0.5,
      split: "test",
      study: "=1+1",
      ageYears: 4.5,
      sex: "F",
      view: "PA",
      source: "north, wing B",
      finding: "viral",
    },
    { name: "b.png", patient: null, label: 0, score: 0.25, split: "test", ageYears: 1e-7 },
  ];
  const text = formatPredictions(told);
  assert.equal(
    text,
    "name,patient,label,score,split,study,age_years,sex,view,source,finding\n" +
      'a.png,p1,1,0.5,test,\'=1+1,4.5,F,PA,"north, wing B",viral\n' +
      "b.png,,0,0.25,test,,1e-7,,,,\n",
  );
  assert.deepEqual(parsePredictions(text), told);
  assert.deepEqual(parsePredictions("name,patient,label,score,sex,view,age_years\na,p,1,0.5,female,pa,0\n"), [
    { name: "a", patient: "p", label: 1, score: 0.5, sex: "F", view: "PA", ageYears: 0 },
  ]);
});

test("one image may stand in two splits, not twice in one", () => {
  const header = "name,patient,label,score,split\n";
  assert.equal(parsePredictions(`${header}a,p,1,0.5,val\na,p,1,0.5,test\n`).length, 2);
  assert.throws(() => parsePredictions(`${header}a,p,1,0.5,test\na,p,1,0.6,test\n`), { code: "PREDICTIONS_INVALID" });
});

test("each broken file gives one error that names the line and the rule", () => {
  const good = "name,patient,label,score\n";
  const broken: [string, RegExp][] = [
    ["", /empty file/],
    ["name,patient,score\na,p,0.5\n", /line 1: columns/],
    ["name,patient,label,score,extra\na,p,1,0.5,x\n", /line 1: columns/],
    ["name,patient,label,score,score\na,p,1,0.5,0.5\n", /line 1: columns/],
    [`${good}a,p,2,0.5\n`, /line 2: label.*"2"/],
    [`${good}a,p,1,0.5\nb,p,PNEUMONIA,0.5\n`, /line 3: label/],
    [`${good}a,p,1,1.5\n`, /line 2: score.*"1.5"/],
    [`${good}a,p,1,NaN\n`, /line 2: score.*"NaN"/],
    [`${good}a,p,1,\n`, /line 2: score.*""/],
    [`${good}a,p,1,0x1\n`, /line 2: score/],
    [`${good},p,1,0.5\n`, /line 2: name/],
    ["name,patient,label,score,age_years\na,p,1,0.5,four\n", /line 2: age_years is a number of years.*"four"/],
    ["name,patient,label,score,sex\na,p,1,0.5,W\n", /line 2: sex is F, M, O.*"W"/],
    [`${good}a,p,1\n`, /as many in each line/],
    [`${good}"a,p,1,0.5\n`, /comma-separated/],
  ];
  for (const [text, message] of broken) {
    assert.throws(
      () => parsePredictions(text, "runs/a/predictions.csv"),
      { code: "PREDICTIONS_INVALID", message },
      text,
    );
  }
});

test("a score that is not a number is never written", () => {
  const bad = [{ name: "a", patient: "p", label: 1, score: Number.NaN }] as const;
  assert.throws(() => formatPredictions(bad), { code: "PREDICTIONS_INVALID" });
});

test("a missing and an unreadable file are told apart", () =>
  inFolder(async (folder) => {
    await assert.rejects(readPredictions(join(folder, "none.csv")), { code: "FILE_MISSING" });
    await assert.rejects(readPredictions(folder), { code: "FILE_UNREADABLE" });
  }));

test("metrics.json is valid JSON that equals the evaluation", () =>
  inFolder(async (folder) => {
    const evaluation = evaluate(rows, { resamples: 20 });
    const path = join(folder, "metrics.json");
    await writeMetrics(path, { ...evaluation, shift: null });
    assert.deepEqual(JSON.parse(await readFile(path, "utf8")), {
      version: 3,
      ...JSON.parse(JSON.stringify(evaluation)),
      shift: null,
    });
    assert.ok(formatMetrics({ ...evaluation, shift: null }).split("\n").length > 50);
  }));

test("a file that cannot be written is one clear error", () =>
  inFolder(async (folder) => {
    const file = join(folder, "file");
    await writeFile(file, "old");
    await assert.rejects(writePredictions(join(file, "predictions.csv"), rows), { code: "FILE_UNWRITABLE" });
    assert.equal(await readFile(file, "utf8"), "old");
  }));
