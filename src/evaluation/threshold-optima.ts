// Whether a threshold of unknown origin is one that somebody would have chosen on the very images it is tested on: then its numbers are
// likely to be too good, and a reader should know.
import { operatingPoint } from "./operating-points.js";
import type { Scored } from "./prediction.js";
import { cumulativeCounts, rank } from "./ranking.js";
import { rocCurve } from "./roc.js";

/** What a cut calls: images at or above it, by their true class. */
interface Cut {
  readonly truePositives: number;
  readonly falsePositives: number;
}

/**
 * What a threshold is the best of on these rows: it calls them as the optimum would, wherever between two scores it lies. Empty where a
 * class is missing.
 */
export function optimaAt(rows: readonly Scored[], threshold: number): readonly string[] {
  const positives = rows.filter(({ label }) => label === 1).length;
  const negatives = rows.length - positives;
  const curve = rocCurve(rows);
  if (curve === null) return [];
  const { truePositives, falsePositives } = cumulativeCounts(rank(rows));
  const cuts: readonly Cut[] = [
    { truePositives: 0, falsePositives: 0 },
    ...Array.from(truePositives, (count, i) => ({ truePositives: count, falsePositives: falsePositives[i] as number })),
  ];
  const called = rows.filter(({ score }) => score >= threshold);
  const own: Cut = {
    truePositives: called.filter(({ label }) => label === 1).length,
    falsePositives: called.filter(({ label }) => label === 0).length,
  };
  const merits: Readonly<Record<string, (cut: Cut) => number>> = {
    accuracy: (cut) => (cut.truePositives - cut.falsePositives + negatives) / rows.length,
    "Youden's index": (cut) => cut.truePositives / positives - cut.falsePositives / negatives,
    F1: (cut) => (2 * cut.truePositives) / (positives + cut.truePositives + cut.falsePositives),
  };
  const isHighest = (merit: (cut: Cut) => number) => merit(own) >= Math.max(...cuts.map(merit)) - 1e-12;
  const targets = (["sensitivity", "specificity"] as const).flatMap((wanted) =>
    [0.9, 0.95].map((target) => ({ wanted, target, point: operatingPoint(curve, wanted, target) })),
  );
  const isPoint = ({ sensitivity, specificity }: { readonly sensitivity: number; readonly specificity: number }) =>
    Math.abs(own.truePositives / positives - sensitivity) < 1e-12 &&
    Math.abs(1 - own.falsePositives / negatives - specificity) < 1e-12;
  return [
    ...Object.entries(merits).flatMap(([name, merit]) => (isHighest(merit) ? [name] : [])),
    ...targets.flatMap(({ wanted, target, point }) =>
      isPoint(point) ? [`${wanted === "sensitivity" ? "specificity" : "sensitivity"} at a ${wanted} of ${target}`] : [],
    ),
  ];
}
