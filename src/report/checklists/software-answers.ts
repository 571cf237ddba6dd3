// What the software knows of a study from the run itself, topic by topic. It says what it did and found, and nothing of what it cannot know: that is
// the author's, or "not stated".

import { type Estimate, formatEstimate } from "../../evaluation/estimate.js";
import type { Evaluation } from "../../evaluation/evaluation.js";
import { shownMetrics } from "../../evaluation/metrics/registry.js";
import { cardFacts } from "../card-facts.js";
import { heatMapCheckText } from "../heat-map-words.js";
import { intervalsText, powerText } from "../interval-words.js";
import { count, counted, patientsText, percent } from "../numbers.js";
import { readingText } from "../reading-words.js";
import type { DatasetFacts, PartFacts, ReportInput } from "../report-input.js";
import { patientsCheck } from "../sections/data.js";
import { limitLines } from "../sections/limits.js";
import { shiftSentences } from "../shift-words.js";
import { unsureSentences } from "../unsure-words.js";
import { thresholdSentence } from "../words.js";
import type { Answers } from "./checklist.js";
import { knownDatasetAnswers } from "./known-dataset.js";
import { type TopicName, topicNames } from "./topics.js";

/** Topics of which the run tells nothing are absent. */
export function softwareAnswers(input: ReportInput): Answers {
  const known = knownDatasetAnswers[input.dataset.kind] ?? {};
  const found = topicNames.flatMap((topic) => {
    const text = [known[topic], ownAnswers[topic]?.(input)]
      .filter((part) => part !== undefined && part !== "")
      .join(" ");
    return text === "" ? [] : [[topic, text] as const];
  });
  return Object.fromEntries(found);
}

type Answer = (input: ReportInput) => string | undefined;

