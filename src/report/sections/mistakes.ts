// The wrong answers the model was surest of: the part a radiologist turns to first.
import type { ReportAssets } from "../assets.js";
import { html } from "../html.js";
import { counted, proportion, thresholdText } from "../numbers.js";
import type { ReportInput } from "../report-input.js";
import { imageList, type Section } from "./parts.js";

/** null where no mistake's image was given. */
export function mistakesSection(
  { mistakes = [], evaluation: { test } }: ReportInput,
  assets: ReportAssets,
): Section | null {
  if (mistakes.length === 0) return null;
  const { falseNegatives, falsePositives } = test.confusion;
  const body = html`<p>At the threshold of ${thresholdText(test.threshold.value)} the model overlooked ${counted(falseNegatives, "pneumonia")}
 and gave ${counted(falsePositives, "false alarm")}. These are the ${counted(mistakes.length, "mistake")} whose scores lie furthest on the wrong side.
 Look for what they share: exposure, pose, lines and tubes, letters in the corner, or a label that may itself be wrong.</p>
${imageList(
  mistakes.map((mistake, i) => ({
    uri: assets.mistakes[i] ?? "",
    alt: `Chest radiograph, labelled ${mistake.label === 1 ? "pneumonia" : "normal"}, scored ${proportion(mistake.score)}`,
    strong: mistake.label === 1 ? "Missed pneumonia" : "False alarm",
    lines: [`P(pneumonia) ${proportion(mistake.score)}`, mistake.name],
  })),
)}`;
  return { id: "mistakes", short: "Mistakes", title: "The most confident mistakes", body };
}
