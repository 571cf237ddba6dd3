// Subgroups as one table for the terminal, the report and the model card: for each dimension its groups, and what marks and
// columns mean.
import { type Estimate, formatEstimate } from "../evaluation/estimate.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import { type DimensionTable, groupTitle } from "../evaluation/subgroups/dimension.js";
import { dimensions } from "../evaluation/subgroups/registry.js";
import { leastInGroup, type Subgroup, type SubgroupMeasure } from "../evaluation/subgroups/subgroups.js";
import { count, patientsCell } from "./numbers.js";

export interface SubgroupTable {
  /** The first is of names, the others are of numbers. */
  readonly columns: readonly string[];
  /** For each dimension its groups, a row each. */
  readonly parts: readonly { readonly title: string; readonly rows: readonly (readonly string[])[] }[];
  /** What a reader must know, sentence by sentence. */
  readonly notes: readonly string[];
}

/**
 * Null where there are no subgroups.
 * @param table the dimensions; the registry's when absent
 * @param digits decimals of estimates
 */
export function subgroupTable(
  { subgroups }: Pick<Evaluation, "subgroups">,
  table: DimensionTable = dimensions,
  digits = 3,
): SubgroupTable | null {
  if (subgroups.length === 0) return null;
  const knowsPatients = subgroups.some(({ patients }) => patients !== null);
  const parts = Object.entries(table).flatMap(([name, dimension]) => {
    const groups = subgroups.filter((group) => group.dimension === name);
    if (groups.length === 0) return [];
    const rows = groups.map((group) => [groupTitle(dimension, group.name), ...cells(group, knowsPatients, digits)]);
    return [{ title: dimension.title, rows }];
  });
  return {
    columns: [
      "Group",
      ...(knowsPatients ? ["Patients"] : []),
      "Pneumonia",
      "Normal",
      "Sensitivity",
      "Specificity",
      "ROC AUC",
    ],
    parts,
    notes: notesOn(subgroups),
  };
}

function cells(group: Subgroup, knowsPatients: boolean, digits: number): readonly string[] {
  const marked = (measure: SubgroupMeasure, estimate: Estimate) =>
    `${group.tooFew.includes(measure) ? "* " : ""}${formatEstimate(estimate, digits)}`;
  return [
    ...(knowsPatients ? [patientsCell(group.patients)] : []),
    count(group.positives),
    count(group.negatives),
    marked("sensitivity", group.sensitivity),
    marked("specificity", group.specificity),
    marked("auc", group.auc),
  ];
}

function notesOn(subgroups: readonly Subgroup[]): readonly string[] {
  const hasOneClass = subgroups.some(({ positives, negatives }) => positives === 0 || negatives === 0);
  const hasFew = subgroups.some(({ tooFew }) => tooFew.length > 0);
  return [
    ...(hasOneClass ? ["For the AUC a group of one class is compared with all images of the other class."] : []),
    ...(hasFew
      ? [
          `* Fewer than ${leastInGroup} patients of a class (images, where patients are not known): too few to say anything about this group.`,
        ]
      : []),
  ];
}
