// Everything that the guidelines ask, each once: what study.yaml may say, by the names that it uses. A new topic is a line here; a test holds
// the list against docs/checklists.md.

/** What each topic is about, as help for whoever writes study.yaml. */
export const topics = {
  // Title, abstract, introduction
  identification: "kind of study and of model, and its measure of accuracy",
  abstract: "design, methods, results and conclusions in short",
  background: "the clinical question, how it is answered today, earlier models",
  healthInequalities: "known differences between sociodemographic groups",
  intendedUse: "what the model is for, for whom, and at which point of care",
  objectives: "aims and hypotheses",
  // Design and ethics
  studyDesign: "prospective or retrospective",
  studyGoal: "development, evaluation, feasibility, non-inferiority, …",
  ethics: "ethics committee, its decision, consent or why it is waived",
  registration: "registry and number, or that there is none",
  protocol: "where the protocol can be read",
  patientInvolvement: "how patients and the public took part, or that they did not",
  // Participants and data
  dataSource: "where the images come from and why these",
  setting: "hospitals, places, and dates of the first and last examination",
  eligibility: "criteria of inclusion and exclusion, of patients and of images, in their order",
  recruitment: "how patients were found: by symptoms, results, a registry; consecutive, random or convenient",
  treatments: "treatments before the examination",
  acquisition: "machines with manufacturer and model, view, exposure",
  preprocessing: "what is done to the images before the model sees them",
  subsets: "parts of the data or of the images that were selected, and by whom",
  deidentification: "how identifying data were removed",
  missingData: "how missing images, labels and facts were handled",
  dataRepresentativeness: "whether the images are like those that the model is meant for",
  // Reference standard
  referenceStandard: "how pneumonia was determined, to be repeated by others",
  referenceRationale: "why so, where there are other ways",
  referenceCutoffs: "what counted as pneumonia, set beforehand or afterwards",
  annotators: "who labelled the images, with their experience, and how",
  annotatorVariability: "agreement between and within readers, and what was done where they disagreed",
  referenceBlinding: "what those who labelled knew of clinical facts and of the model's score",
  timing: "time and treatment between radiograph and reference standard",
  // Partitions and size
  partitions: "how images were assigned to training, validation and test",
  disjointness: "what is never in two parts: image, examination or patient",
  sampleSize: "the intended size and how it was found",
  // Model
  model: "architecture, inputs and outputs",
  software: "software with versions",
  modelInitialisation: "what the weights start from",
  training: "augmentation, loss, optimizer, all settings",
  selection: "how the final model was chosen",
  ensembling: "how several models are combined, or that none are",
  classImbalance: "what was done about unequal classes",
  threshold: "the threshold, its reason and its origin",
  modelOutput: "what the score means",
  indexBlinding: "what the model knew of clinical facts and labels",
  inputHandling: "what happens to poor or missing images in use",
  userExpertise: "who uses the model and what they must know",
  // Evaluation
  metrics: "measures and figures, and why these",
  uncertainty: "intervals and tests",
  indeterminate: "what was done with unclear results",
  robustness: "analyses of sensitivity and of variability",
  explainability: "how the model's answers are explained, and how that was checked",
  fairness: "how fairness was assessed or addressed",
  internalTest: "results on data of the same origin",
  externalTest: "results on data of another origin, or why there are none",
  trainingVersusTest: "how training and test data differ",
  updating: "changes to the model after its evaluation, such as recalibration",
  // Results
  flow: "how many patients and images were included and excluded, and why",
  demographics: "age, sex and clinical facts in each part",
  severity: "how severe the disease was; other diagnoses among the normal",
  crossTabulation: "the model's calls by true class",
  performance: "accuracy with intervals",
  subgroups: "performance in parts of the patients",
  clusters: "differences between hospitals or other clusters",
  failures: "an analysis of wrong answers",
  adverseEvents: "harm by radiograph, model or reference standard",
  modelAccess: "how others can use the model",
  // Discussion, other
  limitations: "limits, sources of bias, generalisability",
  interpretation: "what the results mean beside earlier studies",
  implications: "what follows for practice",
  nextSteps: "what should be studied next",
  dataAvailability: "where the images are, and under which terms",
  codeAvailability: "where software and model are, and under which terms",
  audit: "whether outputs are stored and can be audited",
  funding: "who paid, and what they decided",
  conflictsOfInterest: "financial and other interests of the authors",
} as const;

/** What reporting guidelines ask, by the names that study.yaml uses. */
export type TopicName = keyof typeof topics;
export const topicNames = Object.keys(topics) as readonly TopicName[];

/**
 * An empty file of an author's answers: every topic of the reporting checklists, with what it is about.
 *
 * @example
 * console.log(emptyStudyFile()); // save it as study.yaml, fill it in, and give it to `fillChecklists`
 */
export function emptyStudyFile(): string {
  const line = (topic: TopicName) => `# ${topics[topic]}\n${topic}:\n`;
  const head =
    "# What reporting checklists ask of a study. Leave empty what the software answers already, or add to it.\n";
  return `${head}\n${topicNames.map(line).join("\n")}`;
}