const ownAnswers: Readonly<Partial<Record<TopicName, Answer>>> = {
  identification: ({ model, dataset }) =>
    `Deep learning: ${model.title}, a convolutional network that tells pneumonia from normal in ${imagesText(dataset)}; accuracy is told as sensitivity, specificity and ROC AUC.`,
  abstract: abstractText,
  intendedUse: (input) => {
    const { intendedUse, outOfScope } = cardFacts(input);
    return `${intendedUse.join(" ")} Not meant for: ${outOfScope.join(" ")}`;
  },
  studyGoal: ({ training, head }) =>
    training === undefined && head === undefined
      ? "Evaluation of a model on labelled images."
      : "Development of a diagnostic model and its evaluation on held-out images of the same dataset.",
  dataSource: ({ dataset }) =>
    dataset.kind === "synthetic" ? "Phantoms drawn by a program; no patient was involved." : dataset.attribution,
  eligibility: ({ dataset }) =>
    dataset.skippedFiles.length === 0
      ? undefined
      : `The software left out ${counted(dataset.skippedFiles.length, "file")} that cannot be read or are no images; report.html names them.`,
  preprocessing: ({ methods }) => methods?.preprocessing.join(" "),
  subsets: ({ dataset }) =>
    `No images were selected by the software beyond the parts of the dataset (${partsText(dataset)}), and whole images were used: no region was cut out.`,
  missingData: ({ dataset }) =>
    `${dataset.skippedFiles.length === 0 ? "Every image could be read." : `${counted(dataset.skippedFiles.length, "file")} could not be used and ${dataset.skippedFiles.length === 1 ? "is" : "are"} left out.`} Nothing is imputed; where age, sex or other facts are not known, images form a group "not stated".`,
  partitions: ({ dataset, protocol }) =>
    `${partsText(dataset)}. ${dataset.splits.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}.`])).join(" ")} Protocol "${protocol.name}".`,
  disjointness: ({ dataset }) => {
    const { acrossSplits } = dataset.duplicates;
    const copies =
      acrossSplits === 0
        ? "No image is in two parts."
        : `${counted(acrossSplits, "group")} of equal images in more than one part.`;
    return `${splitByText[dataset.splitBy]} ${patientsCheck(dataset)} ${copies}${dataset.keptTogether === undefined ? "" : ` ${dataset.keptTogether}`}`;
  },
  sampleSize: ({ evaluation: { test } }) =>
    `All ${counted(test.n, "test image")} of ${patientsText(test.patients)} were used; the software planned no size. Reached precision: ${precisionText(test)}. ${powerText(test)}`,
  model: ({ model }) =>
    `${model.description ?? model.title} Input: ${model.inputText ?? "as its contract says"}. ${count(model.parameters.total)} parameters, ${count(model.parameters.trainable)} of them trained; report.html lists every layer.${model.origin === undefined ? "" : ` Architecture: ${model.origin}.`}`,
  software: ({ environment, run }) =>
    `Pneumoscope ${run.version}; ${Object.entries(environment)
      .filter(([name]) => name !== "Pneumoscope")
      .map(([name, value]) => `${name} ${String(value)}`)
      .join("; ")}.`,
  modelInitialisation: ({ model }) =>
    model.weightsText === undefined ? undefined : `Weights at the start: ${model.weightsText}.`,
  training: ({ methods, protocol, augmentation, training, run }) =>
    [
      ...(methods === undefined ? [] : [methods.optimizer, methods.loss]),
      ...(augmentation === undefined ? [] : [`Augmentation: ${augmentation.description}.`]),
      ...(training === undefined ? [] : [`${counted(training.history.length, "epoch")}.`]),
      ...protocol.rules,
      ...(run.command === undefined ? [] : [`The command that repeats it: ${run.command}`]),
    ].join(" "),
  selection: ({ training, head }) => {
    if (training !== undefined) return `Epoch ${training.bestEpoch}: ${training.bestEpochRule}.`;
    return head === undefined
      ? undefined
      : `The penalty with the lowest loss on validation (C ${head.c.toPrecision(3)}).`;
  },
  ensembling: () => "None: one model.",
  classImbalance: ({ dataset: { classWeights } }) =>
    classWeights === undefined
      ? undefined
      : `Each training image counts in the loss with its class's weight n / (2 n_class): normal ${classWeights.normal.toFixed(4)}, pneumonia ${classWeights.pneumonia.toFixed(4)}. Scores were not recalibrated afterwards; the report has their calibration.`,
  threshold: ({ evaluation: { test } }) => thresholdSentence(test),
  modelOutput: ({ evaluation: { test } }) =>
    `One score from 0 to 1, the higher the more an image looks like pneumonia; it is no probability for a patient elsewhere. ${thresholdSentence(test)}`,
  indexBlinding: () =>
    "The model is given pixels alone: no clinical facts. Labels of test images are used for measuring only.",
  inputHandling: () =>
    "In use, images that cannot be read are refused; those that do not look like an upright frontal chest radiograph, or of which a DICOM header warns, are scored and flagged.",
  metrics: ({ metrics, evaluation: { test } }) =>
    `${shownMetrics(test.metrics, metrics)
      .map(({ title }) => title)
      .join(
        ", ",
      )}; calibration slope, intercept and errors; predictive values by prevalence; decision curve. Figures: ROC, precision-recall, reliability diagram, confusion matrix, histogram of scores.`,
  uncertainty: ({ evaluation: { test } }) => intervalsText(test),
  indeterminate: ({ evaluation: { test } }) =>
    test.unsure === null
      ? "The model calls every image that it can read; there is no third answer."
      : unsureSentences(test.unsure).join(" "),
  explainability: ({ heatMaps }) =>
    heatMaps === undefined
      ? undefined
      : `Heat maps by Grad-CAM at layer ${heatMaps.layer} (${heatMaps.height} x ${heatMaps.width} cells).${heatMaps.check === undefined ? "" : ` ${heatMapCheckText(heatMaps.check)}`}`,
  internalTest: ({ dataset, evaluation: { test } }) =>
    `Tested on ${counted(test.n, "image")} of ${dataset.name} that took no part in training: ${resultText(test)}.`,
  externalTest: () =>
    "None in this run: its test images belong to the dataset that it was trained on. evaluate measures the model on images of another origin.",
  trainingVersusTest: ({ shift }) => (shift === undefined ? undefined : shiftSentences(shift, "tested").join(" ")),
  updating: () => "None in this run: scores and threshold are those of the training.",
  flow: ({ dataset }) =>
    `${partsText(dataset)}; ${dataset.skippedFiles.length === 0 ? "no file was left out" : `${counted(dataset.skippedFiles.length, "file")} left out`} by the software.`,
  demographics: ({ methods }) => {
    const parts = methods?.parts.filter(({ ages, sexes }) => ages !== null || sexes !== null) ?? [];
    return parts.length === 0 ? undefined : parts.map(partText).join(" ");
  },
  crossTabulation: ({ evaluation: { test } }) => {
    const { truePositives, falseNegatives, falsePositives, trueNegatives } = test.confusion;
    return `Of ${count(test.positives)} images of pneumonia ${count(truePositives)} were called pneumonia and ${count(falseNegatives)} normal; of ${count(test.negatives)} normal ones ${count(trueNegatives)} normal and ${count(falsePositives)} pneumonia.`;
  },
  performance: ({ evaluation: { test } }) =>
    `${resultText(test)}. All measures with intervals: report.html, metrics.json.`,
  subgroups: ({ evaluation: { test } }) => {
    const dimensions = [...new Set(test.subgroups.map(({ dimension }) => dimension))];
    return dimensions.length === 0
      ? undefined
      : `By ${dimensions.join(", ")}: report.html, "Parts of the test images".`;
  },
  clusters: ({ evaluation: { test } }) =>
    test.subgroups.some(({ dimension }) => dimension === "source")
      ? 'By source of the images: report.html, "Parts of the test images".'
      : undefined,
  failures: ({ evaluation: { test }, mistakes = [] }) =>
    `${counted(test.confusion.falseNegatives, "pneumonia image")} missed and ${counted(test.confusion.falsePositives, "normal image")} called pneumonia.${mistakes.length === 0 ? "" : ` The ${count(mistakes.length)} of which the model was surest are shown in report.html.`}`,
  modelAccess: ({ model }) =>
    `${model.filesText === undefined ? "The run's folder" : `Files of the run: ${model.filesText}`}.`,
  limitations: (input) => limitLines(input).join(" "),
  protocol: ({ reading }) => (reading === undefined ? undefined : readingText(reading)),
  dataAvailability: ({ dataset }) => (dataset.attribution === undefined ? undefined : `Public: ${dataset.attribution}`),
  codeAvailability: ({ model, run }) =>
    `Software: Pneumoscope ${run.version}, Apache-2.0. ${model.licence === undefined ? "" : `Architecture: ${model.licence.model}.`} Whether the trained model is published is the author's to state.`,
  audit: () =>
    "Every score of the test is kept in predictions.csv, from which every number derives; readings of the test are in a chained ledger.",
};

