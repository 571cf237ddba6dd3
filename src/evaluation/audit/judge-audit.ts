// From the scores of an audit to what they say: how much each alteration costs, and what is a finding by a rule that is written
// down. Pure; every interval is by patient where patients are known.
import { bootstrapByPatient } from "../bootstrap.js";
import { proportionByPatient } from "../clustered-proportion.js";
import type { Estimate } from "../estimate.js";
import { aucByVariance, pairedAucs } from "../obuchowski.js";
import { type AuditRow, type AuditVariant, findingBounds } from "./audited-scores.js";

/** A difference has to be clear before it is called a finding: some fifty are looked at. */
const findingLevel = 0.99;
/** Of the frame, only levels up to this count: more of it shows lungs. */
const framesThatCount = 2;
/** Where a difference has no standard error (a perfect ranking), so many patients of each class make it a finding. */
const fewestPatients = 10;

/** One alteration in one strength, and what became of the scores. */
export interface VariantResult extends AuditVariant {
  readonly auc: Estimate;
  /** The AUC of the images as they are, less this one. */
  readonly aucFall: Estimate;
  readonly sensitivity: Estimate;
  readonly specificity: Estimate;
  /** Share of images that are called otherwise than as they are. */
  readonly changedCalls: Estimate;
  /**
   * Of markers: how much AUC is lost where one class alone bears the marker, the class with which more is lost. A model that looks
   * at markers ranks by them.
   */
  readonly conflict: { readonly marked: "normal" | "pneumonia"; readonly aucFall: Estimate } | null;
}

/** How well a score repeats itself. */
export interface RetestResult {
  /** Of each image beside itself. */
  readonly retakes: number;
  /** Standard deviation of an image's scores, over images. */
  readonly deviation: Estimate;
  /** 95 of 100 pairs of takes differ by less (Bland and Altman, 1999): 1.96 √2 deviations. */
  readonly repeatability: number | null;
  /** Share of images that are not called the same in all takes. */
  readonly changedCalls: Estimate;
  /** Largest difference of scores of the same pixels. */
  readonly samePixels: number;
}

/** What speaks against a model, by a rule. */
export interface AuditFinding {
  /** `marker`, `only-frame`, `only-middle`: it looks at what is not the patient. `fragile`: little is needed to change its answers. */
  readonly kind: "marker" | "only-frame" | "only-middle" | "fragile" | "retest";
  /** The corruption, as tables name it. */
  readonly title: string;
  readonly text: string;
  /** What was measured, and the bound that its whole 99 % interval lies above. */
  readonly measure: "auc" | "aucFall" | "changedCalls";
  readonly found: Estimate;
  readonly bound: number;
}

/** What an audit found. */
export interface Audit {
  readonly images: number;
  /** Null where nobody knows whose the images are. */
  readonly patients: number | null;
  readonly positives: number;
  readonly threshold: number;
  readonly auc: Estimate;
  readonly sensitivity: Estimate;
  readonly specificity: Estimate;
  readonly variants: readonly VariantResult[];
  readonly retest: RetestResult;
  readonly findings: readonly AuditFinding[];
  /** "unknown" where a class has too few patients to compare AUCs. */
  readonly shortcuts: "found" | "none found" | "unknown";
}

/** @param rows at least one, each with a score for every variant */
export function judgeAudit(rows: readonly AuditRow[], variants: readonly AuditVariant[], threshold: number): Audit {
  const judged = variants.map((variant, v) => judgeVariant(rows, variant, v, threshold));
  const retest = judgeRetest(rows, threshold);
  const findings = [
    ...judged.flatMap((one) => one.findings),
    ...findingOf("changedCalls", retest.changedCalls.at99, {
      kind: "retest",
      title: "another take",
      text: `${retest.result.retakes} takes`,
    }),
  ];
  const known = rows.flatMap(({ patient }) => (patient === null ? [] : [patient]));
  const isShortcut = ({ kind }: AuditFinding) => kind !== "fragile" && kind !== "retest";
  return {
    images: rows.length,
    patients: known.length < rows.length ? null : new Set(known).size,
    positives: rows.filter(({ label }) => label === 1).length,
    threshold,
    auc: aucByVariance(rows),
    ...callsOf(rows, threshold),
    variants: judged.map(({ result }) => result),
    retest: retest.result,
    findings,
    shortcuts: findings.some(isShortcut) ? "found" : pairedAucs(rows, rows) === null ? "unknown" : "none found",
  };
}

