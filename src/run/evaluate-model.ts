// How well a model does on labelled images, or what saved predictions amount to: what `evaluate` measures and writes.
import { basename, join, resolve } from "node:path";
import { aFraction, aPath, checkArgument, checkOptions, type OptionRules, oneOf } from "../core/check-options.js";
import { makeOutputFolder } from "../core/output-folder.js";
import { packageVersion } from "../core/package.js";
import type { UnsureBand } from "../core/unsure-band.js";
import type { LoadedImages } from "../dataset/load-images.js";
import { type SplitName, splitNames } from "../dataset/sample.js";
import { type Evaluation, evaluate } from "../evaluation/evaluate.js";
import { writeMetrics } from "../evaluation/metrics-file.js";
import { writePredictions } from "../evaluation/predictions-file.js";
import type { SetComparison } from "../evaluation/shift/compare-sets.js";
import type { TestReading } from "../evaluation/test-reading.js";
import { givenThreshold, studyThreshold, type ThresholdChoice } from "../evaluation/threshold.js";
import { aCoverage, conformalBand } from "../evaluation/unsure/conformal-band.js";
import { aClassifier, type Classifier } from "../inference/classifier.js";
import { type EvaluationReportInput, writeEvaluationReport } from "../report/evaluation-report.js";
import { describedImages, everyLoadedImage } from "./described-images.js";
import { mistakeImages } from "./mistake-images.js";
import {
  cacheFolderOf,
  type LabelledImages,
  labelledImagesRules,
  type ScoredSplit,
  savedSplit,
  scoreLabelled,
} from "./score-split.js";
import { shiftFrom } from "./shift-from.js";
import { beginProtocol } from "./test-ledger/begin-protocol.js";
import { type FrozenProtocol, readProtocol, requireFollowed } from "./test-ledger/frozen-protocol.js";
import { recordModelReading, runFolderOf, settingsOf } from "./test-ledger/model-reading.js";
import { testSetOf } from "./test-ledger/test-set.js";
import { trainingSetKey, trainingSetOf } from "./training-set-file.js";

/** The scores of labelled images and what they amount to. */
export interface ModelEvaluation extends ScoredSplit {
  readonly evaluation: Evaluation;
  /** How the images differ from those that the model was trained on; null for saved predictions, which have no images. */
  readonly shift: SetComparison | null;
  /** Which reading of these images it is; null for saved predictions. */
  readonly reading: TestReading | null;
  /** Absolute paths of what was written; null where no folder was asked for. */
  readonly files: { readonly predictions: string; readonly metrics: string; readonly report: string } | null;
}

interface Common {
  /** Which images: default "test". */
  readonly split?: SplitName | undefined;
  /** Scores of at least this are called pneumonia; default the model's own, for predictions alone 0.5. */
  readonly threshold?: number | undefined;
  /** Where predictions.csv, metrics.json, report.html and figures/ go: a new or empty folder, nowhere by default. */
  readonly folder?: string | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
}

/** Which labelled images are scored, and where the numbers go. */
export interface EvaluateOptions extends LabelledImages, Common {
  /** The file of a protocol that was frozen beforehand: a model, a threshold or images that are not its are refused. */
  readonly frozenProtocol?: string | undefined;
}

/** Which rows of the file are measured, at which threshold. */
export interface EvaluatePredictionsOptions extends Common {
  /** Lends its threshold, and the band of scores in which it answers "unsure" if it has one. */
  readonly model?: Pick<Classifier, "contract"> | undefined;
  /** Answers "unsure" in a band of scores that covers this share of each class on the file's validation rows: 0.5..0.999. */
  readonly unsure?: number | undefined;
}

const commonRules: OptionRules<Common> = { split: oneOf(splitNames), threshold: aFraction, folder: aPath, cwd: aPath };

const evaluateRules: OptionRules<EvaluateOptions> = {
  ...commonRules,
  ...labelledImagesRules,
  frozenProtocol: aPath,
};

const predictionsRules: OptionRules<EvaluatePredictionsOptions> = {
  ...commonRules,
  model: aClassifier,
  unsure: aCoverage,
};

/**
 * Scores the images of one split and measures the scores.
 * @throws AppError FILE_…, DATASET_… for the data; NO_IMAGE_SCORED where none can be read; RUN_FOLDER_TAKEN; ABORTED
 */
