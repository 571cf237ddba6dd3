// What recalibrating on local patients amounts to: the line, the threshold, what both do to patients they were not fitted on,
// how sure that is, and how many patients would make it surer.
import { AppError } from "../../core/errors.js";
import { Random } from "../../core/random.js";
import { bootstrapByPatient } from "../bootstrap.js";
import type { CalibrationLine } from "../calibration-line.js";
import { proportionByPatient } from "../clustered-proportion.js";
import { isPositive } from "../confusion.js";
import type { Estimate, Interval } from "../estimate.js";
import { binaryCrossEntropy } from "../losses.js";
import { criticalValue } from "../normal-distribution.js";
import { aucByVariance } from "../obuchowski.js";
import type { Prediction } from "../prediction.js";
import { chooseThreshold, type ThresholdChoice, type ThresholdPolicy } from "../threshold.js";
import { fitGivenMethod, fitRecalibration, type RecalibrationFit, recalibrated } from "./fit-recalibration.js";

/** Recalibrating takes at least this many patients of each class; images, where nobody knows whose they are. */
export const fewestPatients = 10;

/** Of patients that were left out in turn when the line and the threshold were fitted. */
export interface LeftOutResult {
  /** Mean binary cross-entropy in nats. */
  readonly logLoss: number;
  /** With Wilson's intervals, by patient. */
  readonly sensitivity: Estimate;
  readonly specificity: Estimate;
}

export interface ScoreRecalibration extends RecalibrationFit {
  /** Bootstraps by patient with the method held fixed; null where nothing was fitted. */
  readonly intervals: { readonly intercept: Interval | null; readonly slope: Interval | null };
  /** On the recalibrated scores of all rows. */
  readonly threshold: ThresholdChoice;
  readonly images: number;
  /** Of each class; images, where patients are not known. */
  readonly patients: { readonly normal: number; readonly pneumonia: number };
  readonly arePatientsKnown: boolean;
  /** Recalibrating does not change it. */
  readonly auc: Estimate;
  /** The scores as they were, called at the threshold as it was. */
  readonly before: LeftOutResult;
  readonly after: LeftOutResult;
  /** About how many patients of each class a 95 % interval of ± `wantedHalfWidth` takes. */
  readonly neededPatients: { readonly normal: number; readonly pneumonia: number };
}

/** Of a sensitivity and a specificity that one can act on. */
export const wantedHalfWidth = 0.05;

export interface RecalibrationOptions {
  /** How the new threshold is chosen on the recalibrated scores. */
  readonly policy: ThresholdPolicy;
  /** The model's own. */
  readonly thresholdBefore: number;
  /** Names the rows, e.g. "the ward's images". */
  readonly chosenOn: string;
  /** Of the folds and of the bootstrap. */
  readonly seed: number;
}

/** @throws AppError EVALUATION_INPUT for too few patients of a class, or for scores that are the wrong way round */
export function recalibrateScores(rows: readonly Prediction[], options: RecalibrationOptions): ScoreRecalibration {
  const groups = patientsOf(rows);
  const patients = {
    normal: groups.filter(isNormal).length,
    pneumonia: groups.filter((group) => !isNormal(group)).length,
  };
  const auc = aucByVariance(rows);
  requireUsable(patients, auc.value);
  const fit = fitRecalibration(rows);
  const lined = rows.map((row) => recalibrated(row, fit));
  const before = resultOf(rows.map((row) => ({ ...row, threshold: options.thresholdBefore })));
  const after = resultOf(leftOut(rows, groups, options));
  return {
    ...fit,
    intervals: intervalsOf(fit, rows, options.seed),
    threshold: chooseThreshold(options.policy, lined, options.chosenOn),
    images: rows.length,
    patients,
    arePatientsKnown: rows.every(({ patient }) => patient !== null),
    auc,
    before,
    after,
    neededPatients: {
      pneumonia: needed(after.sensitivity, patients.pneumonia),
      normal: needed(after.specificity, patients.normal),
    },
  };
}

type Group = readonly Prediction[];

