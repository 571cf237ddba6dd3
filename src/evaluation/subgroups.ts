// How the classifier does on parts of the images: bacterial and viral pneumonia, the two series of normals.

import { isPositive } from "./confusion.js";
import type { Estimate } from "./estimate.js";
import type { Prediction } from "./prediction.js";
import { rocAuc } from "./roc.js";
import { proportion } from "./wilson.js";

export interface Subgroup {
  readonly name: string;
  readonly positives: number;
  readonly negatives: number;
  readonly sensitivity: Estimate;
  readonly specificity: Estimate;
  /**
   * A group of one class is compared with all images of the other class (bacterial pneumonia against all normals);
   * a mixed group within itself. null where the other class is absent.
   */
  readonly auc: number | null;
}

/** A row's group, or undefined for none. */
export type GroupOf = (row: Prediction) => string | undefined;

/** The kind in a patient key: "bacteria" of `bacteria:23`, "NORMAL2-IM" of `NORMAL2-IM:383`; undefined without a colon. */
export const kindOfPatient: GroupOf = (row) => /^([A-Za-z][\w-]*):/.exec(row.patient ?? "")?.[1];

/** Groups by name. Empty where all rows fall into one group, which would only repeat the whole. */
export function subgroups(
  rows: readonly Prediction[],
  threshold: number,
  options: { readonly groupOf?: GroupOf; readonly level?: number } = {},
): readonly Subgroup[] {
  const groupOf = options.groupOf ?? kindOfPatient;
  const groups = new Map<string, Prediction[]>();
  for (const row of rows) {
    const name = groupOf(row);
    if (name === undefined) continue;
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [row]);
    else members.push(row);
  }
  if (groups.size === 1 && [...groups.values()][0]?.length === rows.length) return [];
  return [...groups]
    .map(([name, members]) => subgroup(name, members, rows, threshold, options.level))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function subgroup(
  name: string,
  members: readonly Prediction[],
  all: readonly Prediction[],
  threshold: number,
  level?: number,
): Subgroup {
  const positives = members.filter((row) => row.label === 1);
  const negatives = members.filter((row) => row.label === 0);
  const called = (rows: readonly Prediction[]) => rows.filter((row) => isPositive(row.score, threshold)).length;
  const isMixed = positives.length > 0 && negatives.length > 0;
  const others = isMixed ? [] : all.filter((row) => row.label !== members[0]?.label);
  return {
    name,
    positives: positives.length,
    negatives: negatives.length,
    sensitivity: proportion(called(positives), positives.length, level),
    specificity: proportion(negatives.length - called(negatives), negatives.length, level),
    auc: rocAuc([...members, ...others]),
  };
}
