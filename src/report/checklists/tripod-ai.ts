// TRIPOD+AI, item by item, in words of our own: 27 items, many of them in parts.
import type { Checklist } from "./checklist.js";

export const tripodAi: Checklist = {
  id: "tripod-ai",
  title: "TRIPOD+AI",
  citation:
    "Collins GS, Moons KGM, Dhiman P, et al.: TRIPOD+AI statement: updated guidance for reporting clinical prediction models that use regression or machine learning methods. BMJ 385, e078378, 2024. doi:10.1136/bmj-2023-078378",
  sections: [
    {
      title: "Title, abstract, introduction",
      items: [
        { number: "1", title: "Title: what is predicted, and for whom", topics: ["identification"] },
        { number: "2", title: "Abstract", topics: ["abstract"] },
        { number: "3a", title: "Clinical context, earlier models", topics: ["background"] },
        { number: "3b", title: "Target population and purpose", topics: ["intendedUse"] },
        { number: "3c", title: "Known health inequalities", topics: ["healthInequalities"] },
        { number: "4", title: "Objectives", topics: ["objectives", "studyGoal"] },
      ],
    },
    {
      title: "Methods",
      items: [
        { number: "5a", title: "Sources of the data", topics: ["dataSource", "dataRepresentativeness"] },
        { number: "5b", title: "Dates", topics: ["setting"] },
        { number: "6a", title: "Setting and centres", topics: ["setting"] },
        { number: "6b", title: "Eligibility", topics: ["eligibility"] },
        { number: "6c", title: "Treatments", topics: ["treatments"] },
        { number: "7", title: "Preparation and checks of the data", topics: ["preprocessing"] },
        { number: "8a", title: "Outcome", topics: ["referenceStandard", "referenceRationale"] },
        { number: "8b", title: "Who assessed it", topics: ["annotators"] },
        { number: "8c", title: "Blinding of the outcome", topics: ["referenceBlinding"] },
        { number: "9a", title: "Choice of predictors", topics: ["model"] },
        { number: "9b", title: "Predictors defined", topics: ["preprocessing", "acquisition"] },
        { number: "9c", title: "Who assessed predictors", topics: ["indexBlinding"] },
        { number: "10", title: "Size of the study", topics: ["sampleSize"] },
        { number: "11", title: "Missing data", topics: ["missingData"] },
        { number: "12a", title: "How data were used", topics: ["partitions"] },
        { number: "12b", title: "How predictors were handled", topics: ["preprocessing"] },
        { number: "12c", title: "Model and its building", topics: ["model", "training", "selection"] },
        { number: "12d", title: "Differences between clusters", topics: ["clusters"] },
        { number: "12e", title: "Measures of performance", topics: ["metrics"] },
        { number: "12f", title: "Updating", topics: ["updating"] },
        { number: "12g", title: "How predictions were computed", topics: ["software", "modelAccess"] },
        { number: "13", title: "Class imbalance", topics: ["classImbalance"] },
        { number: "14", title: "Fairness", topics: ["fairness"] },
        { number: "15", title: "Output and threshold", topics: ["modelOutput", "threshold"] },
        { number: "16", title: "Training and test data compared", topics: ["trainingVersusTest"] },
        { number: "17", title: "Ethical approval", topics: ["ethics"] },
      ],
    },
    {
      title: "Open science, patients and public",
      items: [
        { number: "18a", title: "Funding", topics: ["funding"] },
        { number: "18b", title: "Conflicts of interest", topics: ["conflictsOfInterest"] },
        { number: "18c", title: "Protocol", topics: ["protocol"] },
        { number: "18d", title: "Registration", topics: ["registration"] },
        { number: "18e", title: "Data", topics: ["dataAvailability"] },
        { number: "18f", title: "Code", topics: ["codeAvailability"] },
        { number: "19", title: "Patients and public", topics: ["patientInvolvement"] },
      ],
    },
    {
      title: "Results",
      items: [
        { number: "20a", title: "Flow of participants", topics: ["flow"] },
        { number: "20b", title: "Their characteristics", topics: ["demographics", "setting"] },
        { number: "20c", title: "Beside the development data", topics: ["trainingVersusTest"] },
        { number: "21", title: "Numbers in each analysis", topics: ["partitions"] },
        { number: "22", title: "The model, to be used by others", topics: ["modelAccess"] },
        { number: "23a", title: "Performance", topics: ["performance", "subgroups"] },
        { number: "23b", title: "Performance across clusters", topics: ["clusters"] },
        { number: "24", title: "Results of updating", topics: ["updating"] },
      ],
    },
    {
      title: "Discussion",
      items: [
        { number: "25", title: "Interpretation", topics: ["interpretation"] },
        { number: "26", title: "Limitations", topics: ["limitations"] },
        { number: "27a", title: "Poor or missing input", topics: ["inputHandling"] },
        { number: "27b", title: "Users and their expertise", topics: ["userExpertise"] },
        { number: "27c", title: "Next steps", topics: ["nextSteps"] },
      ],
    },
  ],
};
