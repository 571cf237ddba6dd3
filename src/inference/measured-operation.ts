// What a run's saved predictions say of its threshold, short enough for a model file: sensitivity, specificity and AUC
// with their intervals on test and validation.
import { confusionAt } from "../evaluation/confusion.js";
import { deLongAuc } from "../evaluation/delong.js";
import type { Estimate } from "../evaluation/estimate.js";
import type { Prediction } from "../evaluation/prediction.js";
import { proportion } from "../evaluation/wilson.js";
import type { MeasuredOperation, MeasuredValue } from "../model/measured-operation.js";

/** Test before validation, those that the rows hold. @param threshold from this score on an image is called pneumonia */
export function measuredOperation(rows: readonly Prediction[], threshold: number): readonly MeasuredOperation[] {
  return (["test", "validation"] as const).flatMap((split) => {
    const ofSplit = rows.filter((row) => row.split === split);
    if (ofSplit.length === 0) return [];
    const { truePositives, falseNegatives, falsePositives, trueNegatives } = confusionAt(ofSplit, threshold);
    return [
      {
        split,
        threshold,
        images: ofSplit.length,
        sensitivity: measuredValue(proportion(truePositives, truePositives + falseNegatives)),
        specificity: measuredValue(proportion(trueNegatives, trueNegatives + falsePositives)),
        auc: measuredValue(deLongAuc(ofSplit)),
      },
    ];
  });
}

/** An estimate as model files carry it. */
export const measuredValue = ({ value, interval, n }: Estimate): MeasuredValue => ({
  value,
  low: interval?.low ?? null,
  high: interval?.high ?? null,
  n,
});
