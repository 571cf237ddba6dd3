// How uncertain the numbers of a calibration are, and how large its errors would be by chance if the scores were perfectly calibrated.
import { Random } from "../core/random.js";
import { type BootstrapOptions, bootstrapByPatient, bootstrapDefaults, quantile } from "./bootstrap.js";
import { type Calibration, type Claims, calibrationError, classWise, topLabel } from "./calibration.js";
import { type CalibrationLine, logit, refitLine } from "./calibration-line.js";
import { patientClusters } from "./clusters.js";
import type { Interval } from "./estimate.js";
import type { Prediction } from "./prediction.js";

/** The numbers of a calibration that have intervals. */
export type CalibrationNumber = "classWiseError" | "topLabelError" | "intercept" | "slope" | "inTheLarge";
type CalibrationErrorName = Extract<CalibrationNumber, `${string}Error`>;

/** What a calibration error is by chance alone: of the same scores with truths drawn from them. */
export interface ChanceError {
  readonly mean: number;
  /** Exceeded in 5 of 100 draws. */
  readonly high: number;
  /** Share of draws with an error at least as large as the one found. */
  readonly p: number;
}

export interface CalibrationUncertainty {
  /**
   * By bootstrap of patients; null where the number is, or where a tenth of the resamples does not have it. Those of the errors are reflected
   * at the value: each resample adds noise that makes an error larger, as these images' own noise already did.
   */
  readonly intervals: Readonly<Record<CalibrationNumber, Interval | null>>;
  readonly ifCalibrated: Readonly<Record<CalibrationErrorName, ChanceError>>;
}

/** @param found of the same rows */
export function calibrationUncertainty(
  rows: readonly Prediction[],
  found: Calibration,
  options: BootstrapOptions,
): CalibrationUncertainty {
  const claims = { classWise: classWise(rows, found.binCount), topLabel: topLabel(rows, found.binCount) };
  const { intercept, slope, inTheLarge } = found;
  const logits = Float64Array.from(rows, ({ score }) => logit(score));
  const labels = Uint8Array.from(rows, ({ label }) => label);
  // Both numbers of a resample's line come from one fit, made when the first is asked for.
  let line: CalibrationLine | null = null;
  const { classWiseError, topLabelError, ...lines } = bootstrapByPatient<CalibrationNumber>(
    rows.map(({ patient }) => patient),
    {
      classWiseError: (weights) => calibrationError(claims.classWise, weights),
      topLabelError: (weights) => calibrationError(claims.topLabel, weights),
      intercept(weights) {
        if (intercept === null || slope === null) return null;
        line = refitLine(logits, labels, "line", { intercept, slope }, weights);
        return line?.intercept ?? null;
      },
      slope: () => line?.slope ?? null,
      inTheLarge(weights) {
        if (inTheLarge === null) return null;
        const start = { intercept: inTheLarge, slope: 1 };
        return refitLine(logits, labels, "shift", start, weights)?.intercept ?? null;
      },
    },
    options,
  );
  return {
    intervals: {
      classWiseError: reflected(classWiseError, found.classWiseError),
      topLabelError: reflected(topLabelError, found.topLabelError),
      ...lines,
    },
    ifCalibrated: errorsByChance(rows, claims, found, options),
  };
}

function reflected(interval: Interval | null, value: number): Interval | null {
  if (interval === null) return null;
  return {
    ...interval,
    low: Math.max(0, 2 * value - interval.high),
    high: Math.max(value, 2 * value - interval.low),
    method: "reflected-bootstrap-by-patient",
  };
}

/**
 * Consistency resampling (Broecker and Smith, Weather and Forecasting 22, 2007): an image with a score of 0.8 is made pneumonia in 80 of
 * 100 draws. One chance decides for all images of a patient, who is ill or not, so that their truths go together.
 */
function errorsByChance(
  rows: readonly Prediction[],
  claims: Readonly<Record<"classWise" | "topLabel", Claims>>,
  found: Calibration,
  { seed, resamples = bootstrapDefaults.resamples }: BootstrapOptions,
): CalibrationUncertainty["ifCalibrated"] {
  const { of, count } = patientClusters(rows);
  const random = Random.of(seed, "calibrated truths");
  const chances = new Float64Array(count);
  const scores = claims.classWise.claimed;
  const ill = new Uint8Array(rows.length);
  const right = new Uint8Array(rows.length);
  const drawn = { classWise: { ...claims.classWise, isTrue: ill }, topLabel: { ...claims.topLabel, isTrue: right } };
  const errors = { classWise: new Float64Array(resamples), topLabel: new Float64Array(resamples) };
  for (let r = 0; r < resamples; r++) {
    for (let k = 0; k < count; k++) chances[k] = random.uniform();
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i] as number;
      const isIll = (chances[of[i] as number] as number) < score;
      ill[i] = Number(isIll);
      right[i] = Number(score >= 0.5 === isIll);
    }
    errors.classWise[r] = calibrationError(drawn.classWise) ?? 0;
    errors.topLabel[r] = calibrationError(drawn.topLabel) ?? 0;
  }
  return {
    classWiseError: chanceError(errors.classWise, found.classWiseError),
    topLabelError: chanceError(errors.topLabel, found.topLabelError),
  };
}

function chanceError(errors: Float64Array, found: number): ChanceError {
  const sorted = errors.sort();
  return {
    mean: sorted.reduce((sum, error) => sum + error, 0) / sorted.length,
    high: quantile(sorted, 0.95),
    p: (1 + sorted.filter((error) => error >= found).length) / (1 + sorted.length),
  };
}
