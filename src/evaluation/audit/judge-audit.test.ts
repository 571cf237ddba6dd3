import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../core/random.js";
import { pairedAucs } from "../obuchowski.js";
import type { AuditKind, AuditRow, AuditVariant } from "./audited-scores.js";
import { judgeAudit } from "./judge-audit.js";

const variant = (kind: AuditKind, level = 1): AuditVariant => ({
  corruption: kind,
  title: kind,
  kind,
  level,
  amount: level,
  text: `level ${level}`,
});

type Altered = (score: number, label: 0 | 1, random: Random) => number;

/** 80 patients, two images each, a fair classifier; `alter` says what a variant makes of a score. */
function rowsOf(alter: Altered, take: Altered = (score) => score): AuditRow[] {
  const random = Random.of("audit rows");
  const limited = (score: number) => Math.min(1, Math.max(0, score));
  return Array.from({ length: 160 }, (_, i) => {
    const label = i % 4 < 2 ? 0 : 1;
    const score = limited(random.normal(label === 1 ? 0.65 : 0.35, 0.15));
    const [altered, ...retakes] = [alter, take, take].map((change) => limited(change(score, label, random)));
    return { name: `${i}`, patient: `p${i >> 1}`, label, score, altered: [altered as number], retakes, again: score };
  });
}

const judge = (kind: AuditKind, alter: Altered, take?: Altered, level = 1) =>
  judgeAudit(rowsOf(alter, take), [variant(kind, level)], 0.5);

test("a model that ranks by markers is flagged, one that pays them no heed is not", () => {
  const follows = judge("marker", (score) => score + 0.4);
  assert.equal(follows.shortcuts, "found");
  assert.equal(follows.findings[0]?.kind, "marker");
  assert.equal(follows.variants[0]?.conflict?.marked, "normal");
  // On both classes it changes no ranking.
  assert.ok(Math.abs(follows.variants[0]?.aucFall.value as number) < 0.03);
  const against = judge("marker", (score) => score - 0.4);
  assert.equal(against.variants[0]?.conflict?.marked, "pneumonia");
  const unmoved = judge("marker", (score, _, random) => score + random.normal(0, 0.03));
  assert.equal(unmoved.shortcuts, "none found");
  assert.deepEqual(unmoved.findings, []);
});

test("what only one class bears is measured as a paired difference, by patient", () => {
  const rows = rowsOf((score) => score + 0.4);
  const { variants } = judgeAudit(rows, [variant("marker")], 0.5);
  const marked = rows.map((row) => ({ ...row, score: row.label === 0 ? (row.altered[0] as number) : row.score }));
  const paired = pairedAucs(rows, marked);
  assert.deepEqual(variants[0]?.conflict?.aucFall.interval, paired?.interval);
  assert.equal(paired?.method, "obuchowski");
});

test("a model that tells the classes apart from the frame, or not without it, is flagged; more of the frame shows lungs", () => {
  const noise: Altered = (_, __, random) => random.uniform();
  assert.equal(judge("only-frame", (score) => score).findings[0]?.measure, "auc");
  assert.equal(judge("only-frame", noise).shortcuts, "none found");
  assert.equal(judge("only-middle", noise).findings[0]?.measure, "aucFall");
  assert.equal(judge("only-middle", (score) => score).shortcuts, "none found");
  assert.deepEqual(judge("only-frame", (score) => score, undefined, 3).findings, []);
});

test("mild corruptions that lose AUC, or move scores over the threshold, are findings; severe ones are no surprise", () => {
  const blurred: Altered = (score, _, random) => score + random.normal(0, 0.4);
  assert.deepEqual(
    judge("corruption", blurred).findings.map(({ kind, measure }) => `${kind} ${measure}`),
    ["fragile aucFall", "fragile changedCalls"],
  );
  const shifted = judge("corruption", (score) => score - 0.3);
  assert.deepEqual(
    shifted.findings.map(({ measure }) => measure),
    ["changedCalls"],
  );
  assert.equal(shifted.shortcuts, "none found");
  assert.deepEqual(judge("corruption", blurred, undefined, 2).findings, []);
});

test("retakes by hand: the deviation within images, and calls that change", () => {
  const rows: AuditRow[] = [
    { name: "a", patient: null, label: 0, score: 0.4, altered: [], retakes: [0.5, 0.6], again: 0.4 }, // variance .01
    { name: "b", patient: null, label: 1, score: 0.9, altered: [], retakes: [0.9, 0.9], again: 0.8 },
  ];
  const { retest, patients, shortcuts } = judgeAudit(rows, [], 0.5);
  assert.ok(Math.abs((retest.deviation.value as number) - Math.sqrt(0.005)) < 1e-12);
  assert.ok(Math.abs((retest.repeatability as number) - 1.96 * Math.SQRT2 * Math.sqrt(0.005)) < 1e-12);
  assert.equal(retest.changedCalls.value, 0.5);
  assert.ok(Math.abs(retest.samePixels - 0.1) < 1e-12);
  assert.equal(patients, null);
  assert.equal(shortcuts, "unknown");
});

test("one class alone, and a perfect ranking, are judged without a crash", () => {
  const normal = rowsOf((score) => score).filter(({ label }) => label === 0);
  const { shortcuts, sensitivity, variants } = judgeAudit(normal, [variant("marker")], 0.5);
  assert.equal(shortcuts, "unknown");
  assert.equal(sensitivity.value, null);
  assert.equal(variants[0]?.conflict, null);
  const perfect = rowsOf(() => 0).map((row) => ({
    ...row,
    score: row.label === 1 ? 0.9 : 0.1,
    altered: [1 - row.label],
  }));
  // Turned round without any spread: no interval, and plain all the same.
  assert.equal(judgeAudit(perfect, [variant("only-middle")], 0.5).shortcuts, "found");
});
