// Wilson's score interval for a proportion: honest near 0 and 1 and for few rows, where the textbook interval is not.
import { wilsonLimits } from "../core/wilson-limits.js";
import type { Estimate, Interval } from "./estimate.js";
import { criticalValue } from "./normal-distribution.js";

/** E. B. Wilson, "Probable inference", JASA 22 (1927). null for n = 0. */
export function wilsonInterval(successes: number, n: number, level = 0.95): Interval | null {
  if (n === 0) return null;
  const { low, high } = wilsonLimits(successes / n, n, criticalValue(level));
  // At the ends rounding leaves a trace.
  return { low: successes === 0 ? 0 : low, high: successes === n ? 1 : high, level, method: "wilson" };
}

/** A proportion with its interval; undefined (null) for n = 0. */
export function proportion(successes: number, n: number, level = 0.95): Estimate {
  return { value: n === 0 ? null : successes / n, interval: wilsonInterval(successes, n, level), n };
}
