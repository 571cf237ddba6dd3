// Points of the ROC curve that papers quote: sensitivity at a wanted specificity and the other way round.
import type { RocPoint } from "./roc.js";

export interface OperatingPoint {
  readonly wanted: "sensitivity" | "specificity";
  readonly target: number;
  readonly sensitivity: number;
  readonly specificity: number;
  /** null: above every score. */
  readonly threshold: number | null;
}

/** The point with at least `target` of the wanted one and then the most of the other. */
export function operatingPoint(
  curve: readonly RocPoint[],
  wanted: OperatingPoint["wanted"],
  target: number,
): OperatingPoint {
  const points = curve.map(({ truePositiveRate, falsePositiveRate, threshold }) => ({
    wanted,
    target,
    sensitivity: truePositiveRate,
    specificity: 1 - falsePositiveRate,
    threshold,
  }));
  const other = wanted === "sensitivity" ? "specificity" : "sensitivity";
  // Every curve holds (0, 0) and (1, 1), so a point that reaches the target exists. 1 - rate may lose the last bit.
  return points
    .filter((point) => point[wanted] >= target - 1e-12)
    .reduce((a, b) => (b[other] > a[other] || (b[other] === a[other] && b[wanted] > a[wanted]) ? b : a));
}
