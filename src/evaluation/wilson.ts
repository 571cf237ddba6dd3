// Wilson's score interval for a proportion: honest near 0 and 1 and for few rows, where the textbook interval is not.
import type { Estimate, Interval } from "./estimate.js";
import { criticalValue } from "./normal-distribution.js";

/** E. B. Wilson, "Probable inference", JASA 22 (1927). null for n = 0. */
export function wilsonInterval(successes: number, n: number, level = 0.95): Interval | null {
  if (n === 0) return null;
  const z = criticalValue(level);
  const p = successes / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const low = successes === 0 ? 0 : Math.max(0, centre - half);
  const high = successes === n ? 1 : Math.min(1, centre + half);
  return { low, high, level, method: "wilson" };
}

/** A proportion with its interval; undefined (null) for n = 0. */
export function proportion(successes: number, n: number, level = 0.95): Estimate {
  return { value: n === 0 ? null : successes / n, interval: wilsonInterval(successes, n, level), n };
}
