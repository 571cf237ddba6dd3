// What a model's answers would be worth to someone who weighs a missed pneumonia against false alarms in a stated way: net benefit over
// threshold probabilities (Vickers and Elkin, Medical Decision Making 26, 2006).
import { type BootstrapOptions, bootstrapTogether } from "./bootstrap.js";
import type { Interval } from "./estimate.js";
import type { Prediction } from "./prediction.js";

export interface DecisionPoint {
  /**
   * The chance of pneumonia from which somebody would act, and with it the weight: threshold / (1 - threshold) false alarms are as
   * bad as one pneumonia found is good. Images with at least this score count as called.
   */
  readonly threshold: number;
  /** True positives less weighted false positives, of all images; at most the share of pneumonia. */
  readonly netBenefit: number;
  /** By bootstrap of patients. */
  readonly interval: Interval | null;
  /** Of calling every image pneumonia; calling none is worth 0. */
  readonly ofCallingAll: number;
}

/** 0.05, 0.10 … 0.95. */
const thresholds = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/** The scores are taken as probabilities: what is wrong with their calibration is wrong here too. Null where a class is missing. */
export function decisionCurve(rows: readonly Prediction[], options: BootstrapOptions): readonly DecisionPoint[] | null {
  if (!rows.some(({ label }) => label === 0) || !rows.some(({ label }) => label === 1)) return null;
  // How many of the thresholds a row's score reaches.
  const reached = Uint8Array.from(rows, ({ score }) => thresholds.filter((threshold) => score >= threshold).length);
  const labels = Uint8Array.from(rows, ({ label }) => label);
  const benefits = (weights: ArrayLike<number>, values: (number | null)[]) => {
    const found = [new Float64Array(thresholds.length + 1), new Float64Array(thresholds.length + 1)] as const;
    let total = 0;
    for (let i = 0; i < labels.length; i++) {
      const weight = weights[i] as number;
      const ofLabel = labels[i] === 1 ? found[1] : found[0];
      const place = reached[i] as number;
      ofLabel[place] = (ofLabel[place] as number) + weight;
      total += weight;
    }
    let [falsePositives, truePositives] = [0, 0];
    for (let k = thresholds.length; k >= 1; k--) {
      falsePositives += found[0][k] as number;
      truePositives += found[1][k] as number;
      const threshold = thresholds[k - 1] as number;
      values[k - 1] = (truePositives - falsePositives * (threshold / (1 - threshold))) / total;
    }
  };
  const values: (number | null)[] = [];
  benefits(new Uint8Array(rows.length).fill(1), values);
  const intervals = bootstrapTogether(
    rows.map(({ patient }) => patient),
    thresholds.length,
    benefits,
    options,
  );
  const share = rows.filter(({ label }) => label === 1).length / rows.length;
  return thresholds.map((threshold, k) => ({
    threshold,
    netBenefit: values[k] as number,
    interval: intervals[k] ?? null,
    ofCallingAll: share - (1 - share) * (threshold / (1 - threshold)),
  }));
}
