// A public entry: what is exported here is the product's face, and kept.
/**
 * Everything that the command line does, as functions for Node.js. Heavy parts load when they are first used.
 *
 * @module pneumoscope
 */
import type { DatasetPlace, DatasetSummary } from "./dataset/describe-dataset.js";
import type { ImportedDataset, ImportOptions } from "./dataset/import-dataset.js";
import type { Synthesis, SynthesisOptions } from "./dataset/synthesise.js";
import type { FetchedWeights } from "./interchange/weight-download/pretrained-cache.js";
import type {
  FetchWeightsOptions,
  ModelWeights,
  WeightsPlace,
} from "./interchange/weight-download/pretrained-weights.js";
import type { Examination } from "./machine/examine.js";
import type { SetUpOptions, TrainingEngine } from "./machine/set-up-engine.js";
import type { CheckDataOptions, CheckedData } from "./run/check-data.js";
import type { TrainSettings } from "./run/resolve-settings.js";
import type { OpenRunOptions, Run } from "./run/run.js";
import type { RunOptions, TrainOptions } from "./run/train.js";

export { fillChecklists } from "./api/checklists.js";
export { compareRuns, planComparison, trainAndCompare, trainTask } from "./api/comparisons.js";
export { freezeProtocol, readTestLedger } from "./api/test-ledger.js";
export {
  auditModel,
  evaluateModel,
  evaluatePredictions,
  exportModel,
  recalibrate,
  writeMedmnistPredictions,
} from "./api/trained-models.js";
export type { FetchFunction } from "./core/download/download-part.js";
export { type ReachedRates, type ToldThreshold, thresholdOrigin } from "./core/threshold-origin.js";
export type { CheckOptions, DataCheck, ImagePair } from "./dataset/check-dataset.js";
export type { DatasetPlace, DatasetSummary } from "./dataset/describe-dataset.js";
export type {
  DownloadDatasetOptions,
  DownloadedDataset,
  DownloadProgress,
} from "./dataset/download/download-dataset.js";
export { datasetOrigins, downloadDataset, publishedDatasets } from "./dataset/download/downloads.js";
export type { DatasetArchive, DatasetOrigin, PublishedDataset } from "./dataset/download/published-datasets.js";
export type { ImportedDataset, ImportOptions } from "./dataset/import-dataset.js";
export { type SplitName, splitNames } from "./dataset/sample.js";
export {
  defaultSynthesisCounts as usualPhantoms,
  type SynthesisCounts as PhantomCounts,
} from "./dataset/synthesis-counts.js";
export type { Synthesis as Phantoms, SynthesisOptions as PhantomOptions } from "./dataset/synthesise.js";
export type { AuditKind, AuditVariant } from "./evaluation/audit/audited-scores.js";
export type { Audit, AuditFinding, RetestResult, VariantResult } from "./evaluation/audit/judge-audit.js";
export { formatEstimate } from "./evaluation/estimate.js";
export type { Evaluation } from "./evaluation/evaluation.js";
export type { JoinedResults, JoinedScores } from "./evaluation/joined-results.js";
export { metricsVersion } from "./evaluation/metrics-file.js";
export type { LeftOutResult, ScoreRecalibration } from "./evaluation/recalibration/recalibrate-scores.js";
export type { ClassShare, ExpectedValues } from "./evaluation/shift/class-share.js";
export type { AgesBeside, ComparedTrait, NotDescribed, SetComparison } from "./evaluation/shift/compare-sets.js";
export type { OwnValue } from "./evaluation/shift/own-result.js";
export type { ResultBeside } from "./evaluation/shift/results-beside.js";
export type { Distribution, SetSummary } from "./evaluation/shift/set-description.js";
export type { TraitName } from "./evaluation/shift/traits.js";
export type { TwoSampleTest } from "./evaluation/shift/two-sample-test.js";
export type { Subgroup, SubgroupMeasure } from "./evaluation/subgroups/subgroups.js";
export type { ProtocolStanding, TestReading } from "./evaluation/test-reading.js";
export type { Abstention, RiskCoveragePoint } from "./evaluation/unsure/abstention.js";
export { explainedRow } from "./inference/explained-files.js";
export {
  type AlarmColumn,
  AppError,
  type Assumption,
  type Call,
  type ChanceAgreement,
  type ClassHeatMap,
  type ClassHeatMaps,
  type Classifier,
  type ClassifierOptions,
  callOf,
  csvFormat,
  type ErrorCode,
  type ErrorFacts,
  type ExplainedImage,
  type ExplainedResult,
  type ExplainOptions,
  type Explanation,
  emptyTally,
  evenShares,
  explainImages,
  type FailedResult,
  type FoundImages,
  findImages,
  formatHeatMapCurves,
  formatSeedAgreement,
  type GrayImage,
  type HeatMap,
  type HeatMapBatch,
  type HeatMapClass,
  type HeatMapMethod,
  heatMapClasses,
  heatMapMethods,
  type ImageBytes,
  type ImageTraits,
  type ImageWarning,
  type ImageWarningCode,
  type InferenceRuntime,
  lungsFrameText,
  type MeasuredOperation,
  type MeasuredValue,
  type ModelContract,
  type ModelOutput,
  type NamedBytes,
  type NoAlarm,
  openClassifier,
  overlay,
  type PerturbationCurve,
  type PerturbationCurves,
  type PixelRange,
  type PredictInputs,
  type PredictOptions,
  type PredictToFileOptions,
  parseShard,
  pixelRanges,
  predictToFile,
  type RandomisationCheck,
  type RandomisedAgreement,
  type ReferenceColumn,
  type ReferenceName,
  type ReferenceSet,
  type Remarks,
  type Result,
  type ResultFormat,
  type ResultTally,
  researchUse,
  resultCells,
  resultColumns,
  type ScopeCheck,
  type ScopeFinding,
  type ScoredResult,
  type ScoreMeaning,
  type ScoresFile,
  type SeedAgreement,
  type Shard,
  type ShiftAlarm,
  scoreMeanings,
  shardOf,
  sideBySide,
  tallied,
  type UnsureBand,
  unsureScores,
  unsureText,
  version,
  type WatchedShift,
  type WatchShiftOptions,
  type WhereItLooked,
  watchShift,
  whereItLooked,
} from "./inference.js";
export type { FetchedWeights } from "./interchange/weight-download/pretrained-cache.js";
export {
  type FetchWeightsOptions,
  type ModelWeights,
  type WeightsPlace,
  weightsFolder,
} from "./interchange/weight-download/pretrained-weights.js";
export type { Examination, Finding } from "./machine/examine.js";
export type { InstallRequest, SetUpOptions, SetUpStep, TrainingEngine } from "./machine/set-up-engine.js";
export { type WeightPrecision, weightPrecisions } from "./model/model-contract.js";
export { findModel, zoo as models } from "./model/zoo/registry.js";
export type { ZooEntry as Model } from "./model/zoo/zoo-entry.js";
export { auditText as formatAudit } from "./report/audit-words.js";
export type {
  AnsweredBy,
  AnsweredItem,
  Answers,
  ChecklistCounts,
  ChecklistItem,
} from "./report/checklists/checklist.js";
export type { AnsweredChecklist, RunChecklists } from "./report/checklists/checklists.js";
export { emptyStudyFile, type TopicName } from "./report/checklists/topics.js";
export { heatMapCheckText as formatHeatMapCheck } from "./report/heat-map-words.js";
export { readingText as formatReading } from "./report/reading-words.js";
export { alarmText as formatShiftAlarm, shiftText as formatShift } from "./report/shift-words.js";
export { evaluationText as formatEvaluation } from "./report/tables.js";
export type { AuditFiles } from "./run/audit/audit-files.js";
export type { AuditOptions, ModelAudit } from "./run/audit/audit-model.js";
export type { CheckDataOptions, CheckedData } from "./run/check-data.js";
export { arrayTask } from "./run/compare/array-task.js";
export type { CompareOptions, RunComparison, TrainAndCompareOptions } from "./run/compare/compare-runs.js";
export type { ComparisonEvent, FailedRun } from "./run/compare/comparison-events.js";
export type { ComparedModelSettings, ComparisonSettings, PlannedRun } from "./run/compare/plan.js";
export type { ComparisonPlan, PlannedTask, TaskOptions } from "./run/compare/tasks.js";
export { describeModel, type ModelDescription } from "./run/describe-model.js";
export type {
  EvaluateOptions,
  EvaluatePredictionsOptions,
  ModelEvaluation,
} from "./run/evaluate-model.js";
export { type ExportFormat, exportFormats } from "./run/export-formats.js";
export type { ExportedModel, ExportOptions } from "./run/export-model.js";
export type { FillChecklistsOptions, FilledChecklists } from "./run/fill-checklists.js";
export type { MedmnistOptions, MedmnistPredictions } from "./run/medmnist-predictions.js";
export { type Launch, launchFrom, trainTogether } from "./run/processes/train-together.js";
export type { RecalibratedModel, RecalibrateOptions } from "./run/recalibrate.js";
export type { TrainSettings } from "./run/resolve-settings.js";
export type { OpenRunOptions, Run } from "./run/run.js";
export type { RunEvent } from "./run/run-events.js";
export type { EvaluationEvent, LabelledImages } from "./run/score-split.js";
export type { PlainValue } from "./run/setting-kinds.js";
export {
  type PlainSettings,
  parseSetting,
  plainSettings,
  type RunSettings,
  type Setting,
  type SettingName,
  settingGroups,
  settingNames,
  settingTable,
} from "./run/settings.js";
export type { FreezeOptions, FreezeResult } from "./run/test-ledger/freeze-protocol.js";
export type { FrozenProtocol } from "./run/test-ledger/frozen-protocol.js";
export type { ProtocolEntry, ReadingEntry } from "./run/test-ledger/ledger-file.js";
export type { LedgerOfTest, OpenedLedger, OpenLedgerOptions } from "./run/test-ledger/open-ledger.js";
export type { TestSet } from "./run/test-ledger/test-set.js";
export type { RunOptions, TrainOptions } from "./run/train.js";

