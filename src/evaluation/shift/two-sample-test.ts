// Whether two sets of images can be told apart by a few numbers of each: a classifier learns on some images which set they
// are from and is asked about the others. Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests" (ICLR 2017), with
// logistic regression and the AUC in place of a network and the accuracy.
import { Random } from "../../core/random.js";
import type { Estimate } from "../estimate.js";
import { scoreLogisticRegression, trainLogisticRegression } from "../logistic-regression.js";
import { criticalValue, erfc } from "../normal-distribution.js";
import { aucByVariance, aucVariance } from "../obuchowski.js";
import type { Scored } from "../prediction.js";
import type { TraitSample } from "./set-description.js";
import { type TraitName, traits } from "./traits.js";

/** Whether two sets can be told apart, and how surely. */
export interface TwoSampleTest {
  /**
   * Chance that an image of the second set gets a higher score than one of the first: 0.5 where they cannot be told apart, 1
   * where they always can. Mean over the folds of a cross-validation, with DeLong's variances and Nadeau and Bengio's
   * correction. `n`: images of both sets.
   */
  readonly auc: Estimate;
  /** One-sided, of the hypothesis that the sets are alike: Mann and Whitney's statistic of the folds, corrected likewise. */
  readonly p: number;
  /** Images that were drawn of each set, and of each class in it: as many of both sets, so that the classes tell nothing. */
  readonly drawn: { readonly perSet: number; readonly normal: number; readonly pneumonia: number };
  /** What the classifier saw: traits that are not the same in all images. */
  readonly columns: readonly TraitName[];
}

export interface TwoSampleOptions {
  /** Of folds and draws; default 1. */
  readonly seed?: number;
  /** Default 0.95. */
  readonly level?: number;
}

export const foldCount = 5;
/** Fewer images of a set would leave fewer than four in a fold. */
export const leastPerSet = 4 * foldCount;
/** As scikit-learn's default: a few standardised columns need no stronger penalty. */
const inversePenalty = 1;

const tolerance = 1e-6;

/** One image of either set; `isSecond` is what the classifier learns to tell. */
export interface SetRow {
  readonly values: readonly number[];
  readonly isSecond: 0 | 1;
  readonly fold: number;
}

/** Null where fewer than 20 images of a set are left once the classes are matched. */
export function twoSampleTest(
  first: TraitSample,
  second: TraitSample,
  { seed = 1, level = 0.95 }: TwoSampleOptions = {},
): TwoSampleTest | null {
  const drawn = [0, 1].map((label) => Math.min(countOf(first, label), countOf(second, label))) as [number, number];
  const perSet = drawn[0] + drawn[1];
  if (perSet < leastPerSet) return null;
  const random = Random.of(seed, "two-sample test");
  const rows = [...drawnRows(first, drawn, 0, random), ...drawnRows(second, drawn, 1, random)];
  const kept = varyingColumns(rows, first.columns);
  const estimate = crossValidatedAuc(rows, kept, level);
  return {
    ...estimate,
    drawn: { perSet, normal: drawn[0], pneumonia: drawn[1] },
    columns: kept.map((column) => first.columns[column] as TraitName),
  };
}

/** Rows of both sets in every fold, by their columns `kept` and these squared. */
export function crossValidatedAuc(
  rows: readonly SetRow[],
  kept: readonly number[],
  level: number,
): Pick<TwoSampleTest, "auc" | "p"> {
  // Where nothing varies all images get one score: an AUC of 0.5.
  const scores = kept.length === 0 ? rows.map(() => 0.5) : outOfFoldScores(withSquares(rows, kept));
  return foldedAuc(scores, rows, level);
}

const countOf = ({ labels }: TraitSample, label: number): number => labels.filter((each) => each === label).length;

/** So many of each class, each class spread evenly over the folds. */
function drawnRows(
  { rows, labels }: TraitSample,
  drawn: readonly [number, number],
  isSecond: 0 | 1,
  random: Random,
): SetRow[] {
  return ([0, 1] as const).flatMap((label) => {
    const ofClass = random.shuffled(rows.filter((_, i) => labels[i] === label)).slice(0, drawn[label]);
    // The second class begins where the first ended: folds differ by one image of a set at most.
    return ofClass.map((values, i) => ({ values, isSecond, fold: (i + (label === 1 ? drawn[0] : 0)) % foldCount }));
  });
}

