// How an evaluation's intervals were made, and what difference its images can show, in the same words for report, card and terminal.
import { detectableDifference } from "../evaluation/detectable-difference.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import { count, counted, percent } from "./numbers.js";

/** Two or three sentences. */
export function intervalsText({ metrics, patients, settings }: Evaluation): string {
  const samples = count(settings.resamples);
  const { interval } = metrics.accuracy;
  if (interval?.method !== "wilson-by-patient") {
    const why =
      patients === null
        ? "as if no two images were of one patient, which nobody knows"
        : "each image is another patient's";
    return `Intervals of proportions are Wilson's, the AUC's is from DeLong's variance, the others from ${samples} bootstrap samples of images: ${why}.`;
  }
  return (
    `Images of one patient are not independent, so every interval is by patient: Wilson's for proportions, with images counted for as many independent ones as they are worth ` +
    `(for the accuracy ${designEffectText(interval.designEffect)}); from Obuchowski's variance for the AUC; from ${samples} bootstrap samples of patients for the others.`
  );
}

const designEffectText = (effect = 1): string => `design effect ${effect.toFixed(2)}`;

/** The same for a reader who wants to know no more. */
export function intervalsInShort({ metrics }: Pick<Evaluation, "metrics">): string {
  return metrics.accuracy.interval?.method === "wilson-by-patient"
    ? 'Intervals are by patient, because images of one patient tell less than those of several; "All measures" says how they are made.'
    : '"All measures" says how intervals are made.';
}

/** The difference that a paired test of this model and another would show; by how often the two disagree. */
export function powerText({ n, metrics }: Evaluation): string {
  const designEffect = metrics.accuracy.interval?.designEffect ?? 1;
  const found = [0.05, 0.1, 0.2].map((discordance) => {
    const difference = detectableDifference({ n, discordance, designEffect });
    const size = difference === null ? "none" : `${(100 * difference).toFixed(1)} points`;
    return `${size} where the two disagree about ${percent(discordance, 0)} of them`;
  });
  return (
    `How large a difference of accuracy from another model ${counted(n, "image")} can show: ${found.join(", ")}. ` +
    "A smaller one may be chance (a paired test at p < 0.05 finds it in fewer than 80 of 100 such test sets)."
  );
}
