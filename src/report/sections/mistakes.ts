// The wrong answers the model was surest of, and where it looked: the part a radiologist turns to first.
import type { ReportAssets } from "../assets.js";
import { heatMapCheckText } from "../heat-map-words.js";
import { html, type Markup } from "../html.js";
import { counted, percent, proportion, thresholdText } from "../numbers.js";
import type { HeatMapFacts, MistakeImage, ReportInput } from "../report-input.js";
import { imageList, imagePairs, type Section, type ShownImage } from "./parts.js";

/** null where no mistake's image was given. */
export function mistakesSection(
  { mistakes = [], heatMaps, evaluation: { test } }: Pick<ReportInput, "mistakes" | "heatMaps" | "evaluation">,
  assets: ReportAssets,
): Section | null {
  if (mistakes.length === 0) return null;
  const { falseNegatives, falsePositives } = test.confusion;
  const shown = mistakes.map((mistake, i): ShownImage => shownMistake(mistake, assets.mistakes[i] ?? ""));
  const body = html`<p>At the threshold of ${thresholdText(test.threshold.value)} the model overlooked ${counted(falseNegatives, "pneumonia")}
 and gave ${counted(falsePositives, "false alarm")}. These are the ${counted(mistakes.length, "mistake")} whose scores lie furthest on the wrong side.
 Look for what they share: exposure, pose, lines and tubes, letters in the corner, or a label that may itself be wrong.</p>
${heatMaps === undefined ? imageList(shown) : withHeatMaps(mistakes, shown, heatMaps, assets)}`;
  return { id: "mistakes", short: "Mistakes", title: "The most confident mistakes", body };
}

function shownMistake(mistake: MistakeImage, uri: string): ShownImage {
  return {
    uri,
    alt: `Chest radiograph, labelled ${mistake.label === 1 ? "pneumonia" : "normal"}, scored ${proportion(mistake.score)}`,
    strong: mistake.label === 1 ? "Missed pneumonia" : "False alarm",
    lines: [`Score ${proportion(mistake.score)}`, mistake.name],
  };
}

function withHeatMaps(
  mistakes: readonly MistakeImage[],
  shown: readonly ShownImage[],
  facts: HeatMapFacts,
  assets: ReportAssets,
): Markup {
  const pairs = shown.map((image, i) => {
    const { label, looked } = mistakes[i] as MistakeImage;
    const called = label === 1 ? "normal" : "pneumonia";
    return {
      ...image,
      beside: {
        uri: assets.lookedAt[i] ?? "",
        alt: `The same radiograph with a heat map of where the model looked for ${called}`,
      },
      lines: [...image.lines.slice(0, 1), shareText(looked, called), ...image.lines.slice(1)],
    };
  });
  return html`<p>On the right of each: <b>where the model looked</b> for the class that it called. Heat rises from violet to yellow; where nothing speaks for the call the radiograph is bare.
 It is not where a disease is: a wrong answer has a heat map as well. Made by Grad-CAM at layer ${facts.layer}, in ${facts.height} x ${facts.width} cells, so its edges are soft.</p>
${imagePairs(pairs)}
<p>The frame in which lungs usually lie is ${facts.frameText}; no lungs were outlined. Heat spread evenly would have ${percent(facts.evenShares.outsideFrame, 0)} outside it.</p>
${facts.check === undefined ? null : html`<p>${heatMapCheckText(facts.check)}</p>`}`;
}

function shareText(looked: MistakeImage["looked"], called: string): string {
  if (looked === undefined || looked.outsideFrame === null) return `No heat for ${called}`;
  return `Looked for ${called}: ${percent(looked.outsideFrame, 0)} of the heat outside the lungs' frame`;
}
