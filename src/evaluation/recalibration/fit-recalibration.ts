// How a model's scores are brought in line with local patients: logit P = intercept + slope * logit(score), where no more is
// fitted than the data can carry. Which of the two are fitted is chosen by a closed test (Vergouwe et al., "A closed testing
// procedure to select an appropriate method for updating prediction models", Statistics in Medicine 36, 2017).
import { type CalibrationLine, fitLine, logit } from "../calibration-line.js";
import { criticalValue } from "../normal-distribution.js";
import type { Prediction, Scored } from "../prediction.js";

/** What was changed: nothing, the intercept alone, or intercept and slope. */
export const recalibrationMethods = ["none", "intercept", "intercept-and-slope"] as const;
/** One of `recalibrationMethods`. */
export type RecalibrationMethod = (typeof recalibrationMethods)[number];

/** A line that leaves scores as they are has the intercept 0 and the slope 1. */
export interface RecalibrationFit extends CalibrationLine {
  readonly method: RecalibrationMethod;
}

/** Both tests are at this level. */
export const testLevel = 0.05;

/**
 * 1. The scores as they are against intercept and slope (likelihood ratio, two degrees of freedom): where these rows do not
 *    speak against the scores, nothing is changed.
 * 2. The intercept alone against both (one degree of freedom): the slope is fitted only where the intercept does not do.
 *
 * A patient counts once, however many images there are of it: each image weighs one over their number. Scores that separate
 * the classes have no slope that fits best; then the intercept is tested alone.
 * @param draws how often each row was drawn, for resampling; once when absent
 */
export function fitRecalibration(rows: readonly Prediction[], draws?: ArrayLike<number>): RecalibrationFit {
  const data = prepared(rows, draws);
  const none = { intercept: 0, slope: 1 };
  const intercept = fitMethod(data, "intercept") ?? none;
  const both = fitMethod(data, "intercept-and-slope");
  const loss = (line: CalibrationLine) => deviance(data, line);
  if (both === null || both.slope <= 0) {
    return loss(none) - loss(intercept) > criticalDrop(1)
      ? { method: "intercept", ...intercept }
      : { method: "none", ...none };
  }
  if (loss(none) - loss(both) <= criticalDrop(2)) return { method: "none", ...none };
  return loss(intercept) - loss(both) > criticalDrop(1)
    ? { method: "intercept-and-slope", ...both }
    : { method: "intercept", ...intercept };
}

/** The line that fits best when the method is given; null where none does. Draws as `fitRecalibration`. */
export function fitGivenMethod(
  method: RecalibrationMethod,
  rows: readonly Prediction[],
  draws?: ArrayLike<number>,
): CalibrationLine | null {
  return method === "none" ? { intercept: 0, slope: 1 } : fitMethod(prepared(rows, draws), method);
}

/** The row with the score that the line gives it. */
export function recalibrated<Row extends Scored>(row: Row, { intercept, slope }: CalibrationLine): Row {
  if (intercept === 0 && slope === 1) return row; // to the last bit
  return { ...row, score: 1 / (1 + Math.exp(-(intercept + slope * logit(row.score)))) };
}

interface Prepared {
  readonly logits: Float64Array;
  readonly labels: Uint8Array;
  /** Of a patient's images together: how often it was drawn. */
  readonly weights: Float64Array;
}

function prepared(rows: readonly Prediction[], draws?: ArrayLike<number>): Prepared {
  const images = new Map<string, number>();
  for (const { patient } of rows) if (patient !== null) images.set(patient, (images.get(patient) ?? 0) + 1);
  return {
    logits: Float64Array.from(rows, ({ score }) => logit(score)),
    labels: Uint8Array.from(rows, ({ label }) => label),
    weights: Float64Array.from(
      rows,
      ({ patient }, i) => (draws?.[i] ?? 1) / (patient === null ? 1 : (images.get(patient) as number)),
    ),
  };
}

const fitMethod = (
  { logits, labels, weights }: Prepared,
  method: Exclude<RecalibrationMethod, "none">,
): CalibrationLine | null => fitLine(logits, labels, method === "intercept" ? "shift" : "line", weights);

/** Minus twice the log-likelihood. */
function deviance({ logits, labels, weights }: Prepared, { intercept, slope }: CalibrationLine): number {
  return logits.reduce((sum, x, i) => {
    const z = intercept + slope * x;
    const wrong = labels[i] === 1 ? -z : z;
    return sum + 2 * (weights[i] as number) * (Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong))));
  }, 0);
}

/** The fall of the deviance that chance exceeds in `testLevel` of cases: chi squared's quantile. */
const criticalDrop = (degreesOfFreedom: 1 | 2): number =>
  degreesOfFreedom === 1 ? criticalValue(1 - testLevel) ** 2 : -2 * Math.log(testLevel);