/**
 * Trains one model, evaluates it once on the test images and writes everything into one run folder.
 * @param settings only `data`, the dataset's folder, must be named; docs/settings.md has the others
 * @param options the run's folder, who is told of progress, what stops it
 *
 * @example
 * const run = await train({ model: "mobilenet", data: "chest_xray", seed: 1 }, { folder: "runs/mine" });
 * const { value, interval, n } = run.evaluation.test.metrics.auc;
 *
 * @throws AppError OPTION_INVALID and MODEL_UNKNOWN for settings; DATASET_…, FILE_… for the data; WEIGHTS_… for the weights
 *   to start from; ENGINE_MISSING without the training engine; RUN_FOLDER_TAKEN, RUN_FOLDER_LOCKED; TRAINING_DIVERGED;
 *   TRAINING_INTERRUPTED when `options.signal` aborts: finished epochs are kept, and `resumeRun` goes on
 */
export async function train(settings: TrainSettings, options?: TrainOptions): Promise<Run> {
  return (await import("./run/train.js")).train(settings, options);
}

/**
 * Goes on with a training from its last finished epoch, by its own settings. A finished run is given back as it is.
 * @param folder a run's, relative to `options.cwd`
 *
 * @example
 * const run = await resumeRun("runs/mine");
 *
 * @throws AppError as `train`; FILE_MISSING, RUN_FILE_INVALID, CHECKPOINT_INVALID; DATASET_CHANGED for other images
 */
