// What a model's contract says about its score, in words for the page. Every proportion comes with its interval and n.
import { missedTarget } from "../core/threshold-origin.js";
import type { MeasuredValue } from "../model/measured-operation.js";
import { agesText, type ModelContract, trainedAges } from "../model/model-contract.js";

/** "97.4% (95.3–98.6, n = 390)" */
export function proportionText({ value, low, high, n }: MeasuredValue): string {
  if (value === null) return `not known (n = ${n})`;
  const percent = (share: number) => (100 * share).toFixed(1);
  const interval = low === null || high === null ? "" : `${percent(low)}–${percent(high)}, `;
  return `${percent(value)}% (${interval}n = ${n})`;
}

/** "0.965 (0.951–0.979)" */
export function aucText({ value, low, high }: MeasuredValue): string {
  if (value === null) return "not known";
  return low === null || high === null
    ? value.toFixed(3)
    : `${value.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
}

/** A sentence part: "at least 95% sensitivity, chosen on the validation images". */
export function policyText(threshold: ModelContract["threshold"]): string {
  const { policy, chosenOn, givenBy } = threshold;
  if (givenBy !== undefined) return `${policy}, given by the user, origin unknown`;
  const missed = missedTarget(threshold);
  const target = /^(sensitivity|specificity)=(.+)$/.exec(policy);
  const rule =
    target !== null
      ? `at least ${Number((100 * Number(target[2])).toFixed(1))}% ${target[1]}`
      : policy === "youden"
        ? "the greatest sum of sensitivity and specificity"
        : Number.isFinite(Number(policy))
          ? `fixed at ${policy}`
          : policy;
  if (chosenOn === null) return `${rule}, before any data was seen`;
  return `${missed === undefined ? rule : `${policy}, ${missed}`}, chosen on the ${chosenOn} images`;
}

/** Whom the model learnt from, and so whom its scores are not for. */
export function trainedOnSentence(trainedOn: ModelContract["trainedOn"]): string {
  if (trainedOn.kind === "synthetic") return "Trained on drawn phantoms; not for patients.";
  const ages = trainedAges(trainedOn);
  if (ages === null) return "The ages of the patients that it was trained on are not stated.";
  return `Trained on patients of ${agesText(ages)}; not for others.`;
}

/** Four digits, never rounded up to 1 or down to 0. */
export function scoreText(score: number): string {
  if (score > 0 && score < 0.0001) return "< 0.0001";
  if (score < 1 && score > 0.9999) return "> 0.9999";
  return score.toFixed(4);
}
