// A number with what a reader needs to judge it: how many rows it stands on and how uncertain it is.

/**
 * How an interval was made: Wilson's score interval over images, or over the number of independent ones that a set of patients amounts to;
 * a percentile bootstrap over patients, or one reflected at the value (of what resampling only makes larger); the normal
 * distribution with DeLong's, Obuchowski's or a sum over patients' variance.
 */
export type IntervalMethod =
  | "wilson"
  | "wilson-by-patient"
  | "bootstrap-by-patient"
  | "reflected-bootstrap-by-patient"
  | "delong"
  | "obuchowski"
  | "normal-by-patient";

/** A two-sided confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Confidence level, e.g. 0.95. */
  readonly level: number;
  readonly method: IntervalMethod;
  /** Of "wilson-by-patient": how many images count for one, because those of a patient go together; at least 1. */
  readonly designEffect?: number;
}

/** A metric's value. `null` means undefined (nothing to divide by): it is shown as "–", never as 0 and never as NaN. */
export interface Estimate {
  readonly value: number | null;
  readonly interval: Interval | null;
  /** The rows in the denominator: 390 for the sensitivity over 390 pneumonia images. */
  readonly n: number;
}

/** What stands for an undefined number in tables. */
const undefinedMark = "–";

/** A value with fixed decimals, or "–" where it is undefined. */
export function formatValue(value: number | null, digits = 3): string {
  return value === null || !Number.isFinite(value) ? undefinedMark : value.toFixed(digits);
}

/**
 * "0.923 (0.899–0.942)"; without interval "0.923"; undefined "–".
 *
 * @example
 * const { evaluation } = await evaluatePredictions("predictions.csv");
 * console.log(formatEstimate(evaluation.metrics.sensitivity));
 */
export function formatEstimate(estimate: Estimate, digits = 3): string {
  const value = formatValue(estimate.value, digits);
  if (estimate.value === null || estimate.interval === null) return value;
  return `${value} (${formatValue(estimate.interval.low, digits)}–${formatValue(estimate.interval.high, digits)})`;
}
