// A comparison on a terminal: every table folded to its width, then notes and what all models get wrong.
import { researchUse } from "../../core/research-use.js";
import type { ComparisonInput } from "../../report/comparison/comparison-input.js";
import { cellText, comparisonNotes, comparisonTables } from "../../report/comparison/comparison-tables.js";
import { counted } from "../../report/numbers.js";
import { renderFolded } from "../table.js";
import { visible } from "../visible.js";

/** Where neither a terminal nor a user says how wide lines may be. */
export const usualWidth = 100;

/** Ends without a line break. */
export function comparisonText(input: ComparisonInput, width: number): string {
  const { comparison } = input;
  const { n, patients, positives, negatives } = comparison;
  const tables = comparisonTables(input).map(({ title, columns, rows }) => {
    const heads = columns.map((column) => ({ title: column.title, ...(column.kind && { align: "right" as const }) }));
    const cells = rows.map((row) => row.cells.map(cellText));
    return `${title}\n\n${renderFolded(heads, cells, width)}`;
  });
  return [
    `Test: ${counted(n, "image")} of ${counted(patients, "patient")} (${positives} pneumonia, ${negatives} normal). In brackets: 95% intervals.`,
    ...tables,
    ...comparisonNotes(input),
    ...commonMistakes(input),
    researchUse,
  ].join("\n\n");
}

const shownNames = 5;

function commonMistakes({ comparison }: ComparisonInput): readonly string[] {
  const { models, commonMistakes: mistakes, n } = comparison;
  if (models.length < 2) return [];
  const names = mistakes
    .slice(0, shownNames)
    .map(({ name, label }) => `  ${visible(name)} (${label === 1 ? "missed" : "false alarm"})`);
  const rest = mistakes.length - names.length;
  return [
    [
      `Wrong by every model: ${counted(mistakes.length, "image")} of ${n}.`,
      ...names,
      ...(rest > 0 ? [`  and ${rest} more, in comparison.md`] : []),
    ].join("\n"),
  ];
}