/** Positions of columns that vary by more than their step: what only rounding makes different tells no set. */
function varyingColumns(rows: readonly SetRow[], names: readonly TraitName[]): readonly number[] {
  return [...names.keys()].filter((column) => {
    const { deviation } = momentsOf(rows, column);
    return deviation > traits[names[column] as TraitName].step;
  });
}

function momentsOf(rows: readonly SetRow[], column: number): { mean: number; deviation: number } {
  const values = rows.map(({ values }) => values[column] as number);
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
  return { mean, deviation: Math.sqrt(variance) };
}

/** Each value standardised, and its square: sets of equal means that are spread differently are told apart too. */
function withSquares(rows: readonly SetRow[], kept: readonly number[]): readonly SetRow[] {
  const moments = kept.map((column) => momentsOf(rows, column));
  return rows.map((row) => {
    const standard = kept.map((column, i) => {
      const { mean, deviation } = moments[i] as { mean: number; deviation: number };
      return ((row.values[column] as number) - mean) / deviation;
    });
    return { ...row, values: [...standard, ...standard.map((value) => value ** 2)] };
  });
}

/** The score of each row by a classifier that learned on the other folds. */
function outOfFoldScores(rows: readonly SetRow[]): readonly number[] {
  const scores: number[] = [];
  for (let fold = 0; fold < foldCount; fold++) {
    const learned = rows.filter((row) => row.fold !== fold);
    const features = (of: readonly SetRow[]) => ({
      columns: of[0]?.values.length ?? 0,
      data: of.flatMap(({ values }) => values),
    });
    const model = trainLogisticRegression(
      features(learned),
      learned.map(({ isSecond }) => isSecond),
      { c: inversePenalty, tolerance },
    );
    const asked = [...rows.keys()].filter((i) => rows[i]?.fold === fold);
    const scored = scoreLogisticRegression(model, features(asked.map((i) => rows[i] as SetRow)));
    for (const [k, i] of asked.entries()) scores[i] = scored[k] as number;
  }
  return scores;
}

/**
 * Of a mean over folds, beside that of independent ones: their classifiers learned from mostly the same images, which makes
 * their AUCs alike. K (1 / K + n_test / n_train) by Nadeau and Bengio, "Inference for the Generalization Error", Machine
 * Learning 52 (2003). Without it p is below 0.05 for one in nine pairs of equal sets.
 */
const foldCorrection = 1 + foldCount / (foldCount - 1);

/** Folds are averaged, not pooled: scores of two classifiers are not on one scale. */
function foldedAuc(
  scores: readonly number[],
  rows: readonly SetRow[],
  level: number,
): Pick<TwoSampleTest, "auc" | "p"> {
  let [sum, variance, chanceVariance] = [0, 0, 0];
  for (let fold = 0; fold < foldCount; fold++) {
    const scored: Scored[] = rows.flatMap((row, i) =>
      row.fold === fold ? [{ label: row.isSecond, score: scores[i] as number }] : [],
    );
    const second = scored.filter(({ label }) => label === 1).length;
    const first = scored.length - second;
    sum += aucByVariance(scored).value as number; // each fold has images of both sets
    variance += aucVariance(scored) as number;
    chanceVariance += (scored.length + 1) / (12 * first * second);
  }
  const value = sum / foldCount;
  const z = ((value - 0.5) * foldCount) / Math.sqrt(foldCorrection * chanceVariance);
  const half = (criticalValue(level) * Math.sqrt(foldCorrection * variance)) / foldCount;
  const interval = {
    low: Math.max(0, value - half),
    high: Math.min(1, value + half),
    level,
    method: "delong",
  } as const;
  // Without variance every image was told right: no evidence of certainty, as in aucByVariance.
  return { auc: { value, interval: variance > 0 ? interval : null, n: rows.length }, p: erfc(z / Math.SQRT2) / 2 };
}
