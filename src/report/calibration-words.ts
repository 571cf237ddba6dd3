// What calibration and predictive values say, for report, card and terminal.
import { formatEstimate, formatValue, type Interval } from "../evaluation/estimate.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import { percent, proportion, pValue } from "./numbers.js";

type Calibration = Evaluation["calibration"];

/** Each number with its interval, and beside the errors what they would be by chance. */
export function calibrationRows({ calibration }: Pick<Evaluation, "calibration">): readonly (readonly string[])[] {
  const { intervals, ifCalibrated } = calibration;
  const row = (title: string, name: keyof Calibration["intervals"], byChance: string) => [
    title,
    withInterval(calibration[name], intervals[name], name.endsWith("Error") ? 3 : 2),
    byChance,
  ];
  const chance = ({ mean, high, p }: Calibration["ifCalibrated"]["classWiseError"]) =>
    `mean ${proportion(mean)}, 95% below ${proportion(high)}; p ${pValue(p)}`;
  return [
    row("Calibration slope", "slope", "1"),
    row("Calibration intercept", "intercept", "0"),
    row("Intercept at slope 1 (in the large)", "inTheLarge", "0"),
    row("Calibration error (ECE), class-wise", "classWiseError", chance(ifCalibrated.classWiseError)),
    row("Calibration error (ECE), top label", "topLabelError", chance(ifCalibrated.topLabelError)),
  ];
}

export const calibrationColumns = (level: string): readonly string[] => [
  "Calibration",
  `Value (${level} interval)`,
  "If the scores were calibrated",
];

/** What the rows mean. */
export const calibrationNote =
  "The class-wise expected calibration error compares P(pneumonia) with the share of pneumonia, over 10 bins of equal width; the top-label error the likelier class's score with how often it is right. " +
  "Both are above 0 by chance alone; what they would be with as many images and calibrated scores is drawn from the scores, one chance for each patient.";

/** One sentence: whether the scores can be read as probabilities. */
export function calibrationVerdict({ calibration }: Pick<Evaluation, "calibration">): string {
  const { slope, intervals, ifCalibrated, classWiseError } = calibration;
  const isOff = ifCalibrated.classWiseError.p < 0.05;
  const tendency = slopeText(intervals.slope);
  const error = `Class-wise calibration error ${proportion(classWiseError)}, where calibrated scores would have up to ${proportion(ifCalibrated.classWiseError.high)} by chance: ${isOff ? "these scores are no probabilities here" : "these images do not show that the scores are off"}.`;
  return slope === null ? error : `${error} Slope ${withInterval(slope, intervals.slope, 2)}${tendency}.`;
}

function slopeText(interval: Interval | null): string {
  if (interval === null) return "";
  if (interval.high < 1) return ": scores are too extreme";
  return interval.low > 1 ? ": scores are too timid" : "";
}

function withInterval(value: number | null, interval: Interval | null, digits: number): string {
  return formatEstimate({ value, interval, n: 0 }, digits);
}

/** Where pneumonia is as common as stated; columns as `predictiveColumns`. */
export function predictiveRows({
  predictiveValues,
}: Pick<Evaluation, "predictiveValues">): readonly (readonly string[])[] {
  return (predictiveValues ?? []).map(({ prevalence, ppv, npv }) => [
    percent(prevalence, 0),
    formatEstimate(ppv),
    formatEstimate(npv),
  ]);
}

export const predictiveColumns = [
  "Share of pneumonia",
  "Positive predictive value",
  "Negative predictive value",
] as const;

/** Bayes' rule at a share that a reader can picture. */
export function prevalenceExample({ predictiveValues, settings }: Evaluation): string {
  const at = predictiveValues?.find(({ prevalence }) => prevalence === 0.1);
  if (at === undefined || at.ppv.value === null) return "";
  const { value, interval } = at.ppv;
  const range =
    interval === null
      ? ""
      : ` (${percent(settings.level, 0)} interval ${formatValue(100 * interval.low, 0)} to ${formatValue(100 * interval.high, 0)}%)`;
  return `Where 10% of the images show pneumonia and sensitivity and specificity are as here, ${percent(value, 0)} of the positive answers are right${range}.`;
}