export async function resumeRun(folder: string, options?: RunOptions): Promise<Run> {
  return (await import("./run/train.js")).resumeRun(folder, options);
}

/**
 * Opens a finished run: its settings, history, predictions and what they amount to. Nothing is scored.
 * @param folder a finished run's, relative to `options.cwd`
 *
 * @example
 * const { settings, evaluation, files } = await openRun("runs/mine");
 *
 * @throws AppError FILE_MISSING for a folder without a finished run; RUN_FILE_INVALID, PREDICTIONS_INVALID naming the file
 */
export async function openRun(folder: string, options?: OpenRunOptions): Promise<Run> {
  return (await import("./run/run.js")).openRun(folder, options);
}

/**
 * Draws a folder of synthetic chest phantoms in the layout of the published dataset, to try everything without real data.
 * The same options give the same images; a folder that already holds them is left alone.
 * @param folder new, empty, or one that holds them already
 *
 * @example
 * await makePhantoms("phantoms", { seed: 1 });
 *
 * @throws AppError OPTION_INVALID, DATASET_FOLDER_TAKEN, FILE_UNWRITABLE
 */
export async function makePhantoms(folder: string, options?: SynthesisOptions): Promise<Synthesis> {
  return (await import("./dataset/synthesise.js")).synthesise(folder, options);
}