export async function evaluateModel(model: Classifier, options: EvaluateOptions): Promise<ModelEvaluation> {
  checkArgument("model", model, aClassifier);
  checkOptions("evaluateModel", options, evaluateRules, ["data"]);
  const { cwd = process.cwd(), split = "test" } = options;
  const protocol = await protocolOf(model, options);
  const folder = await outputFolder(options.folder, cwd);
  const cacheFolder = cacheFolderOf(options);
  const trained = await trainingSetOf(model.place, trainingSetKey(model.contract));
  const { scored, kind, images } = await scoreLabelled(model, options);
  const described = describedImages(everyLoadedImage(images));
  const shiftOf = (evaluation: Evaluation) =>
    shiftFrom(trained, { images: described, rows: scored.predictions, kind, evaluation }, model.contract);
  const { contract } = model;
  const calls = { threshold: thresholdOf(options.threshold, model), unsure: contract.unsure };
  const test = testSetOf(images);
  if (protocol !== null) await beginProtocol(protocol, options.data, test, cacheFolder);
  const given = options.threshold !== undefined;
  const reading = await recordModelReading(model, { test, threshold: calls.threshold, given, cacheFolder });
  return measured(scored, calls, folder, shiftOf, {
    reading,
    model: contract.title,
    intendedUse: contract.intendedUse,
    measuredOn: basename(resolve(cwd, options.data)),
    kind,
    split,
    images,
  });
}

/**
 * Makes every number again from a saved predictions.csv, exactly. Nothing is scored.
 * @throws AppError FILE_MISSING, PREDICTIONS_INVALID; EVALUATION_INPUT where the split has no rows; RUN_FOLDER_TAKEN
 */
export async function evaluatePredictions(
  file: string,
  options: EvaluatePredictionsOptions = {},
): Promise<ModelEvaluation> {
  checkArgument("file", file, aPath);
  checkOptions("evaluatePredictions", options, predictionsRules);
  const { cwd = process.cwd(), split, model } = options;
  const folder = await outputFolder(options.folder, cwd);
  const path = resolve(cwd, file);
  const predictions = await savedSplit(path, split);
  const calls = {
    threshold: thresholdOf(options.threshold, model),
    unsure: options.unsure === undefined ? model?.contract.unsure : await savedBand(path, options.unsure),
  };
  const scored = { predictions, remarks: null, skipped: [], unused: [], cacheProblem: undefined };
  return measured(scored, calls, folder, () => null, {
    reading: null,
    model: model?.contract.title ?? null,
    intendedUse: model?.contract.intendedUse ?? null,
    measuredOn: basename(file),
    kind: null,
    split: split ?? predictions[0]?.split ?? null,
  });
}

/** Null where none is named. @throws AppError as `readProtocol`; PROTOCOL_DEPARTED */
async function protocolOf(model: Classifier, options: EvaluateOptions): Promise<FrozenProtocol | null> {
  const { frozenProtocol, cwd = process.cwd(), threshold } = options;
  if (frozenProtocol === undefined) return null;
  const protocol = await readProtocol(resolve(cwd, frozenProtocol));
  const told = await settingsOf(model, await runFolderOf(model));
  requireFollowed(frozenProtocol, protocol, threshold === undefined ? told : { ...told, threshold: String(threshold) });
  return protocol;
}

async function outputFolder(folder: string | undefined, cwd: string): Promise<string | null> {
  if (folder === undefined) return null;
  const path = resolve(cwd, folder);
  await makeOutputFolder(path);
  return path;
}

/** Of a run's validation rows. @throws AppError EVALUATION_INPUT */
async function savedBand(path: string, coverage: number): Promise<UnsureBand> {
  return conformalBand(await savedSplit(path, "val"), { coverage, setOn: "validation", isLocal: false });
}

function thresholdOf(given: number | undefined, model: Pick<Classifier, "contract"> | undefined): ThresholdChoice {
  if (given !== undefined) return givenThreshold(given);
  if (model === undefined) return studyThreshold;
  return { reached: null, ...model.contract.threshold };
}

async function measured(
  scored: ScoredSplit,
  calls: { readonly threshold: ThresholdChoice; readonly unsure: UnsureBand | undefined },
  folder: string | null,
  shiftOf: (evaluation: Evaluation) => SetComparison | null,
  { images, reading, ...facts }: ReportFacts,
): Promise<ModelEvaluation> {
  const evaluation = evaluate(scored.predictions, calls);
  const shift = shiftOf(evaluation);
  if (folder === null) return { ...scored, evaluation, shift, reading, files: null };
  const { predictions: testScores, skipped } = scored;
  const [predictions, metrics] = [join(folder, "predictions.csv"), join(folder, "metrics.json")];
  await writePredictions(predictions, testScores);
  await writeMetrics(metrics, { ...evaluation, shift, reading });
  const report = await writeEvaluationReport(folder, {
    ...facts,
    createdAt: new Date().toISOString(),
    version: packageVersion(),
    evaluation: { test: evaluation },
    testScores,
    mistakes: images === undefined ? undefined : mistakeImages(evaluation, images),
    shift: shift ?? undefined,
    reading: reading ?? undefined,
    skipped: skipped.length,
  });
  return { ...scored, evaluation, shift, reading, files: { predictions, metrics, report } };
}

/** What the report says of an evaluation beside its numbers. */
interface ReportFacts extends Pick<EvaluationReportInput, "model" | "intendedUse" | "measuredOn" | "kind" | "split"> {
  /** Those that were scored; absent for saved predictions. */
  readonly images?: LoadedImages;
  readonly reading: TestReading | null;
}
