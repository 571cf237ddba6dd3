// Results of patients, and of their studies, in place of images: a patient's score is the highest, or the mean, of the scores of
// the patient's images. Patients are independent of each other, as images of one patient are not.
import { type ConfusionMatrix, confusionAt } from "./confusion.js";
import type { Estimate } from "./estimate.js";
import { type BootstrapSettings, estimateMetrics } from "./metrics/estimate-metrics.js";
import type { MetricTable } from "./metrics/metric.js";
import type { MetricName } from "./metrics/registry.js";
import type { Prediction } from "./prediction.js";

/** How the scores of one patient's images become one. */
export const scoreJoins = {
  highest: (scores: readonly number[]): number => scores.reduce((a, b) => Math.max(a, b), 0),
  mean(scores: readonly number[]): number {
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    // Rounding must not carry equal scores across the threshold at which they lie.
    const lowest = scores.reduce((a, b) => Math.min(a, b), 1);
    return Math.min(scoreJoins.highest(scores), Math.max(lowest, mean));
  },
} as const;

/** The highest score, or the mean of the scores. */
export type ScoreJoin = keyof typeof scoreJoins;

/** Metrics of joined scores, with intervals, at the threshold that images have. */
export interface JoinedScores {
  readonly metrics: Readonly<Record<MetricName, Estimate>>;
  readonly confusion: ConfusionMatrix;
}

/** Results per patient, or per study. */
export interface JoinedResults {
  /** Patients (or studies). */
  readonly n: number;
  /** With an image of pneumonia, and without: one such image makes a patient positive. */
  readonly positives: number;
  readonly negatives: number;
  /** With images of both classes; they are among the positives. */
  readonly mixed: number;
  /** With more than one image. */
  readonly several: number;
  readonly highest: JoinedScores;
  readonly mean: JoinedScores;
}

/** What images belong to; null where an image does not tell. */
export const unitOf = {
  patient: ({ patient }: Prediction): string | null => patient,
  // Studies of different patients may share a name.
  study: ({ patient, study }: Prediction): string | null =>
    patient === null || study === undefined ? null : JSON.stringify([patient, study]),
} as const;

/** Null where some image does not tell its unit, or no unit has two images: the results would repeat those of images. */
export function joinedResults(
  rows: readonly Prediction[],
  unit: keyof typeof unitOf,
  { table, threshold, settings }: { table: MetricTable<MetricName>; threshold: number; settings: BootstrapSettings },
): JoinedResults | null {
  const units = new Map<string, Prediction[]>();
  for (const row of rows) {
    const name = unitOf[unit](row);
    if (name === null) return null;
    const images = units.get(name);
    if (images === undefined) units.set(name, [row]);
    else images.push(row);
  }
  if (units.size === rows.length) return null;
  const images = [...units];
  const labelOf = (of: readonly Prediction[]) => (of.some(({ label }) => label === 1) ? 1 : 0);
  const isMixed = (of: readonly Prediction[]) => of.some(({ label }) => label !== of[0]?.label);
  const joined = (join: ScoreJoin): JoinedScores => {
    const scored = images.map(
      ([name, of]): Prediction => ({
        name,
        patient: of[0]?.patient ?? null,
        label: labelOf(of),
        score: scoreJoins[join](of.map(({ score }) => score)),
      }),
    );
    return {
      metrics: estimateMetrics(table, scored, threshold, settings),
      confusion: confusionAt(scored, threshold),
    };
  };
  const positives = images.filter(([, of]) => labelOf(of) === 1).length;
  return {
    n: images.length,
    positives,
    negatives: images.length - positives,
    mixed: images.filter(([, of]) => isMixed(of)).length,
    several: images.filter(([, of]) => of.length > 1).length,
    highest: joined("highest"),
    mean: joined("mean"),
  };
}