/**
 * Counts a dataset's images, classes and patients per split, without reading the images.
 * @param folder with train/, val/ and test/, or one above them
 *
 * @example
 * const { splits } = await summariseDataset("chest_xray");
 *
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, DATASET_EMPTY, DATASET_LAYOUT, DATASET_ONE_CLASS
 */
export async function summariseDataset(folder: string, options?: DatasetPlace): Promise<DatasetSummary> {
  return (await import("./dataset/describe-dataset.js")).summariseDataset(folder, options);
}

/**
 * Reads every image of a dataset: unreadable files, exact duplicates, near copies, patients that cross splits, under both patient keys. With
 * `options.folder` it shows pairs of copies side by side, and those across parts that come nearest.
 * @param folder with train/, val/ and test/, or one above them
 *
 * @example
 * const { unreadable, duplicates, nearCopies, patientsAcrossSplits } = await checkDataset("chest_xray");
 *
 * @throws AppError as `summariseDataset`
 */
export async function checkDataset(folder: string, options?: CheckDataOptions): Promise<CheckedData> {
  return (await import("./run/check-data.js")).checkDataset(folder, options);
}

/**
 * Makes a manifest of a dataset in any form that is known here: a CSV file with a line per image, its label, its patient and
 * what else is known of it. Images that lie in an archive or a table are written beside it, into `<manifest>-images/`. Numbers
 * of patients and examinations become keys that do not name them.
 * @param place the dataset's folder or file, relative to `options.cwd`
 * @param options `out`, the new manifest's path, must be named: in a folder above the images
 *
 * @example
 * const { manifest, patients, leftOut } = await importDataset("pneumoniamnist.npz", { out: "manifest.csv" });
 *
 * @throws AppError OPTION_INVALID; FILE_MISSING, FILE_UNREADABLE; DATASET_SOURCE_UNKNOWN for what is of no known form,
 *   DATASET_SOURCE_INVALID for what is damaged; DATASET_EMPTY, DATASET_FOLDER_TAKEN, FILE_UNWRITABLE; ABORTED: nothing is left
 */
export async function importDataset(place: string, options: ImportOptions): Promise<ImportedDataset> {
  return (await import("./dataset/import-dataset.js")).importDataset(place, options);
}

/**
 * Which pretrained weights there are, and whether they are here.
 *
 * @example
 * const missing = (await listWeights()).filter(({ cached }) => cached?.state === "absent");
 */
export async function listWeights(place?: WeightsPlace): Promise<readonly ModelWeights[]> {
  return (await import("./interchange/weight-download/pretrained-weights.js")).listWeights(place);
}

/**
 * Downloads a model's pretrained weights, verified and resumed. It, `downloadDataset` and `trainTogether` use the network.
 * @param model a name of the registry, such as "mobilenet"
 *
 * @example
 * const { file, sha256 } = await fetchWeights("mobilenet");
 *
 * @throws AppError MODEL_UNKNOWN; OPTION_INVALID for a model without published weights; DOWNLOAD_FAILED, WEIGHTS_DAMAGED
 */
export async function fetchWeights(model: string, options?: FetchWeightsOptions): Promise<FetchedWeights> {
  return (await import("./interchange/weight-download/pretrained-weights.js")).fetchWeights(model, options);
}

/**
 * What this machine has of all that the product needs, and what to do about what is missing.
 *
 * @example
 * const { findings } = await examineMachine();
 */
export async function examineMachine(): Promise<Examination> {
  return (await import("./machine/examine.js")).examineMachine();
}

/**
 * Builds the training engine on this machine: finds or installs a C++ compiler and libtorch (0.1 to 0.6 GB). In an installed
 * package it goes into the user's cache folder. Only training needs it; what is there and sound is left alone. Root's set-up installs
 * what is missing with apt; anybody else's uses sudo only where `mayInstall` says yes.
 *
 * @example
 * await setUpEngine({ onStep: ({ name, text }) => console.log(name, text) });
 *
 * @throws AppError ENGINE_MISSING saying what could not be done, and what to do; FILE_UNWRITABLE
 */
export async function setUpEngine(options?: SetUpOptions): Promise<TrainingEngine> {
  return (await import("./machine/set-up-engine.js")).setUpEngine(options);
}
