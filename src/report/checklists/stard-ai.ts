// STARD-AI, item by item, in words of our own: 40 items, some of them in parts.
import type { Checklist } from "./checklist.js";

export const stardAi: Checklist = {
  id: "stard-ai",
  title: "STARD-AI",
  citation:
    "Sounderajah V, Guni A, Liu X, et al.: The STARD-AI reporting guideline for diagnostic accuracy studies using artificial intelligence. Nature Medicine 31(10), 3283-3289, 2025. doi:10.1038/s41591-025-03953-8",
  sections: [
    {
      title: "Title, abstract, introduction",
      items: [
        { number: "1", title: "Named as a study of AI's accuracy", topics: ["identification"] },
        { number: "2", title: "Abstract", topics: ["abstract"] },
        { number: "3", title: "Background and intended use", topics: ["background", "intendedUse"] },
        { number: "4", title: "Objectives", topics: ["objectives"] },
      ],
    },
    {
      title: "Methods: design and participants",
      items: [
        { number: "5", title: "Prospective or retrospective", topics: ["studyDesign"] },
        { number: "6", title: "Ethical approval", topics: ["ethics"] },
        { number: "7", title: "Eligibility of patients and data", topics: ["eligibility"] },
        { number: "8", title: "How patients were identified", topics: ["recruitment"] },
        { number: "9", title: "Setting and dates", topics: ["setting"] },
        { number: "10", title: "Consecutive, random or convenient", topics: ["recruitment"] },
      ],
    },
    {
      title: "Methods: dataset",
      items: [
        { number: "11", title: "Source of the data", topics: ["dataSource"] },
        { number: "12", title: "Annotation", topics: ["annotators"] },
        { number: "13", title: "Devices and software", topics: ["acquisition", "software"] },
        { number: "14", title: "Acquisition and preprocessing", topics: ["acquisition", "preprocessing"] },
      ],
    },
    {
      title: "Methods: index test and reference standard",
      items: [
        { number: "15a", title: "Index test", topics: ["model"] },
        { number: "15b", title: "Its development", topics: ["partitions", "training"] },
        { number: "15c", title: "Its threshold", topics: ["threshold"] },
        { number: "15d", title: "Its users", topics: ["userExpertise"] },
        { number: "16a", title: "Reference standard", topics: ["referenceStandard"] },
        { number: "16b", title: "Reason for it", topics: ["referenceRationale"] },
        { number: "16c", title: "Its cut-offs", topics: ["referenceCutoffs"] },
        { number: "17a", title: "What the index test knew", topics: ["indexBlinding"] },
        { number: "17b", title: "What the reference standard knew", topics: ["referenceBlinding"] },
      ],
    },
    {
      title: "Methods: analysis",
      items: [
        { number: "18", title: "Statistical methods", topics: ["metrics", "uncertainty"] },
        { number: "19", title: "Indeterminate results", topics: ["indeterminate"] },
        { number: "20", title: "Missing data", topics: ["missingData"] },
        { number: "21", title: "Variability of accuracy", topics: ["robustness"] },
        { number: "22", title: "Sample size", topics: ["sampleSize"] },
        { number: "23", title: "Errors, bias and fairness", topics: ["failures", "fairness"] },
      ],
    },
    {
      title: "Results",
      items: [
        { number: "24", title: "Flow of participants", topics: ["flow"] },
        { number: "25", title: "Characteristics of each part", topics: ["demographics"] },
        { number: "26a", title: "Severity of disease", topics: ["severity"] },
        { number: "26b", title: "Other diagnoses", topics: ["severity"] },
        { number: "27", title: "Time between tests", topics: ["timing"] },
        { number: "28", title: "Like the intended population", topics: ["dataRepresentativeness"] },
        { number: "29", title: "External data: how they differ", topics: ["externalTest"] },
        { number: "30", title: "Calls by true class", topics: ["crossTabulation"] },
        { number: "31", title: "Accuracy with precision", topics: ["performance"] },
        { number: "32", title: "Adverse events", topics: ["adverseEvents"] },
      ],
    },
    {
      title: "Discussion and other",
      items: [
        { number: "33", title: "Limitations", topics: ["limitations"] },
        { number: "34", title: "Implications and role", topics: ["intendedUse", "implications"] },
        { number: "35", title: "Ethics and fairness of use", topics: ["ethics", "fairness"] },
        { number: "36", title: "Registration", topics: ["registration"] },
        { number: "37", title: "Protocol", topics: ["protocol"] },
        { number: "38", title: "Funding", topics: ["funding"] },
        { number: "39", title: "Commercial interests", topics: ["conflictsOfInterest"] },
        { number: "40a", title: "Data and code", topics: ["dataAvailability", "codeAvailability"] },
        { number: "40b", title: "Outputs stored and auditable", topics: ["audit"] },
      ],
    },
  ],
};
