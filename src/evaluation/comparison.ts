// Several models on the same test images, from their predictions alone: each model's metrics as mean and spread over its
// runs, ensembles of their scores, paired tests between them, and the images that all of them get wrong.
import { countPatients } from "../core/count-patients.js";
import { AppError } from "../core/errors.js";
import { bootstrapDefaults } from "./bootstrap.js";
import { studyReport } from "./classification-report.js";
import { isCalled } from "./confusion.js";
import { holmAdjusted } from "./holm.js";
import { averageRows, type MeanEstimate, type MeanOptions, mean, meanEstimates, meanRoc } from "./mean-of-runs.js";
import type { BootstrapSettings } from "./metrics/estimate-metrics.js";
import type { ComparedMetric } from "./metrics/registry.js";
import { type PairedAuc, pairedAucs } from "./obuchowski.js";
import { type PairedCalls, pairedCalls } from "./paired-calls.js";
import { pairByName } from "./pairing.js";
import type { Prediction } from "./prediction.js";
import type { RocPoint } from "./roc.js";

/** One training's test predictions and the threshold it fixed before it read the test. */
export interface ComparedRun {
  readonly seed: number;
  readonly predictions: readonly Prediction[];
  readonly threshold: number;
}

export interface ComparedModel {
  /** Unique in the comparison; shown. */
  readonly title: string;
  readonly runs: readonly [ComparedRun, ...ComparedRun[]];
}

