// How the classifier does on parts of the images: by age, sex, view, source and finding.
import { countPatients } from "../../core/count-patients.js";
import { proportionByPatient } from "../clustered-proportion.js";
import { isPositive } from "../confusion.js";
import type { Estimate } from "../estimate.js";
import { aucByVariance } from "../obuchowski.js";
import type { Prediction } from "../prediction.js";
import { type Dimension, type DimensionTable, unknownGroup } from "./dimension.js";
import type { DimensionName } from "./registry.js";

/** What is estimated of a group. */
export const subgroupMeasures = ["sensitivity", "specificity", "auc"] as const;
/** Sensitivity, specificity or area under the ROC curve. */
export type SubgroupMeasure = (typeof subgroupMeasures)[number];

/** The results on the images of one age band, one sex, one view, one source or one finding. */
export interface Subgroup extends Readonly<Record<SubgroupMeasure, Estimate>> {
  /** What images are told apart by: "age", "sex", … */
  readonly dimension: DimensionName;
  /** Which of them these are: "5-17", "F", "PA", "bacterial", …; "not stated" where that is not known. */
  readonly name: string;
  /** Images, and how many of them are of pneumonia and of normal lungs. */
  readonly n: number;
  readonly positives: number;
  readonly negatives: number;
  /** Null where they are not known. */
  readonly patients: number | null;
  /**
   * Of images of one class only (bacterial pneumonia, say), the AUC is that of these against all images of the other class;
   * of a mixed group within itself.
   */
  readonly auc: Estimate;
  /** Those that stand on fewer than `leastInGroup` patients of a class (images, where patients are not known). */
  readonly tooFew: readonly SubgroupMeasure[];
}

/**
 * Patients of a class below which a group's number says too little: with 30 the 95% interval of a proportion of a half still
 * spans a third of the range (0.33 to 0.67), below that more.
 */
export const leastInGroup = 30;

/** Groups of a dimension beyond these, smallest first, are taken together. */
const mostGroups = 20;

/** A dimension along which all images fall into one group is left out: the group would only repeat the whole. */
export function subgroups(
  rows: readonly Prediction[],
  threshold: number,
  table: DimensionTable,
  level: number,
): readonly Subgroup[] {
  return Object.entries(table).flatMap(([dimension, how]) => {
    const groups = groupsOf(rows, how);
    if (groups.size === 0 || groups.get([...groups.keys()][0] as string)?.length === rows.length) return [];
    return inOrder([...groups], how).map(([name, members]) => ({
      dimension: dimension as DimensionName,
      name,
      ...measured(members, rows, threshold, level),
    }));
  });
}

type Group = readonly [name: string, members: readonly Prediction[]];

function groupsOf(
  rows: readonly Prediction[],
  { groupOf, showsUnknown }: Dimension,
): ReadonlyMap<string, Prediction[]> {
  const groups = new Map<string, Prediction[]>();
  const unknown: Prediction[] = [];
  for (const row of rows) {
    const name = groupOf(row);
    const members = name === undefined ? unknown : groups.get(name);
    if (members !== undefined) members.push(row);
    else if (name !== undefined) groups.set(name, [row]);
  }
  if (showsUnknown === true && groups.size > 0 && unknown.length > 0) groups.set(unknownGroup, unknown);
  return groups;
}

/** Those with words first, in their order, then by name, what is not known last; the smallest of many taken together. */
function inOrder(groups: readonly Group[], { groups: titles = {} }: Dimension): readonly Group[] {
  const named = Object.keys(titles);
  const place = (name: string) =>
    name === unknownGroup ? Number.POSITIVE_INFINITY : named.includes(name) ? named.indexOf(name) : named.length;
  const ordered = (all: readonly Group[]) =>
    [...all].sort(([a], [b]) => (place(a) === place(b) ? (a < b ? -1 : 1) : place(a) - place(b)));
  if (groups.length <= mostGroups) return ordered(groups);
  const bySize = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const rest = bySize.slice(mostGroups - 1);
  const together: Group = [`${rest.length} others`, rest.flatMap(([, members]) => members)];
  return [...ordered(bySize.slice(0, mostGroups - 1)), together];
}

function measured(
  members: readonly Prediction[],
  all: readonly Prediction[],
  threshold: number,
  level: number,
): Omit<Subgroup, "dimension" | "name"> {
  const positives = members.filter((row) => row.label === 1);
  const negatives = members.filter((row) => row.label === 0);
  const isCalled = ({ score }: Prediction) => isPositive(score, threshold);
  const others = (label: 0 | 1) => all.filter((row) => row.label === label);
  // What the AUC compares.
  const withPneumonia = positives.length > 0 ? positives : others(1);
  const without = negatives.length > 0 ? negatives : others(0);
  const isFew = (rows: readonly Prediction[]) => rows.length > 0 && (countPatients(rows) ?? rows.length) < leastInGroup;
  const few: Readonly<Record<SubgroupMeasure, boolean>> = {
    sensitivity: isFew(positives),
    specificity: isFew(negatives),
    auc: withPneumonia.length > 0 && without.length > 0 && (isFew(withPneumonia) || isFew(without)),
  };
  return {
    n: members.length,
    positives: positives.length,
    negatives: negatives.length,
    patients: countPatients(members),
    sensitivity: proportionByPatient(positives, isCalled, level),
    specificity: proportionByPatient(negatives, (row) => !isCalled(row), level),
    auc: aucByVariance([...withPneumonia, ...without], level),
    tooFew: subgroupMeasures.filter((measure) => few[measure]),
  };
}
