// The images that a model was shown beside those it was trained on, with what its contract knows of its training and its own test.
import type { Evaluation } from "../evaluation/evaluation.js";
import type { OwnResult } from "../evaluation/shift/class-share.js";
import { compareSets, type NotDescribed, type SetComparison } from "../evaluation/shift/compare-sets.js";
import type { DescribedImage, SetDescription } from "../evaluation/shift/set-description.js";
import { type ModelContract, trainedAges } from "../model/model-contract.js";

export function shiftFrom(
  trained: SetDescription | NotDescribed,
  images: readonly DescribedImage[],
  contract: ModelContract,
  { metrics }: Pick<Evaluation, "metrics">,
): SetComparison {
  const known = { ages: trainedAges(contract.trainedOn), own: ownResult(contract) };
  return compareSets(trained, images, known, metrics.auc);
}

/** Of the run's own test images, at the model's threshold; null where they were not measured. */
function ownResult({ operation, threshold }: ModelContract): OwnResult | null {
  const tested = operation.find((measured) => measured.split === "test" && measured.threshold === threshold.value);
  if (tested === undefined) return null;
  const { auc, sensitivity, specificity, images } = tested;
  return { auc, sensitivity: sensitivity.value, specificity: specificity.value, pneumonia: sensitivity.n / images };
}
