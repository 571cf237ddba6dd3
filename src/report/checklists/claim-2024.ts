// CLAIM 2024, item by item, in words of our own.
import type { Checklist } from "./checklist.js";

export const claim2024: Checklist = {
  id: "claim-2024",
  title: "CLAIM 2024",
  citation:
    "Tejani AS, Klontzas ME, Gatti AA, et al.: Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024 Update. Radiology: Artificial Intelligence 6(4), e240300, 2024. doi:10.1148/ryai.240300",
  sections: [
    {
      title: "Title, abstract, introduction",
      items: [
        { number: "1", title: "Named as a study of AI, with its kind", topics: ["identification"] },
        { number: "2", title: "Abstract", topics: ["abstract"] },
        { number: "3", title: "Background and intended use", topics: ["background", "intendedUse"] },
        { number: "4", title: "Aims and hypotheses", topics: ["objectives"] },
      ],
    },
    {
      title: "Methods: design and data",
      items: [
        { number: "5", title: "Prospective or retrospective", topics: ["studyDesign"] },
        { number: "6", title: "Goal of the study", topics: ["studyGoal"] },
        { number: "7", title: "Sources of the data", topics: ["dataSource"] },
        { number: "8", title: "Inclusion and exclusion", topics: ["eligibility"] },
        { number: "9", title: "Preprocessing", topics: ["preprocessing"] },
        { number: "10", title: "Selection of subsets", topics: ["subsets"] },
        { number: "11", title: "De-identification", topics: ["deidentification"] },
        { number: "12", title: "Missing data", topics: ["missingData"] },
        { number: "13", title: "How images were acquired", topics: ["acquisition"] },
      ],
    },
    {
      title: "Methods: reference standard",
      items: [
        { number: "14", title: "Definition", topics: ["referenceStandard"] },
        { number: "15", title: "Reason for it", topics: ["referenceRationale"] },
        { number: "16", title: "Whose annotations", topics: ["annotators"] },
        { number: "17", title: "Annotation of the test set", topics: ["annotators", "referenceCutoffs"] },
        { number: "18", title: "Agreement of readers", topics: ["annotatorVariability"] },
      ],
    },
    {
      title: "Methods: partitions and size",
      items: [
        { number: "19", title: "Assignment to parts", topics: ["partitions"] },
        { number: "20", title: "What is disjoint", topics: ["disjointness"] },
        { number: "21", title: "Size of the test", topics: ["sampleSize"] },
      ],
    },
    {
      title: "Methods: model and training",
      items: [
        { number: "22", title: "Model", topics: ["model"] },
        { number: "23", title: "Software", topics: ["software"] },
        { number: "24", title: "Initial weights", topics: ["modelInitialisation"] },
        { number: "25", title: "Training", topics: ["training"] },
        { number: "26", title: "Choice of the final model", topics: ["selection"] },
        { number: "27", title: "Ensembles", topics: ["ensembling"] },
      ],
    },
    {
      title: "Methods: evaluation",
      items: [
        { number: "28", title: "Measures of performance", topics: ["metrics"] },
        { number: "29", title: "Uncertainty and significance", topics: ["uncertainty"] },
        { number: "30", title: "Robustness", topics: ["robustness"] },
        { number: "31", title: "Explainability", topics: ["explainability"] },
        { number: "32", title: "Internal data", topics: ["internalTest"] },
        { number: "33", title: "External data", topics: ["externalTest"] },
        { number: "34", title: "Registration of a trial", topics: ["registration"] },
      ],
    },
    {
      title: "Results",
      items: [
        { number: "35", title: "Included and excluded", topics: ["flow"] },
        { number: "36", title: "Patients of each part", topics: ["demographics"] },
        { number: "37", title: "Performance and its uncertainty", topics: ["performance"] },
        { number: "38", title: "Diagnostic accuracy and precision", topics: ["crossTabulation", "performance"] },
        { number: "39", title: "Wrong results analysed", topics: ["failures"] },
      ],
    },
    {
      title: "Discussion and other",
      items: [
        { number: "40", title: "Limitations", topics: ["limitations"] },
        { number: "41", title: "Implications for practice", topics: ["intendedUse", "implications"] },
        { number: "42", title: "Protocol and details", topics: ["protocol"] },
        {
          number: "43",
          title: "Availability of software, model, data",
          topics: ["codeAvailability", "dataAvailability"],
        },
        { number: "44", title: "Funding", topics: ["funding"] },
      ],
    },
  ],
};
