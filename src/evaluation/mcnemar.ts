// Whether two classifiers that saw the same images err equally often: only the images where they disagree count.
// McNemar, Psychometrika 12 (1947). Prefer `midP`: the exact p is too careful, the chi-square needs many disagreements
// (Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91, 2013).
import { AppError } from "../core/errors.js";
import { isCalled } from "./confusion.js";
import { erfc } from "./normal-distribution.js";
import type { Scored } from "./prediction.js";

export interface McNemar {
  /** Images that only the first (only the second) classifier called rightly. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Two-sided exact binomial p, at most 1. */
  readonly exactP: number;
  /** The exact p with half of the observed outcome's probability on each side. */
  readonly midP: number;
  /** Chi-square with Edwards' continuity correction, (|a - b| - 1)^2 / (a + b), and its p; null without disagreement. */
  readonly chiSquare: number | null;
  readonly chiSquareP: number | null;
}

/** @throws AppError EVALUATION_INPUT where the rows do not describe the same images. */
export function mcNemar(
  a: { readonly rows: readonly Scored[]; readonly threshold: number },
  b: { readonly rows: readonly Scored[]; readonly threshold: number },
): McNemar {
  if (a.rows.length !== b.rows.length || a.rows.some((row, i) => row.label !== b.rows[i]?.label)) {
    throw new AppError("EVALUATION_INPUT", {
      place: "McNemar's test",
      rule: "both models score the same images in the same order",
      received: `${a.rows.length} and ${b.rows.length} rows with other labels`,
      remedy: "Match rows by image name first",
    });
  }
  const isRight = (row: Scored, threshold: number) => isCalled(row, threshold) === (row.label === 1);
  let onlyA = 0;
  let onlyB = 0;
  a.rows.forEach((row, i) => {
    const rightA = isRight(row, a.threshold);
    const rightB = isRight(b.rows[i] as Scored, b.threshold);
    if (rightA && !rightB) onlyA++;
    if (rightB && !rightA) onlyB++;
  });
  return mcNemarOfCounts(onlyA, onlyB);
}

/** The test from the two counts of disagreement. */
export function mcNemarOfCounts(onlyA: number, onlyB: number): McNemar {
  const n = onlyA + onlyB;
  if (n === 0) return { onlyA, onlyB, exactP: 1, midP: 1, chiSquare: null, chiSquareP: null };
  const smaller = Math.min(onlyA, onlyB);
  const probabilities = halfBinomial(n, smaller);
  const tail = probabilities.reduce((sum, p) => sum + p, 0);
  const chiSquare = (Math.abs(onlyA - onlyB) - 1) ** 2 / n;
  return {
    onlyA,
    onlyB,
    exactP: Math.min(1, 2 * tail),
    midP: Math.min(1, 2 * tail - (probabilities[smaller] as number)),
    chiSquare,
    chiSquareP: erfc(Math.sqrt(chiSquare / 2)),
  };
}

/** P(X = 0), …, P(X = last) for X ~ Binomial(n, 1/2), in logarithms so that large n does not underflow early. */
function halfBinomial(n: number, last: number): readonly number[] {
  const probabilities: number[] = [];
  let logarithm = -n * Math.LN2;
  for (let k = 0; k <= last; k++) {
    probabilities.push(Math.exp(logarithm));
    logarithm += Math.log((n - k) / (k + 1));
  }
  return probabilities;
}