/** Rows by patient; a row of nobody's is a group of its own. In the order of their first rows. */
function patientsOf(rows: readonly Prediction[]): readonly Group[] {
  const groups = new Map<string | Prediction, Prediction[]>();
  for (const row of rows) {
    const key = row.patient ?? row;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

const isNormal = (group: Group): boolean => group.every(({ label }) => label === 0);

function requireUsable({ normal, pneumonia }: ScoreRecalibration["patients"], auc: number | null): void {
  if (Math.min(normal, pneumonia) < fewestPatients) {
    throw new AppError("EVALUATION_INPUT", {
      place: "recalibration",
      rule: `at least ${fewestPatients} patients of each class; 50 to 100 of each are a good start`,
      received: `${normal} without and ${pneumonia} with pneumonia`,
      remedy: "Add images of more patients",
    });
  }
  if (auc !== null && auc > 0.5) return;
  throw new AppError("EVALUATION_INPUT", {
    place: "recalibration",
    rule: "pneumonia should have the higher scores; no recalibration mends a model that does not tell the classes apart",
    received: `an AUC of ${auc?.toFixed(3)}`,
    remedy: "Check the labels, and whether the images are what the model was trained for",
  });
}

const foldCount = 10;

interface Called extends Prediction {
  readonly threshold: number;
}

/**
 * Each row as the line and the threshold make it that the other folds' patients gave: nobody is judged by what was fitted
 * on their own images.
 */
function leftOut(
  rows: readonly Prediction[],
  groups: readonly Group[],
  { policy, chosenOn, seed }: RecalibrationOptions,
): readonly Called[] {
  const random = Random.of(seed, "recalibration folds");
  const ordered = [true, false].flatMap((wanted) =>
    random.shuffled(groups.filter((group) => isNormal(group) === wanted)),
  );
  const foldOf = new Map(ordered.flatMap((group, i) => group.map((row) => [row, i % foldCount] as const)));
  const results = new Map<Prediction, Called>();
  for (let fold = 0; fold < foldCount; fold++) {
    const others = rows.filter((row) => foldOf.get(row) !== fold);
    const line = fitRecalibration(others);
    const { value: threshold } = chooseThreshold(
      policy,
      others.map((row) => recalibrated(row, line)),
      chosenOn,
    );
    for (const row of rows) {
      if (foldOf.get(row) === fold) results.set(row, { ...recalibrated(row, line), threshold });
    }
  }
  return rows.map((row) => results.get(row) as Called);
}

function resultOf(rows: readonly Called[]): LeftOutResult {
  const share = (label: 0 | 1): Estimate => {
    const ofClass = rows.filter((row) => row.label === label);
    return proportionByPatient(ofClass, ({ score, threshold }) => isPositive(score, threshold) === (label === 1));
  };
  return { logLoss: binaryCrossEntropy(rows) ?? Number.NaN, sensitivity: share(1), specificity: share(0) };
}

function intervalsOf(
  { method }: RecalibrationFit,
  rows: readonly Prediction[],
  seed: number,
): ScoreRecalibration["intervals"] {
  if (method === "none") return { intercept: null, slope: null };
  let line: CalibrationLine | null = null;
  const statistics = {
    intercept: (draws: Uint32Array) => {
      line = fitGivenMethod(method, rows, draws);
      return line?.intercept ?? null;
    },
    // Asked for next, of the same draw.
    slope: () => line?.slope ?? null,
  };
  const patients = rows.map(({ patient }) => patient);
  return bootstrapByPatient(patients, statistics, { seed, resamples: 1000 }); // a slope that is always 1 has no interval
}

/**
 * From the binomial's variance; a share of 0 or 1 counts as the end of its interval that is nearer to a half, because a few
 * patients without a mistake do not mean that there are none. Rounded up to tens.
 */
function needed({ value, interval }: Estimate, patients: number): number {
  if (value === null) return patients;
  const share = value > 0 && value < 1 ? value : value === 1 ? (interval?.low ?? 0.5) : (interval?.high ?? 0.5);
  const count = (criticalValue(0.95) / wantedHalfWidth) ** 2 * share * (1 - share);
  return 10 * Math.ceil(Math.max(count, fewestPatients) / 10);
}
