// The end of a training, whatever was trained: validation and test are scored once, the threshold is chosen, and everything
// that derives from the predictions is written.
import { basename } from "node:path";
import { packageVersion } from "../core/package.js";
import type { RunPaths } from "../core/run-folder.js";
import { thresholdOrigin } from "../core/threshold-origin.js";
import { countSamples } from "../dataset/data-summary.js";
import type { Sample } from "../dataset/sample.js";
import { evaluate } from "../evaluation/evaluate.js";
import { writeMetrics } from "../evaluation/metrics-file.js";
import type { Prediction } from "../evaluation/prediction.js";
import { writePredictions } from "../evaluation/predictions-file.js";
import { describeReference } from "../evaluation/shift/describe-reference.js";
import { describeSet } from "../evaluation/shift/set-description.js";
import { chooseThreshold, type ThresholdChoice } from "../evaluation/threshold.js";
import { measuredOperation } from "../inference/measured-operation.js";
import { completeContract, type ModelContract } from "../model/model-contract.js";
import type { StoredContract } from "../model/stored-contract.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import type { MistakeImage, ReportInput } from "../report/report-input.js";
import { writeReport } from "../report/write-report.js";
import { augmentations } from "../training/augmentations/registry.js";
import type { ProtocolRules } from "../training/protocol.js";
import { bandOf } from "./band-of.js";
import { describedImages, everyLoadedImage, type ImagesToDescribe, withScores } from "./described-images.js";
import type { Environment } from "./environment.js";
import { methodFacts } from "./method-facts.js";
import { mistakeImages } from "./mistake-images.js";
import type { PreparedData } from "./prepare-data.js";
import { provenanceOf, writeProvenance } from "./provenance-file.js";
import {
  augmentationPreview,
  datasetFacts,
  isStudyTest,
  ruleSentences,
  sampleImages,
  studyComparison,
} from "./report-facts.js";
import type { RunEvent } from "./run-events.js";
import { everyImage } from "./score-samples.js";
import type { RunSettings } from "./settings.js";
import { shiftFrom } from "./shift-from.js";
import { type LabelledPixels, thumbnailFloor } from "./shortcut-floor.js";
import { toldSettings } from "./test-ledger/frozen-protocol.js";
import { recordReading } from "./test-ledger/record-reading.js";
import { testSetOf } from "./test-ledger/test-set.js";
import { tellingSettings, trainingCommand } from "./training-command.js";
import { trainingSetKey, writeTrainingSet } from "./training-set-file.js";

export interface FinishOptions {
  readonly paths: RunPaths;
  readonly settings: RunSettings;
  readonly entry: ZooEntry;
  readonly rules: ProtocolRules;
  readonly data: PreparedData;
  readonly model: FinishedTraining;
  readonly environment: Environment;
  readonly createdAt: Date;
  /** Absolute; the ledger of test readings lies beside it. */
  readonly cacheFolder: string;
  readonly onProgress: (done: number, total: number) => void;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal;
  /** Called before a file is replaced. @throws AppError when the folder is not this process's any more */
  readonly requireHeld: () => Promise<void>;
}

/** What a run's end needs of what was trained. */
export interface FinishedTraining {
  /** Before a threshold is chosen. */
  readonly contract: StoredContract;
  /** Each image once; a signal is heard in `onProgress`. */
  score(onProgress: (done: number, total: number) => void): Promise<ScoredParts>;
  /** Writes the model's files. */
  write(stored: StoredContract, contract: ModelContract): Promise<void>;
  /** The mistakes with their heat maps. */
  look(mistakes: readonly MistakeImage[], contract: ModelContract): Promise<Pick<ReportInput, "mistakes" | "heatMaps">>;
  /** What the report says of it and of its training. */
  facts(stored: StoredContract): Pick<ReportInput, "model" | "training" | "head">;
}

export interface ScoredParts {
  readonly validationRows: readonly Prediction[];
  readonly testRows: readonly Prediction[];
}

/**
 * Writes predictions.csv, training-set.json, metrics.json, provenance.json, model.onnx, report.html, model-card.md and figures, and
 * the threshold into weights/best.h5. The report comes last: a run without one is evaluated again by `--resume`.
 * @throws AppError TRAINING_INTERRUPTED when the signal fires before the last files are written
 */
