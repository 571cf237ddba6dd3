// Pearson's test of whether two samples are spread alike over the same cells.
import { erfc } from "./normal-distribution.js";

/** P(X > x) of the chi-squared distribution; whole degrees of freedom, at least one. */
export function chiSquaredTail(x: number, degrees: number): number {
  if (x <= 0) return 1;
  // Each pair of degrees adds a term: Abramowitz and Stegun 26.4.4 and 26.4.5.
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? Math.sqrt((2 * x) / Math.PI) * Math.exp(-x / 2) : Math.exp(-x / 2);
  let sum = isOdd ? erfc(Math.sqrt(x / 2)) : 0;
  for (let k = isOdd ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= x / k;
  }
  return Math.min(1, sum);
}

/**
 * Without a continuity correction, as `scipy.stats.chi2_contingency(correction=False)`.
 * @param first how many of each cell; parts of a patient where several images show one
 * @param second of the same cells
 * @returns p; 1 where fewer than two cells hold anything
 */
export function homogeneityP(first: readonly number[], second: readonly number[]): number {
  const [n, m] = [first, second].map((cells) => cells.reduce((sum, count) => sum + count, 0)) as [number, number];
  let [statistic, filled] = [0, 0];
  for (const [i, count] of first.entries()) {
    const other = second[i] as number;
    if (count + other === 0) continue;
    filled++;
    statistic += (m * count - n * other) ** 2 / (count + other);
  }
  return filled < 2 ? 1 : chiSquaredTail(statistic / (n * m), filled - 1);
}
