// What was measured of heat maps, in words for a terminal.
import { type Estimate, formatEstimate } from "../evaluation/estimate.js";
import type { SeedAgreement } from "./compare-seeds.js";
import type { PerturbationCurve, PerturbationCurves } from "./measure-curves.js";

/**
 * What insertion and deletion found, in three sentences.
 *
 * @example
 * const { curves } = await explainImages(classifier, "scans/", { folder: "looked", curves: true });
 * if (curves !== null) console.log(formatHeatMapCurves(curves));
 */
export function formatHeatMapCurves({ images, withoutHeat, deletion, insertion }: PerturbationCurves): string {
  const left = withoutHeat === 0 ? "" : ` (${withoutHeat} without heat)`;
  const part = (name: string, { area, unrelatedArea, gain }: PerturbationCurve) =>
    `${name}: area ${formatEstimate(area, 2)}, with maps of the same smoothness that lie elsewhere ${formatEstimate(unrelatedArea, 2)}; better by ${gainText(gain)}.`;
  return (
    `Insertion and deletion on ${images} images${left}, after Petsiuk et al., 2018. ` +
    `${part("Deletion, where a small area is good", deletion)} ${part("Insertion, where a large one is", insertion)}`
  );
}

/**
 * How far runs of one recipe agree, in a sentence.
 *
 * @example
 * const { seeds } = await explainImages(classifier, "scans/", { folder: "looked", beside: ["runs/seed-2", "runs/seed-3"] });
 * if (seeds !== null) console.log(formatSeedAgreement(seeds));
 */
export function formatSeedAgreement({ agreement, pairs, chance }: SeedAgreement): string {
  if (agreement === null) return "Agreement between runs: without result. No image has a map by two of them.";
  const found = pairs.flatMap((pair) => pair.agreement ?? []);
  const range = found.length < 2 ? "" : ` (${Math.min(...found).toFixed(2)} to ${Math.max(...found).toFixed(2)})`;
  const byChance =
    chance === null ? "" : `, by chance ${chance.mean.toFixed(2)}, rarely above ${chance.high.toFixed(2)}`;
  const many = pairs.length === 1 ? "one pair of runs" : `${pairs.length} pairs of runs`;
  return `Agreement between runs of one recipe: mean Spearman's rho ${agreement.toFixed(2)}${range} over ${many}${byChance}. What differs between them is the seed, not the images.`;
}

function gainText(gain: Estimate): string {
  const { interval } = gain;
  const isClear = interval !== null && (interval.low > 0 || interval.high < 0);
  return `${formatEstimate(gain, 2)}${isClear ? "" : ", which may be chance"}`;
}
