// What a run's saved predictions say of its threshold, short enough for a model file: sensitivity, specificity and AUC
// with their intervals on test and validation: those of the report.
import { proportionByPatient } from "../evaluation/clustered-proportion.js";
import { isPositive } from "../evaluation/confusion.js";
import type { Estimate } from "../evaluation/estimate.js";
import { aucByVariance } from "../evaluation/obuchowski.js";
import type { Prediction } from "../evaluation/prediction.js";
import type { MeasuredOperation, MeasuredValue } from "../model/measured-operation.js";

/** Test before validation, those that the rows hold. @param threshold from this score on an image is called pneumonia */
export function measuredOperation(rows: readonly Prediction[], threshold: number): readonly MeasuredOperation[] {
  return (["test", "validation"] as const).flatMap((split) => {
    const ofSplit = rows.filter((row) => row.split === split);
    if (ofSplit.length === 0) return [];
    const isCalled = ({ score }: Prediction) => isPositive(score, threshold);
    const ofClass = (wanted: 0 | 1) => ofSplit.filter(({ label }) => label === wanted);
    return [
      {
        split,
        threshold,
        images: ofSplit.length,
        sensitivity: measuredValue(proportionByPatient(ofClass(1), isCalled)),
        specificity: measuredValue(proportionByPatient(ofClass(0), (row) => !isCalled(row))),
        auc: measuredValue(aucByVariance(ofSplit)),
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