const splitByText: Readonly<Record<DatasetFacts["splitBy"], string>> = {
  patient: "Parts are disjoint by patient.",
  image: "Parts are disjoint by image only: patients are not known.",
  official: "Parts are those of the dataset's publishers.",
};

const imagesText = ({ kind, name }: DatasetFacts): string =>
  kind === "synthetic" ? `synthetic phantoms ("${name}")` : `chest radiographs of ${name}`;

const partsText = ({ splits }: DatasetFacts): string =>
  splits
    .map(
      ({ name, normal, pneumonia, patients }) =>
        `${name}: ${count(normal)} normal and ${count(pneumonia)} pneumonia images of ${patientsText(patients)}`,
    )
    .join("; ");

function resultText({ metrics: { sensitivity, specificity, auc, accuracy } }: Evaluation): string {
  const shown: readonly (readonly [string, Estimate])[] = [
    ["sensitivity", sensitivity],
    ["specificity", specificity],
    ["ROC AUC", auc],
    ["accuracy", accuracy],
  ];
  return shown.map(([name, estimate]) => `${name} ${formatEstimate(estimate)}`).join(", ");
}

/** Half the width of an interval is what a reader calls precision. */
function precisionText({ metrics: { sensitivity, specificity, auc }, settings }: Evaluation): string {
  const half = ({ interval }: Estimate) =>
    interval === null ? "unknown" : `± ${percent((interval.high - interval.low) / 2)}`;
  return `sensitivity ${half(sensitivity)}, specificity ${half(specificity)}, AUC ${half(auc)} (half the ${percent(settings.level, 0)} interval)`;
}

function partText({ name, images, ages, sexes }: PartFacts): string {
  const age =
    ages === null
      ? "ages not stated"
      : `median age ${years(ages.median)} (${years(ages.lowest)} to ${years(ages.highest)}, ${count(ages.known)} images)`;
  const sex =
    sexes === null
      ? "sex not stated"
      : Object.entries(sexes)
          .map(([which, n]) => `${which} ${count(n)}`)
          .join(", ");
  return `${name} (${counted(images, "image")}): ${age}; ${sex}.`;
}

const years = (value: number): string => `${Number(value.toFixed(1))}`;

function abstractText(input: ReportInput): string {
  const { model, dataset, evaluation, protocol } = input;
  const { test } = evaluation;
  return [
    `Methods: ${model.title} was trained by the ${protocol.name} protocol on ${imagesText(dataset)} (${partsText(dataset)}).`,
    `${splitByText[dataset.splitBy]} ${thresholdSentence(test)}`,
    `Results: on ${counted(test.n, "test image")} of ${patientsText(test.patients)}, ${resultText(test)} (95 % intervals).`,
    "Conclusions: for research only; the results hold for images like these.",
  ].join(" ");
}
