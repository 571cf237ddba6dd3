// What a model card says beyond numbers, in one place for model-card.md and the report's section: what the model is for,
// what it is not for, licences, and whom to cite. Mitchell et al., "Model Cards for Model Reporting" (2019).
import type { DatasetFacts, ReportInput } from "./report-input.js";

export interface CardFacts {
  readonly intendedUse: readonly string[];
  readonly outOfScope: readonly string[];
  readonly licences: readonly string[];
  /** Author, title, where. */
  readonly citations: readonly string[];
}

export function cardFacts({ dataset, model }: ReportInput): CardFacts {
  const { licence, origin } = model;
  return {
    intendedUse: intendedUse[dataset.kind],
    outOfScope: [
      "Any use on patients: diagnosis, triage, second reading, screening, or a decision about treatment. It is not a medical device and has not been examined as one.",
      ...outOfScope[dataset.kind],
      "Reading a heat map as the place of a disease: it shows where the model looked, for right and wrong answers alike.",
      "Reading the score as the chance that a patient has pneumonia: it depends on how common pneumonia was among the training images.",
    ],
    licences: [
      ...(licence === undefined ? [] : [`Architecture: ${licence.model}.`]),
      ...(licence?.weights == null ? [] : [`Weights that training started from: ${licence.weights}.`]),
      ...(dataset.attribution === undefined
        ? []
        : [`Data: ${dataset.attribution} Whoever passes on images of it must name the authors.`]),
    ],
    citations: [...(origin === undefined ? [] : [origin]), ...citations[dataset.kind]],
  };
}

const intendedUse: Readonly<Record<DatasetFacts["kind"], readonly string[]>> = {
  "chest-xray-pneumonia": [
    "Research and teaching: comparing networks, protocols and thresholds on a public dataset, and showing what such a model can and cannot do.",
    "Frontal chest radiographs of children of 1 to 5 years that look like those of the dataset, one image at a time, as 8-bit grey pixels.",
  ],
  synthetic: ["Trying out the software. The images are drawn by a program; the model knows nothing of patients."],
  other: ["Research and teaching on images of the same origin as those it was trained on."],
};

const outOfScope: Readonly<Record<DatasetFacts["kind"], readonly string[]>> = {
  "chest-xray-pneumonia": [
    "Adults, newborns, lateral views, other parts of the body, photographs of screens, and radiographs from other hospitals without a test of its own there.",
    "Telling bacterial from viral pneumonia, or finding anything else: every other disease counts as one of its two classes.",
  ],
  synthetic: ["Any radiograph of a patient."],
  other: ["Images of another origin, age group or view than those it was trained on."],
};

/** The data, and what the product itself rests on. */
const citations: Readonly<Record<DatasetFacts["kind"], readonly string[]>> = {
  "chest-xray-pneumonia": [
    "Kermany, Goldbaum, Cai et al.: Identifying Medical Diagnoses and Treatable Diseases by Image-Based Deep Learning. Cell 172(5), 1122-1131, 2018. doi:10.1016/j.cell.2018.02.010",
    "Kermany, Zhang, Goldbaum: Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification. Mendeley Data, v2, 2018. doi:10.17632/rscbjbr9sj.2",
  ],
  synthetic: [],
  other: [],
};
