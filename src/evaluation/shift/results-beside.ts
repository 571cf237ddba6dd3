// Results here beside those that the run reached on its own test images: which have fallen by more than chance.
import type { Estimate } from "../estimate.js";
import type { OwnResult, OwnValue } from "./own-result.js";

export const measuresBeside = ["auc", "sensitivity", "specificity"] as const;

/** One measure here and on the run's own test images. */
export interface ResultBeside {
  readonly measure: (typeof measuresBeside)[number];
  /** Of the run's own test images: DeLong's interval for the AUC, Wilson's for the others. */
  readonly own: OwnValue & { readonly value: number };
  readonly here: Estimate;
  /** The whole interval here lies below the run's own value. */
  readonly isLower: boolean;
}

/** What was measured here, at which threshold. */
export interface MeasuredHere {
  readonly metrics: Readonly<Record<(typeof measuresBeside)[number], Estimate>>;
  readonly threshold: { readonly value: number };
}

/** Those that are known on both sides; sensitivity and specificity only at the model's own threshold. */
export function besideOwnResult(own: OwnResult | null, { metrics, threshold }: MeasuredHere): readonly ResultBeside[] {
  if (own === null) return [];
  return measuresBeside.flatMap((measure) => {
    const { value, low, high } = own[measure];
    const here = metrics[measure];
    const isSameThreshold = measure === "auc" || threshold.value === own.threshold;
    if (value === null || here.value === null || !isSameThreshold) return [];
    const isLower = here.interval !== null && here.interval.high < value;
    return [{ measure, own: { value, low, high }, here, isLower }];
  });
}
