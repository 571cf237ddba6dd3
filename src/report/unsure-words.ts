// What answering "unsure" amounts to, for the terminal, the report and the model card: a table by class and what it stands on.
import { unsureText } from "../core/unsure-band.js";
import { formatEstimate } from "../evaluation/estimate.js";
import type { Abstention } from "../evaluation/unsure/abstention.js";
import { thresholdText } from "./numbers.js";

export const unsureTitle = "The third answer: unsure";

/** The first column is of names, the others are of numbers. */
export const unsureColumns = ["", "All", "Normal", "Pneumonia"] as const;

export function unsureRows({ unsure, covered, answered }: Abstention): readonly (readonly string[])[] {
  return [
    ["Left open", formatEstimate(unsure.all), formatEstimate(unsure.normal), formatEstimate(unsure.pneumonia)],
    ["Answered right or left open", "", formatEstimate(covered.normal), formatEstimate(covered.pneumonia)],
    [
      "Right, of those answered",
      formatEstimate(answered.accuracy),
      formatEstimate(answered.specificity),
      formatEstimate(answered.sensitivity),
    ],
  ];
}

/** Which scores, what was promised and on whom. */
export function unsureSentences({ scores, band }: Abstention): readonly string[] {
  const which =
    scores === null
      ? `No score is called unsure: on ${band.setOn} the threshold alone does what was asked.`
      : `Scores from ${thresholdText(scores.from)} to ${thresholdText(scores.to)} are called unsure.`;
  return [which, unsureText(band), "All other measures are of the threshold alone, as if every image were answered."];
}
