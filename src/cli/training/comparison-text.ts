// A comparison on a terminal: every table folded to its width, then notes and what all models get wrong.
import { type RunComparison, researchUse } from "../../index.js";
import { hangingText } from "../hanging-text.js";
import { counted, patientsText } from "../numbers.js";
import { renderFolded } from "../table.js";
import { visible } from "../visible.js";

/** Where no terminal says how wide lines may be. */
export const usualWidth = 100;

/** Ends without a line break. */
export function comparisonText(result: RunComparison, width: number): string {
  const { comparison } = result;
  const { n, patients, positives, negatives } = comparison;
  const tables = result.tables.map(({ title, columns, rows }) => {
    const heads = columns.map((column) => ({ title: column.title, ...(column.kind && { align: "right" as const }) }));
    const cells = rows.map((row) => row.cells.map(cellText));
    return `${title}\n\n${renderFolded(heads, cells, width)}`;
  });
  return [
    `${result.folds === null ? "Test" : `${result.folds} folds`}: ${counted(n, "image")} of ${patientsText(patients)} (${positives} pneumonia, ${negatives} normal). In brackets: 95% intervals.`,
    ...tables,
    ...result.remarks.map((remark) => hangingText(remark, 0, width)),
    ...commonMistakes(result),
    researchUse,
  ].join("\n\n");
}

/** The cell on one line: "0.925 (0.903–0.943)". */
const cellText = (cell: RunComparison["tables"][number]["rows"][number]["cells"][number]): string =>
  typeof cell === "string" ? cell : `${cell.value} (${cell.detail})`;

/** "Custom CNN, seeds 1, 2" */
export const missingText = ({ title, seeds }: RunComparison["missing"][number]): string =>
  `${title}, ${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`;

const shownNames = 5;

function commonMistakes({ comparison }: RunComparison): readonly string[] {
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
