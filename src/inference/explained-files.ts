// What an explanation leaves in its folder: explain.csv and explain.json.
import { stringify } from "csv-stringify/sync";
import { researchUse } from "../core/research-use.js";
import { disarmFormula } from "../core/spreadsheet-text.js";
import type { RandomisationCheck } from "../explain/randomisation-check.js";
import { evenShares, lungsFrame } from "../explain/where-it-looked.js";
import type { HeatMapMethod } from "../model/heat-map.js";
import type { SeedAgreement } from "./compare-seeds.js";
import type { ExplainedResult } from "./explain-images.js";
import type { PerturbationCurves } from "./measure-curves.js";
import { codesOf } from "./result-csv.js";

/**
 * One image as explain.json holds it; shares are 0..1.
 *
 * @example
 * const { results } = await explainImages(classifier, "scans/", { folder: "looked" });
 * console.log(JSON.stringify(results.map(explainedRow)));
 */
export function explainedRow(row: ExplainedResult): object {
  if (row.kind === "failed") return { path: row.name, error: { code: row.error.code, message: row.error.message } };
  const { name, score, label, lookedFor, looked, files, scope, warnings } = row;
  return { path: name, score, label, lookedFor, looked, files, scope, warnings };
}

const columns = [
  "path",
  "score",
  "label",
  "looked_for",
  "outside_frame",
  "border",
  "peak_x",
  "peak_y",
  "half_area",
  "overlay",
  "side_by_side",
  "scope",
  "warnings",
  "error",
  "message",
] as const;

export function explainedCsv(rows: readonly ExplainedResult[]): string {
  const number = (value: number | undefined) => (value === undefined ? "" : value.toFixed(6));
  const cells = rows.map((row) => {
    const path = disarmFormula(row.name);
    if (row.kind === "failed") {
      return [path, ...Array<string>(columns.length - 3).fill(""), row.error.code, disarmFormula(row.error.message)];
    }
    const { score, label, lookedFor, looked, files, scope, warnings } = row;
    const numbers = [looked?.outsideFrame, looked?.border, looked?.peak.x, looked?.peak.y, looked?.halfArea].map(
      number,
    );
    const written = [files.overlay, files.sideBySide].map(disarmFormula);
    return [
      path,
      String(score),
      label,
      lookedFor,
      ...numbers,
      ...written,
      codesOf(scope.findings),
      codesOf(warnings),
      "",
      "",
    ];
  });
  return stringify([[...columns], ...cells], { record_delimiter: "unix" });
}

export interface ExplainedFacts {
  readonly model: { readonly file: string; readonly title: string; readonly heatMapMethod: HeatMapMethod };
  readonly threshold: number;
  readonly check: RandomisationCheck | null;
  readonly curves: PerturbationCurves | null;
  readonly seeds: SeedAgreement | null;
}

/** What explain.json holds: the rows, and what is needed to read them. */
export function explainedJson(
  rows: readonly ExplainedResult[],
  { model, threshold, check, curves, seeds }: ExplainedFacts,
): object {
  return {
    version: 1,
    note: `Where the model looked, not where a disease is. ${researchUse}`,
    model,
    threshold,
    frames: {
      lungs: lungsFrame,
      note: "fixed frames in shares of width and height; no lungs were outlined",
      evenMap: evenShares,
    },
    randomisationCheck: check,
    curves,
    seeds,
    images: rows.map(explainedRow),
  };
}