function judgeVariant(rows: readonly AuditRow[], variant: AuditVariant, v: number, threshold: number) {
  const altered = rows.map((row) => ({ ...row, score: row.altered[v] as number }));
  const isOther = (row: AuditRow) => (row.altered[v] as number) >= threshold !== row.score >= threshold;
  const auc = aucByVariance(altered);
  const fall = fallOf(rows, altered);
  const changedCalls = proportionByPatient(rows, isOther);
  const conflict = variant.kind === "marker" ? worseConflict(rows, altered) : null;
  const { title, text, kind, level } = variant;
  const about = { title, text };
  const findings = (): readonly AuditFinding[] => {
    switch (kind) {
      case "marker":
        return conflict === null ? [] : findingOf("aucFall", conflict.at99, { ...about, kind });
      case "only-frame":
        return level > framesThatCount
          ? []
          : findingOf("auc", aucByVariance(altered, findingLevel), { ...about, kind }, findingBounds.aucOfFrame);
      case "only-middle":
        return level > framesThatCount ? [] : findingOf("aucFall", fall.at99, { ...about, kind });
      case "corruption": {
        if (level > 1) return [];
        const calls = proportionByPatient(rows, isOther, findingLevel);
        return [
          ...findingOf("aucFall", fall.at99, { ...about, kind: "fragile" }),
          ...findingOf("changedCalls", calls, { ...about, kind: "fragile" }),
        ];
      }
      default:
        return kind satisfies never;
    }
  };
  const result: VariantResult = {
    ...variant,
    auc,
    aucFall: fall.at95,
    ...callsOf(altered, threshold),
    changedCalls,
    conflict: conflict && { marked: conflict.marked, aucFall: conflict.at95 },
  };
  return { result, findings: findings() };
}

function callsOf(rows: readonly AuditRow[], threshold: number): Pick<Audit, "sensitivity" | "specificity"> {
  const [normal, pneumonia] = [0, 1].map((label) => rows.filter((row) => row.label === label)) as [
    AuditRow[],
    AuditRow[],
  ];
  return {
    sensitivity: proportionByPatient(pneumonia, ({ score }) => score >= threshold),
    specificity: proportionByPatient(normal, ({ score }) => score < threshold),
  };
}

interface Fall {
  readonly at95: Estimate;
  readonly at99: Estimate;
}

function fallOf(rows: readonly AuditRow[], altered: readonly AuditRow[]): Fall {
  const at = (level: number): Estimate => {
    const paired = pairedAucs(rows, altered, level);
    return { value: paired?.difference ?? null, interval: paired?.interval ?? null, n: rows.length };
  };
  return { at95: at(0.95), at99: at(findingLevel) };
}

/** The marker on images of one class alone. */
function worseConflict(rows: readonly AuditRow[], marked: readonly AuditRow[]) {
  const falls = ([0, 1] as const).map((label) => ({
    marked: label === 0 ? ("normal" as const) : ("pneumonia" as const),
    ...fallOf(
      rows,
      rows.map((row, i) => (row.label === label ? (marked[i] as AuditRow) : row)),
    ),
  }));
  const known = falls.filter(({ at95 }) => at95.value !== null);
  return known.sort((a, b) => (b.at95.value as number) - (a.at95.value as number))[0] ?? null;
}

/** At most one, where the whole interval lies above the bound; or all of a difference that has no standard error. */
function findingOf(
  measure: "auc" | "aucFall" | "changedCalls",
  found: Estimate,
  about: Pick<AuditFinding, "kind" | "title" | "text">,
  bound: number = measure === "changedCalls" ? findingBounds.changedCalls : findingBounds.aucFall,
): readonly AuditFinding[] {
  const { value, interval, n } = found;
  if (value === null || value <= bound) return [];
  const isClear = interval === null ? n >= 2 * fewestPatients : interval.low > bound;
  return isClear ? [{ ...about, measure, found, bound }] : [];
}

function judgeRetest(rows: readonly AuditRow[], threshold: number) {
  const takes = rows.map(({ score, retakes }) => [score, ...retakes]);
  const variances = takes.map(varianceOf);
  const patients = rows.map(({ patient }) => patient);
  const deviation = (weights: Uint32Array | null) => {
    let [sum, count] = [0, 0];
    for (const [i, variance] of variances.entries()) {
      const weight = weights === null ? 1 : (weights[i] as number);
      sum += weight * variance;
      count += weight;
    }
    return Math.sqrt(sum / count);
  };
  const value = deviation(null);
  const { interval } = bootstrapByPatient(patients, { interval: deviation }, { seed: 1 });
  const changes = new Set(
    rows.filter((_, i) => new Set((takes[i] as number[]).map((score) => score >= threshold)).size > 1),
  );
  const changed = (level?: number) => proportionByPatient(rows, (row) => changes.has(row), level);
  const result: RetestResult = {
    retakes: rows[0]?.retakes.length ?? 0,
    deviation: { value, interval, n: rows.length },
    repeatability: 1.96 * Math.SQRT2 * value,
    changedCalls: changed(),
    samePixels: rows.reduce((most, { score, again }) => Math.max(most, Math.abs(score - again)), 0),
  };
  return { result, changedCalls: { at99: changed(findingLevel) } };
}

function varianceOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
}
