// What the authors of the published dataset say of it (Kermany et al., 2018), for the topics of checklists. Only for images that are known to be
// theirs by checksums: nothing here is true of any other dataset, whatever its files are called.
import type { DatasetFacts } from "../report-input.js";
import type { Answers } from "./checklist.js";

export const knownDatasetAnswers: Readonly<Partial<Record<DatasetFacts["kind"], Answers>>> = {
  "chest-xray-pneumonia": {
    studyDesign: "Retrospective, by the dataset's authors: radiographs of routine care were collected afterwards.",
    setting:
      "One hospital: Guangzhou Women and Children's Medical Center. The dates of the examinations are not published with the images.",
    eligibility:
      "By the dataset's authors: children of 1 to 5 years; low-quality and unreadable radiographs were removed.",
    acquisition: "Anterior-posterior chest radiographs of routine care; machines and exposure are not published.",
    referenceStandard:
      "The judgement of readers who looked at the radiograph itself; no microbiology is published with the labels.",
    annotators:
      "Two expert readers graded all radiographs, a third checked the evaluation set (the dataset's authors).",
    dataRepresentativeness:
      "Pneumonia is far more common than in practice (73 % of all images), and the official test images of normal lungs differ from the training ones.",
  },
};
