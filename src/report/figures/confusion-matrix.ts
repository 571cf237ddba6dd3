// The confusion matrix: counts, row percentages, and the blue scale of the study. Hand-drawn: four squares with words in
// them need no plotting library. Rows are the true class, columns the model's answer, in the study's order.
import { type ConfusionMatrix, confusionRows, displayOrder } from "../../evaluation/confusion.js";
import { escapeHtml } from "../html.js";
import { count, percent, thresholdText } from "../numbers.js";
import { blues, palette } from "../palette.js";
import { figureSize, wrapSvg } from "./plot-svg.js";

const left = 112;
const top = 84;
const cell = { width: 150, height: 132, gap: 3 } as const;

export interface ConfusionMatrixFigure {
  readonly confusion: ConfusionMatrix;
  /** P(pneumonia) at or above it was called pneumonia. */
  readonly threshold: number;
  /** "test" or "validation". */
  readonly part: string;
}

/** Four cells shaded by their share of their row: a darker diagonal is a better model, however unequal the classes. */
export function confusionMatrixFigure({ confusion, threshold, part }: ConfusionMatrixFigure): string {
  const rows = confusionRows(confusion);
  const total = rows.flat().reduce((sum, value) => sum + value, 0);
  const words: string[] = [];
  const cells = rows.flatMap((row, r) => {
    const inRow = row[0] + row[1];
    return row.map((value, c) => {
      const share = inRow === 0 ? 0 : value / inRow;
      words.push(
        `${displayOrder[r]} called ${displayOrder[c]}: ${count(value)} (${percent(inRow === 0 ? null : share)})`,
      );
      return cellMarks(r, c, value, inRow === 0 ? null : share);
    });
  });
  const columnHeads = displayOrder.map((name, c) => text(cellX(c) + cell.width / 2, top - 10, name));
  const rowHeads = displayOrder.map((name, r) => {
    const inRow = (rows[r]?.[0] ?? 0) + (rows[r]?.[1] ?? 0);
    const y = cellY(r) + cell.height / 2;
    return (
      text(left - 12, y - 2, name, 'text-anchor="end"') +
      text(left - 12, y + 15, `n = ${count(inRow)}`, `text-anchor="end" font-size="11" fill="${palette.muted}"`)
    );
  });
  return wrapSvg(
    {
      heading: `Confusion matrix, ${part}, n = ${count(total)}`,
      description: `Confusion matrix at threshold ${thresholdText(threshold)}. ${words.join("; ")}.`,
      width: figureSize.width,
      height: 400,
    },
    [
      text(left + cell.width + cell.gap / 2, 50, `model's answer at threshold ${thresholdText(threshold)}`, muted),
      text(14, cellY(1) - cell.gap / 2, "true class", `${muted} transform="rotate(-90 14 ${cellY(1)})"`),
      ...columnHeads,
      ...rowHeads,
      ...cells,
      text(left + cell.width, top + 2 * cell.height + 24, "percentages of the row; darker = larger share", muted),
    ].join(""),
  );
}

const muted = `fill="${palette.muted}"`;
const cellX = (column: number) => left + column * (cell.width + cell.gap);
const cellY = (row: number) => top + row * (cell.height + cell.gap);

function cellMarks(row: number, column: number, value: number, share: number | null): string {
  const x = cellX(column);
  const y = cellY(row);
  const ink = `fill="${(share ?? 0) > 0.5 ? palette.paper : palette.ink}"`;
  const middle = x + cell.width / 2;
  return (
    `<rect x="${x}" y="${y}" width="${cell.width}" height="${cell.height}" fill="${blues(share ?? 0)}" stroke="${palette.rule}"/>` +
    text(middle, y + cell.height / 2 + 2, count(value), `${ink} font-size="26" font-weight="bold"`) +
    text(middle, y + cell.height / 2 + 24, percent(share), `${ink} font-size="13"`)
  );
}

function text(x: number, y: number, words: string, attributes = ""): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escapeHtml(words)}</text>`;
}
