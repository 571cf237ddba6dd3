// What a metric is: its words, how it comes from scored rows, and from that how its interval is made. The metrics stand in
// registry.ts.
import type { ConfusionMatrix } from "../confusion.js";
import type { Interval } from "../estimate.js";
import type { Prediction } from "../prediction.js";
import type { Ranking } from "../ranking.js";

/** What metrics are computed from. `weights` say how often a resample drew each row; without them each counts once. */
export interface ScoredRows {
  readonly rows: readonly Prediction[];
  readonly ranking: Ranking;
  confusion(weights?: Uint32Array): ConfusionMatrix;
}

interface MetricWords {
  /** As tables show it. */
  readonly title: string;
  /** Hugging Face's name in model cards, where it has one; ours otherwise. */
  readonly huggingFace?: string;
  /** Whether comparisons of models show it. */
  readonly isCompared?: true;
}

/** Images of a kind among others; counts of several parts add up. Its interval is Wilson's, by patient. */
export interface ProportionMetric extends MetricWords {
  readonly kind: "proportion";
  readonly counts: (confusion: ConfusionMatrix) => readonly [successes: number, n: number];
}

/** Any other number. Its interval is a bootstrap by patient, unless it has one of its own. */
export interface StatisticMetric extends MetricWords {
  readonly kind: "statistic";
  /** Null where the drawn rows do not define it. */
  readonly value: (scored: ScoredRows, weights: Uint32Array) => number | null;
  /** An interval that needs no resampling, of one set of rows; by patient as well. */
  readonly interval?: (rows: readonly Prediction[], level: number) => Interval | null;
  /** Whether all rows together define it, where `value` gives a number for rows that do not; absent for always. */
  readonly isDefined?: (confusion: ConfusionMatrix) => boolean;
}

export type Metric = ProportionMetric | StatisticMetric;
export type MetricTable<Name extends string = string> = Readonly<Record<Name, Metric>>;
