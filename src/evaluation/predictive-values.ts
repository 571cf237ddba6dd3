// How far one answer could be trusted where pneumonia is as common as stated: Bayes' rule with the sensitivity and specificity of
// these images. Those of the images themselves are metrics.
import { type BootstrapOptions, bootstrapTogether } from "./bootstrap.js";
import { type ConfusionMatrix, confusionAt } from "./confusion.js";
import type { Estimate } from "./estimate.js";
import type { Prediction } from "./prediction.js";

export interface PredictiveValues {
  /** Share of pneumonia, 0..1. */
  readonly prevalence: number;
  /** Share of pneumonia among those called pneumonia, and of normal lungs among the others. `n`: all images. */
  readonly ppv: Estimate;
  readonly npv: Estimate;
}

export const prevalences = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5] as const;

/** With intervals by bootstrap of patients. Null where a class is missing. */
export function predictiveValues(
  rows: readonly Prediction[],
  threshold: number,
  options: BootstrapOptions,
): readonly PredictiveValues[] | null {
  const found = atPrevalences(confusionAt(rows, threshold));
  if (found === null) return null;
  const intervals = bootstrapTogether(
    rows.map(({ patient }) => patient),
    found.length,
    (weights, values) => {
      const drawn = atPrevalences(confusionAt(rows, threshold, weights));
      for (let k = 0; k < values.length; k++) values[k] = drawn?.[k] ?? null;
    },
    options,
  );
  const estimate = (k: number): Estimate => {
    const value = found[k] ?? null;
    return { value, interval: value === null ? null : (intervals[k] ?? null), n: rows.length };
  };
  return prevalences.map((prevalence, i) => ({ prevalence, ppv: estimate(2 * i), npv: estimate(2 * i + 1) }));
}

/** Positive and negative predictive value for each prevalence in turn; null without images of a class. */
function atPrevalences({
  truePositives,
  falseNegatives,
  falsePositives,
  trueNegatives,
}: ConfusionMatrix): readonly (number | null)[] | null {
  const [positives, negatives] = [truePositives + falseNegatives, falsePositives + trueNegatives];
  if (positives === 0 || negatives === 0) return null;
  const share = (part: number, other: number) => (part + other === 0 ? null : part / (part + other));
  return prevalences.flatMap((prevalence) => {
    const [ill, well] = [prevalence / positives, (1 - prevalence) / negatives];
    return [share(ill * truePositives, well * falsePositives), share(well * trueNegatives, ill * falseNegatives)];
  });
}
