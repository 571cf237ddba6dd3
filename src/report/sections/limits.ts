// What the numbers do not say. The sentences on the children's dataset restate what was measured on it.
import { researchUseInFull } from "../../core/research-use.js";
import { splitByImageText } from "../../core/split-by-image.js";
import { html } from "../html.js";
import { counted } from "../numbers.js";
import type { ReportInput } from "../report-input.js";
import type { Section } from "./parts.js";

export function limitsSection(input: ReportInput): Section {
  const body = html`<p><strong>${researchUseInFull}</strong></p>
<ul>${limitLines(input).map((line) => html`<li>${line}</li>`)}</ul>`;
  return { id: "limits", short: "Limits", title: "Limits", body };
}

/** One sentence or a few each; the report's section and the model card list the same ones. */
export function limitLines(input: ReportInput): readonly string[] {
  return [
    ...(input.dataset.splitBy === "image" ? [splitByImageText] : []),
    ...datasetLimits[input.dataset.kind],
    ...thresholdLimits(input),
    ...protocolLimits[input.protocol.name],
    ...(input.limits ?? []),
    imagesLimit(input.evaluation.test.n),
  ];
}

/** What intervals do not hold. */
export const imagesLimit = (n: number): string =>
  `The intervals say how uncertain the numbers are because only ${counted(n, "image")} were tested. They do not cover another hospital, another machine or another training run with another seed.`;

/** FACTS of Kermany et al. 2018 as published, and as measured on its official split. */
export const datasetLimits: Readonly<Record<ReportInput["dataset"]["kind"], readonly string[]>> = {
  "chest-xray-pneumonia": [
    "All images are of children of 1 to 5 years from one hospital (Guangzhou Women and Children's Medical Center), taken from the front. Nothing here holds for adults, for other hospitals or for other views: a published model with an AUC of 0.95 on such images fell to 0.54 on young children of another source (Xin et al., 2021).",
    "The official test images of normal lungs differ from the training ones: a simple classifier tells the two apart from 32 x 32 pixels with an AUC of 0.90. High sensitivity with low specificity is the usual consequence, and a threshold that fits the training data may not fit the test.",
    "Labels are the judgement of two readers (a third checked the test part); no microbiology is published with them. Some are likely to be wrong.",
    "Much of the score can be had without lungs: a classifier that sees only the outer frame of the image reaches an AUC of about 0.83. A model may use markers, exposure and framing; heat maps and tests on other data are needed to tell.",
    "Patients are known only from file names. A bacterial and a viral patient of the same number may be one child.",
  ],
  synthetic: [
    "The images are drawn by a program. They show that training, evaluation and report work. They say nothing about pneumonia, and a model trained on them must not be shown a patient's image.",
  ],
  other: [
    "Nothing is known here about the origin of these images: age, view, machine and how the labels were made decide what the numbers mean.",
  ],
};

const protocolLimits: Readonly<Record<ReportInput["protocol"]["name"], readonly string[]>> = {
  sound: [
    "The protocol reads the test images once, after model, epoch and threshold are fixed. Whoever chooses between runs by these numbers makes them too good.",
  ],
  study: [
    "The study's protocol is repeated here with its weaknesses: it validates on 16 images, steers the learning rate by them, and compares models on the test images. Use the sound protocol for numbers to rely on.",
  ],
};

function thresholdLimits({ evaluation: { test } }: ReportInput): string[] {
  if (test.threshold.givenBy === "user")
    return ["The threshold was given by the user: on what it was chosen is not known, and may be these very images."];
  return test.threshold.chosenOn === null
    ? ["The threshold was not tuned to a wanted sensitivity or specificity."]
    : [
        `The threshold was chosen on ${test.threshold.chosenOn}. On images that differ from those, sensitivity and specificity shift against each other.`,
      ];
}