export async function finishRun(options: FinishOptions): Promise<void> {
  const { paths, settings, data, model, signal } = options;
  signal.throwIfAborted();
  const { testImages } = data;
  const { contract } = model;
  const { validationRows, testRows } = await model.score((done, total) => {
    signal.throwIfAborted();
    options.onProgress(done, total);
  });
  const threshold = chooseThreshold(settings.threshold, validationRows, "validation");
  const reading = await readingOf(options, threshold);
  options.emit({ type: "test read", reading });
  const asValidation = validationRows.map((row) => ({ ...row, split: "validation" as const }));
  await options.requireHeld();
  await writePredictions(paths.predictions, [...asValidation, ...testRows]);

  // The best epoch of a run that an older version began carries that version's checksum.
  const trainedOn = { ...contract.trainedOn, sha256: data.fingerprint.files };
  const reference = describeReference(
    withScores(describedImages(validationImages(data)), validationRows),
    "validation",
  );
  const unsure = bandOf(settings, validationRows);
  const final: StoredContract = { ...contract, threshold, reference, ...(unsure && { unsure }), trainedOn };
  const forOnnx = completeContract(final, options.entry, {
    operation: measuredOperation([...asValidation, ...testRows], threshold.value),
    precision: "float32",
    productVersion: packageVersion(),
  });
  await model.write(final, forOnnx);
  signal.throwIfAborted();
  const test = evaluate(testRows, { threshold, unsure });
  const validation = evaluate(validationRows, { threshold, unsure });
  const trainingSet = describeSet(describedImages(trainingImages(data)), settings.seed);
  await writeTrainingSet(paths.trainingSet, trainingSetKey(final), trainingSet);
  signal.throwIfAborted();
  const tested = {
    images: describedImages(everyLoadedImage(testImages)),
    rows: testRows,
    kind: data.dataset.kind,
    evaluation: test,
  };
  const shift = shiftFrom(trainingSet, tested, forOnnx);
  await writeMetrics(paths.metrics, { ...test, shift, reading });
  const facts = model.facts(final);
  await writeProvenance(paths.provenance, provenanceOf(contract.weights, data, facts.head));
  signal.throwIfAborted();

  const mistakes = mistakeImages(test, testImages);
  const looked = await model.look(mistakes, forOnnx);
  signal.throwIfAborted();
  const input = { ...reportInput(options, facts, { test, validation }, testRows, looked), shift, reading };
  await writeReport(paths.folder, input, signal);
}

/** Written down before the first number of the test is. */
function readingOf({ data, settings, entry, cacheFolder, paths }: FinishOptions, threshold: ThresholdChoice) {
  return recordReading(
    {
      by: "train",
      test: testSetOf(data.testImages),
      model: { title: entry.title },
      settings: toldSettings(settings),
      threshold: { value: threshold.value, origin: thresholdOrigin(threshold) },
    },
    { cacheFolder, runFolder: paths.folder },
  );
}

const trainingImages = ({ trainingData, samples, sizes }: PreparedData): ImagesToDescribe => ({
  images: trainingData,
  indices: trainingData.train,
  samples,
  sizes,
});

const validationImages = (data: PreparedData): ImagesToDescribe => ({
  ...trainingImages(data),
  indices: data.trainingData.validation,
});

function reportInput(
  { settings, entry, rules, data, environment, createdAt, paths }: FinishOptions,
  facts: ReturnType<FinishedTraining["facts"]>,
  evaluation: ReportInput["evaluation"],
  testScores: ReportInput["testScores"],
  looked: Pick<ReportInput, "mistakes" | "heatMaps">,
): ReportInput {
  const { testImages } = data;
  const dataset = datasetFacts(data, settings);
  const test = {
    images: testImages,
    indices: everyImage(testImages),
    labels: testImages.loaded.map(({ label }) => label),
  };
  return {
    run: {
      name: basename(paths.folder),
      createdAt: createdAt.toISOString(),
      command: trainingCommand(settings),
      version: packageVersion(),
    },
    protocol: { name: settings.protocol, rules: ruleSentences(settings, rules) },
    ...facts,
    dataset,
    samples: sampleImages(data, settings.seed),
    augmentation: augmentationPreview(data, augmentations[settings.augmentation], settings.seed),
    evaluation,
    testScores,
    ...looked,
    floors: [thumbnailFloor(wholeTrainingPart(data), test)],
    // The study was tested on these images and no others.
    reference:
      dataset.kind === "chest-xray-pneumonia" && settings.fold === null && isStudyTest(countSamples(testImages.loaded))
        ? studyComparison(entry.study)
        : undefined,
    settings: tellingSettings(settings),
    environment,
    methods: methodFacts(data, settings, rules.scaling.title),
  };
}

/** All of train/, or all folds but one: a floor learns from them whichever part validates, so that it is one for all runs. */
function wholeTrainingPart({ trainingData, samples }: PreparedData): LabelledPixels {
  const indices = Int32Array.from([...samples.keys()].filter((i) => samples[i]?.split === "train"));
  return { images: trainingData, indices, labels: Array.from(indices, (i) => (samples[i] as Sample).label) };
}