/** Of one class, each the mean over the runs, as scikit-learn's report counts them. */
export interface ClassResult {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface ModelResult {
  readonly title: string;
  /**
   * `ensemble`: one prediction from the mean of several runs' scores, against the mean of their thresholds.
   * `floor`: a classifier that cannot see what the models are meant to see.
   */
  readonly kind: "model" | "ensemble" | "floor";
  /** How many trainings it stands on. */
  readonly runs: number;
  readonly metrics: Readonly<Record<ComparedMetric, MeanEstimate>>;
  readonly pneumonia: ClassResult;
  readonly normal: ClassResult;
  /** Mean curve of the runs; null where a class is missing. */
  readonly roc: readonly RocPoint[] | null;
}

/** Two models on the same images, each with the mean of its runs' scores against the mean of its runs' thresholds. */
export interface PairedTest {
  readonly a: string;
  readonly b: string;
  readonly calls: PairedCalls;
  /** null where a class has fewer than two patients. */
  readonly auc: PairedAuc | null;
  /** Holm's correction over all pairs. An AUC pair whose p is null has none, and counts for the others. */
  readonly adjustedCalls: number;
  readonly adjustedAuc: number | null;
}

export interface CommonMistake {
  readonly name: string;
  readonly label: 0 | 1;
  /** P(pneumonia) by each model, in their order. */
  readonly scores: readonly number[];
}

export interface Comparison {
  /** Test images, those of each class, and their patients. */
  readonly n: number;
  readonly positives: number;
  readonly negatives: number;
  readonly patients: number | null;
  readonly models: readonly ModelResult[];
  /** Of each model with several runs, then of all models. */
  readonly ensembles: readonly ModelResult[];
  readonly floors: readonly ModelResult[];
  readonly tests: readonly PairedTest[];
  /** Wrong by every model's mean score; the most confident first. Empty where there is one model. */
  readonly commonMistakes: readonly CommonMistake[];
  readonly settings: BootstrapSettings;
}

export interface ComparisonOptions extends Partial<MeanOptions> {
  /** Stand beside the models and take no part in ensembles, tests and common mistakes. */
  readonly floors?: readonly ComparedModel[];
}

/** The title of the ensemble of all models; the others carry their model's. */
export const everyModel = "All models";

/** @throws AppError EVALUATION_INPUT where there is no model, or the runs did not score the same images */
export function compareModels(models: readonly ComparedModel[], options: ComparisonOptions = {}): Comparison {
  const { floors = [], metrics, ...given } = options;
  const settings = { seed: 1, ...bootstrapDefaults, ...given };
  const means: MeanOptions = metrics === undefined ? settings : { ...settings, metrics };
  const reference = referenceRows(models);
  const aligned = alignModels(models, reference);
  const averaged = aligned.map(averageModel);
  const [{ rows }] = averaged as [ScoredModel];
  const positives = rows.filter(({ label }) => label === 1).length;
  return {
    n: rows.length,
    positives,
    negatives: rows.length - positives,
    patients: countPatients(rows),
    models: aligned.map(({ title, runs }) => ({ ...resultOf(title, runs, means), kind: "model" })),
    ensembles: ensembles(aligned, averaged, means),
    floors: alignModels(floors, reference).map(({ title, runs }) => ({
      ...resultOf(title, runs, means),
      kind: "floor",
    })),
    tests: pairedTests(averaged, settings.level),
    commonMistakes: commonMistakes(averaged),
    settings,
  };
}

interface ScoredModel {
  readonly title: string;
  readonly rows: readonly Prediction[];
  readonly threshold: number;
}

/** The first run's rows, whose order all others take. */
function referenceRows(models: readonly ComparedModel[]): readonly Prediction[] {
  const rows = models[0]?.runs[0].predictions ?? [];
  if (rows.length > 0) return rows;
  throw new AppError("EVALUATION_INPUT", {
    place: "comparison",
    rule: "at least one model with test predictions is needed",
    received: "none",
    remedy: "Train a model first",
  });
}

function alignModels(models: readonly ComparedModel[], reference: readonly Prediction[]): readonly ComparedModel[] {
  const align = (run: ComparedRun): ComparedRun => ({ ...run, predictions: pairByName(reference, run.predictions)[1] });
  return models.map(({ title, runs: [first, ...others] }) => ({
    title,
    runs: [align(first), ...others.map(align)],
  }));
}

function averageModel({ title, runs }: ComparedModel): ScoredModel {
  return {
    title,
    rows: averageRows(runs.map(({ predictions }) => predictions)),
    threshold: mean(runs.map(({ threshold }) => threshold)) as number,
  };
}

function resultOf(
  title: string,
  runs: readonly [ComparedRun, ...ComparedRun[]],
  settings: MeanOptions,
): Omit<ModelResult, "kind"> {
  const scored = (run: ComparedRun) => ({ rows: run.predictions, threshold: run.threshold });
  const [first, ...others] = runs;
  const reports = runs.map(({ predictions, threshold }) => studyReport(predictions, threshold).classes);
  const classResult = (place: 0 | 1): ClassResult => {
    const of = (key: keyof ClassResult) => mean(reports.map((classes) => classes[place]?.[key] ?? null)) as number;
    return { precision: of("precision"), recall: of("recall"), f1: of("f1") };
  };
  return {
    title,
    runs: runs.length,
    metrics: meanEstimates([scored(first), ...others.map(scored)], settings),
    pneumonia: classResult(0),
    normal: classResult(1),
    roc: meanRoc(runs.map(({ predictions }) => predictions)),
  };
}

function ensembles(
  models: readonly ComparedModel[],
  averaged: readonly ScoredModel[],
  settings: MeanOptions,
): readonly ModelResult[] {
  const result = ({ title, rows, threshold }: ScoredModel, runs: number): ModelResult => {
    const run = { seed: settings.seed, predictions: rows, threshold };
    return { ...resultOf(title, [run], settings), runs, kind: "ensemble" };
  };
  const ofSeeds = models.flatMap(({ title, runs }, i) =>
    runs.length < 2 ? [] : [result({ ...(averaged[i] as ScoredModel), title }, runs.length)],
  );
  if (models.length < 2) return ofSeeds;
  const together: ScoredModel = {
    title: everyModel,
    rows: averageRows(averaged.map(({ rows }) => rows)),
    threshold: mean(averaged.map(({ threshold }) => threshold)) as number,
  };
  const runs = models.reduce((sum, model) => sum + model.runs.length, 0);
  return [...ofSeeds, result(together, runs)];
}

function pairedTests(models: readonly ScoredModel[], level: number): readonly PairedTest[] {
  const pairs = models.flatMap((a, i) => models.slice(i + 1).map((b) => [a, b] as const));
  const tests = pairs.map(([a, b]) => ({
    a: a.title,
    b: b.title,
    calls: pairedCalls(a, b, level),
    auc: pairedAucs(a.rows, b.rows, level),
  }));
  const adjustedCalls = holmAdjusted(tests.map(({ calls }) => calls.p));
  const adjustedAuc = holmAdjusted(tests.map(({ auc }) => auc?.p ?? 1));
  return tests.map((test, i) => ({
    ...test,
    adjustedCalls: adjustedCalls[i] as number,
    adjustedAuc: test.auc === null || test.auc.p === null ? null : (adjustedAuc[i] as number),
  }));
}

function commonMistakes(models: readonly ScoredModel[]): readonly CommonMistake[] {
  if (models.length < 2) return [];
  const [{ rows }] = models as [ScoredModel];
  const isWrong = ({ rows, threshold }: ScoredModel, i: number) => {
    const row = rows[i] as Prediction;
    return isCalled(row, threshold) !== (row.label === 1);
  };
  return rows
    .flatMap(({ name, label }, i) =>
      models.every((model) => isWrong(model, i))
        ? [{ name, label, scores: models.map((model) => (model.rows[i] as Prediction).score) }]
        : [],
    )
    .sort((a, b) => error(b) - error(a) || (a.name < b.name ? -1 : 1));
}

/** How far the models' mean score lies from the label. */
const error = ({ label, scores }: CommonMistake): number => Math.abs((mean(scores) as number) - label);
