// The images that a threshold was set on, as a model's contract keeps them: twenty-one quantiles of its score and of each trait, and
// the exact share of the patients at or below each.
import type { ReferenceColumn, ReferenceSet } from "../../core/reference-set.js";
import { patientClusters, patientWeights } from "../clusters.js";
import {
  type MetImage,
  type ReferenceName,
  referenceNames,
  referenceValue,
  scoreValue,
  stepOf,
} from "./reference-columns.js";

/** An image with whose it is; null where nobody knows. */
export interface MetImageOfPatient extends MetImage {
  readonly patient: string | null;
}

const quantiles = 20;

/** @param images at least one. @param of names them: "validation" */
export function describeReference(images: readonly MetImageOfPatient[], of: string): ReferenceSet {
  const weights = patientWeights(images);
  const columns = referenceNames.map((name) => {
    const values = images.map((image) => referenceValue(name, image));
    return [name, columnOf(name, values, weights)] as const;
  });
  return { of, images: images.length, patients: knownPatients(images), columns: Object.fromEntries(columns) };
}

/** Null unless they are known of every image. */
export const knownPatients = (images: readonly { readonly patient: string | null }[]): number | null =>
  images.every(({ patient }) => patient !== null) ? patientClusters(images).count : null;

/** The same images with other scores: those of another model. */
export const withOtherScores = (
  reference: ReferenceSet,
  rows: readonly Pick<MetImageOfPatient, "score" | "patient">[],
): ReferenceSet => ({
  ...reference,
  columns: {
    ...reference.columns,
    score: columnOf(
      "score",
      rows.map(({ score }) => scoreValue(score)),
      patientWeights(rows),
    ),
  },
});

/** @param values, [n], in whole steps */
function columnOf(name: ReferenceName, values: readonly number[], weights: Float64Array): ReferenceColumn {
  const rows = values.map((value, i) => ({ value, weight: weights[i] as number }));
  rows.sort((a, b) => a.value - b.value);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shareTo = new Map<number, number>();
  let sum = 0;
  for (const { value, weight } of rows) {
    sum += weight;
    shareTo.set(value, Math.min(1, sum / total));
  }
  const steps = [...shareTo.entries()];
  const at = (share: number) =>
    steps.find(([, reached]) => reached >= share - 1e-9) ?? (steps.at(-1) as [number, number]);
  const taken = Array.from({ length: quantiles + 1 }, (_, k) => at(k / quantiles));
  const kept = new Map(taken);
  // The jump at a value that many images share is seen from both sides.
  for (const [i, [value]] of taken.entries()) {
    if (i > 0 && value !== taken[i - 1]?.[0]) continue;
    const before = Number((value - stepOf(name)).toFixed(6));
    kept.set(before, steps.findLast(([other]) => other <= before)?.[1] ?? 0);
  }
  const points = [...kept].sort(([a], [b]) => a - b);
  return {
    values: points.map(([value]) => value),
    shares: points.map(([, share]) => Number(share.toFixed(5))),
  };
}
