// Several runs of one model (or several models) taken together: the mean of a metric with its spread over the runs, the
// mean of the scores of each image, the mean of the ROC curves. All runs hold the same images in the same order.
import { bootstrapByPatient } from "./bootstrap.js";
import { clusteredProportion } from "./clustered-proportion.js";
import type { Estimate } from "./estimate.js";
import { type BootstrapSettings, patientShares, scoredRows, weightedStatistic } from "./metrics/estimate-metrics.js";
import type { MetricTable, ScoredRows } from "./metrics/metric.js";
import { type ComparedMetric, comparedIn, type MetricName, metrics } from "./metrics/registry.js";
import type { Prediction } from "./prediction.js";
import { type RocPoint, rocCurve } from "./roc.js";

/** Test predictions with the threshold that was fixed for them. */
export interface ScoredRun {
  readonly rows: readonly Prediction[];
  readonly threshold: number;
}

/** Of several runs' values, which all exist. `deviation` is the sample's (n - 1). */
export interface Spread {
  readonly deviation: number;
  readonly lowest: number;
  readonly highest: number;
}

/** `value` is the mean over the runs. `spread` is null where there is one run, or one that does not define the value. */
export interface MeanEstimate extends Estimate {
  readonly spread: Spread | null;
}

export interface MeanOptions extends BootstrapSettings {
  /** Default: the registry's. Those that are compared are estimated. */
  readonly metrics?: MetricTable<MetricName>;
}

/**
 * Means over the runs. The interval says how uncertain they are because only these images were tested: Wilson's
 * by patient for proportions of a single run and those that are 0 or 1 in every run, otherwise a bootstrap that draws the same patients
 * for every run. It holds no spread over seeds.
 */
export function meanEstimates(
  runs: readonly [ScoredRun, ...ScoredRun[]],
  { metrics: table = metrics, ...options }: MeanOptions,
): Readonly<Record<ComparedMetric, MeanEstimate>> {
  const scored = runs.map(({ rows, threshold }) => scoredRows(rows, threshold));
  const [{ rows, confusion }] = scored as [ScoredRows];
  const compared = Object.entries(comparedIn(table)).map(([name, metric]) => ({
    name,
    metric,
    statistics: scored.map((run) => weightedStatistic(metric, run)),
  }));
  const intervals = bootstrapByPatient(
    rows.map(({ patient }) => patient),
    Object.fromEntries(
      compared.map(({ name, statistics }) => [
        name,
        (weights: Uint32Array) => mean(statistics.map((statistic) => statistic(weights))),
      ]),
    ),
    options,
  );
  const everyRow = new Uint32Array(rows.length).fill(1);
  const shares = patientShares(rows, runs[0].threshold);
  const estimated = compared.map(({ name, metric, statistics }): readonly [string, MeanEstimate] => {
    const values = statistics.map((statistic) => statistic(everyRow));
    const value = mean(values);
    const isProportion = metric.kind === "proportion";
    const n = isProportion ? metric.counts(confusion())[1] : rows.length;
    // Where every run calls all n images rightly (or none), every resample does: a bootstrap knows nothing of it.
    const isOneProportion = isProportion && value !== null && (runs.length === 1 || value === 0 || value === 1);
    const ownInterval = metric.kind === "statistic" && runs.length === 1 ? metric.interval : undefined;
    const interval = isOneProportion
      ? clusteredProportion(shares(metric.counts), options.level).interval
      : value === null
        ? null
        : (ownInterval?.(rows, options.level) ?? intervals[name] ?? null);
    return [name, { value, interval, n, spread: spreadOf(values) }];
  });
  return Object.fromEntries(estimated) as Record<ComparedMetric, MeanEstimate>;
}

/** Each image with the mean of its scores, and of the thresholds that rows have. The runs hold the same images in the same order. */
export function averageRows(runs: readonly (readonly Prediction[])[]): readonly Prediction[] {
  const [first = []] = runs;
  return first.map((row, i) => {
    const meanOf = (key: "score" | "threshold") => mean(runs.map((rows) => rows[i]?.[key] ?? null));
    const threshold = meanOf("threshold");
    return { ...row, score: meanOf("score") as number, ...(threshold !== null && { threshold }) };
  });
}

/**
 * The ROC curves' mean sensitivity at every false positive rate (vertical averaging: Fawcett, Pattern Recognition Letters
 * 27, 2006). The area under it is the mean of the areas. null where only one class occurs.
 */
export function meanRoc(runs: readonly (readonly Prediction[])[]): readonly RocPoint[] | null {
  const curves = runs.map((rows) => rocCurve(rows, { dropIntermediate: true }));
  if (curves.length === 1) return curves[0] ?? null;
  if (curves.some((curve) => curve === null)) return null;
  const rates = [...new Set(curves.flatMap((curve) => (curve ?? []).map((point) => point.falsePositiveRate)))];
  return rates
    .sort((a, b) => a - b)
    .flatMap((falsePositiveRate) => {
      const ends = curves.map((curve) => sensitivitiesAt(curve ?? [], falsePositiveRate));
      const [low, high] = ([0, 1] as const).map((end) => mean(ends.map((pair) => pair[end])) as number);
      const point = (truePositiveRate: number) => ({ falsePositiveRate, truePositiveRate, threshold: null });
      return low === high ? [point(high as number)] : [point(low as number), point(high as number)];
    });
}

/** The mean, or null where a value is missing. */
export function mean(values: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return values.length === 0 ? null : sum / values.length;
}

export function spreadOf(values: readonly (number | null)[]): Spread | null {
  const centre = mean(values);
  if (centre === null || values.length < 2) return null;
  const numbers = values as readonly number[];
  const square = numbers.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return {
    deviation: Math.sqrt(square / (numbers.length - 1)),
    lowest: Math.min(...numbers),
    highest: Math.max(...numbers),
  };
}

/** Where the curve stands at a false positive rate: from which sensitivity to which it rises there. */
function sensitivitiesAt(curve: readonly RocPoint[], rate: number): readonly [low: number, high: number] {
  const here = curve.filter((point) => point.falsePositiveRate === rate).map((point) => point.truePositiveRate);
  if (here.length > 0) return [Math.min(...here), Math.max(...here)];
  const after = curve.findIndex((point) => point.falsePositiveRate > rate);
  const [a, b] = [curve[after - 1] as RocPoint, curve[after] as RocPoint];
  const share = (rate - a.falsePositiveRate) / (b.falsePositiveRate - a.falsePositiveRate);
  const value = a.truePositiveRate + share * (b.truePositiveRate - a.truePositiveRate);
  return [value, value];
}
