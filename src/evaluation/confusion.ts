// The confusion matrix at a threshold and the metrics that are counted from it. Pneumonia is the positive class.
// Where a denominator is 0 these functions return what scikit-learn returns with `zero_division=0`.
import type { Scored } from "./prediction.js";

/** Counts of images; "positive" is pneumonia. */
export interface ConfusionMatrix {
  readonly truePositives: number;
  readonly falseNegatives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
}

/** Class names in the order of the study's figures and tables: its class 0 is pneumonia. */
export const displayOrder = ["Pneumonia", "Normal"] as const;

/**
 * The rule that turns a score into a diagnosis: pneumonia where score >= threshold.
 * At 0.5 this is the study's `np.round(P(normal))`: numpy rounds half to even, so exactly 0.5 becomes its class 0, pneumonia.
 */
export const isPositive = (score: number, threshold: number): boolean => score >= threshold;

/** Whether a row is called pneumonia: at its own threshold if it has one, else at the common one. */
export const isCalled = (row: Scored, threshold: number): boolean => isPositive(row.score, row.threshold ?? threshold);

/** Counts the four outcomes. `weights` (rows' multiplicities) serves resampling. */
export function confusionAt(rows: readonly Scored[], threshold: number, weights?: ArrayLike<number>): ConfusionMatrix {
  let truePositives = 0;
  let falseNegatives = 0;
  let falsePositives = 0;
  let trueNegatives = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as Scored;
    const weight = weights === undefined ? 1 : (weights[i] as number);
    if (isCalled(row, threshold)) {
      if (row.label === 1) truePositives += weight;
      else falsePositives += weight;
    } else if (row.label === 1) falseNegatives += weight;
    else trueNegatives += weight;
  }
  return { truePositives, falseNegatives, falsePositives, trueNegatives };
}

/** [[pneumonia called pneumonia, pneumonia called normal], [normal called pneumonia, normal called normal]]. */
export function confusionRows(c: ConfusionMatrix): readonly [readonly [number, number], readonly [number, number]] {
  return [
    [c.truePositives, c.falseNegatives],
    [c.falsePositives, c.trueNegatives],
  ];
}

export interface CountMetrics {
  readonly accuracy: number;
  /** Mean recall over the classes that occur among the true labels. */
  readonly balancedAccuracy: number;
  /** Recall of pneumonia. */
  readonly sensitivity: number;
  /** Recall of normal. */
  readonly specificity: number;
  /** Positive predictive value: precision of pneumonia. */
  readonly ppv: number;
  /** Negative predictive value: precision of normal. */
  readonly npv: number;
  /** F1 of pneumonia. */
  readonly f1: number;
  /** Matthews correlation coefficient, -1..1. */
  readonly mcc: number;
}

/** All metrics of a confusion matrix; 0 where undefined, as scikit-learn with `zero_division=0`. */
export function countMetrics(c: ConfusionMatrix): CountMetrics {
  const { truePositives: tp, falseNegatives: fn, falsePositives: fp, trueNegatives: tn } = c;
  return {
    accuracy: ratio(tp + tn, tp + fn + fp + tn),
    balancedAccuracy: balancedAccuracy(c),
    sensitivity: ratio(tp, tp + fn),
    specificity: ratio(tn, tn + fp),
    ppv: ratio(tp, tp + fp),
    npv: ratio(tn, tn + fn),
    f1: ratio(2 * tp, 2 * tp + fn + fp),
    mcc: matthewsCorrelation(c),
  };
}

/** Mean of the recalls of the classes present among the true labels, as scikit-learn's `balanced_accuracy_score`. */
export function balancedAccuracy(c: ConfusionMatrix): number {
  const recalls: number[] = [];
  if (c.truePositives + c.falseNegatives > 0) recalls.push(c.truePositives / (c.truePositives + c.falseNegatives));
  if (c.trueNegatives + c.falsePositives > 0) recalls.push(c.trueNegatives / (c.trueNegatives + c.falsePositives));
  return ratio(
    recalls.reduce((sum, recall) => sum + recall, 0),
    recalls.length,
  );
}

/** Matthews correlation coefficient (Matthews, 1975); 0 where a row or column is empty, as scikit-learn. */
export function matthewsCorrelation(c: ConfusionMatrix): number {
  const { truePositives: tp, falseNegatives: fn, falsePositives: fp, trueNegatives: tn } = c;
  const product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return product === 0 ? 0 : (tp * tn - fp * fn) / Math.sqrt(product);
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
