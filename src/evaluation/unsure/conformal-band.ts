// Which scores are called unsure: class-conditional (Mondrian) split conformal prediction. Of a new patient's image of either class the
// chance that it is answered right or left open is at least the wanted one, where patients are as exchangeable as those it was set on.
import type { OptionRule } from "../../core/check-options.js";
import { AppError } from "../../core/errors.js";
import { coverageRange, type UnsureBand } from "../../core/unsure-band.js";
import { patientClusters, patientWeights } from "../clusters.js";
import type { Prediction } from "../prediction.js";

/** What an option `unsure` may be. */
export const aCoverage: OptionRule = {
  rule: `a number from ${coverageRange.min} to ${coverageRange.max}`,
  holds: (value) => typeof value === "number" && value >= coverageRange.min && value <= coverageRange.max,
};

export interface BandOptions extends Pick<UnsureBand, "coverage" | "setOn" | "isLocal"> {}

/**
 * @param rows not those that the model learned from. A line through their logits that was fitted on them does no harm: conformal limits
 *   depend on the order of scores alone
 * @throws AppError EVALUATION_INPUT for too few patients of a class
 */
export function conformalBand(
  rows: readonly Pick<Prediction, "label" | "score" | "patient">[],
  { coverage, setOn, isLocal }: BandOptions,
): UnsureBand {
  const patients = requireCoverable(rows, coverage, setOn);
  const ofClass = (label: 0 | 1) => rows.filter((row) => row.label === label);
  return {
    coverage,
    pneumoniaFrom: -limitOf(ofClass(1), coverage, (score) => -score),
    normalUpTo: limitOf(ofClass(0), coverage, (score) => score),
    setOn,
    isLocal,
    patients,
    arePatientsKnown: rows.every(({ patient }) => patient !== null),
  };
}

/**
 * The patients of each class, if they are enough: known before anything is scored.
 * @throws AppError EVALUATION_INPUT for too few
 */
export function requireCoverable(
  rows: readonly Pick<Prediction, "label" | "patient">[],
  coverage: number,
  setOn: string,
): UnsureBand["patients"] {
  const [normal, pneumonia] = [0, 1].map(
    (label) => patientClusters(rows.filter((row) => row.label === label)).count,
  ) as [number, number];
  const fewest = Math.ceil(coverage / (1 - coverage) - 1e-9); // n with coverage (n + 1) <= n
  if (Math.min(normal, pneumonia) >= fewest) return { normal, pneumonia };
  throw new AppError("EVALUATION_INPUT", {
    place: "unsure",
    rule: `a coverage of ${coverage} takes at least ${fewest} patients of each class`,
    received: `${normal} without and ${pneumonia} with pneumonia in ${setOn}`,
    remedy: "Ask for less, or add images of more patients",
  });
}

/**
 * The smallest strangeness that so large a share of the class does not exceed, with a patient more who exceeds all. A patient counts once,
 * however many images show it: Lee, Barber and Willett, "Distribution-free inference with hierarchical data" (2023). With one image
 * of each patient it is the quantile that MAPIE takes.
 */
function limitOf(
  rows: readonly Pick<Prediction, "score" | "patient">[],
  coverage: number,
  strangeness: (score: number) => number,
): number {
  const weights = patientWeights(rows);
  const ordered = rows.map(({ score }, i) => ({ strange: strangeness(score), weight: weights[i] as number }));
  ordered.sort((a, b) => a.strange - b.strange);
  const patients = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (const { strange, weight } of ordered) {
    sum += weight;
    if (sum >= coverage * (patients + 1) - 1e-9) return strange;
  }
  return (ordered.at(-1) as { strange: number }).strange; // there are enough patients: only rounding comes here
}
