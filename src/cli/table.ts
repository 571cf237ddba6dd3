// Tables for the terminal: a heading row, thin lines, numbers to the right. Machines get --json instead.
import Table from "cli-table3";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

const chars = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

/** The lines of a table; a rule stands below the titles. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = widthsOf(columns, cells);
  const table = new Table({
    chars: { ...chars },
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
    colAligns: columns.map((column) => column.align ?? "left"),
  });
  table.push(
    columns.map((column) => column.title),
    widths.map((width) => "─".repeat(width)),
    ...cells,
  );
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/**
 * As `renderTable`, folded where the whole would be wider than `width`: long texts go on below
 * themselves, and columns that still find no room follow in parts that each begin with the first column.
 */
export function renderFolded(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  if (widthsOf(columns, rows).reduce((sum, each) => sum + gap + each, -gap) <= width) return renderTable(columns, rows);
  // Row heads of a third of the width read well; they give way where that spares a part.
  const folded = ([0.36, 0.22] as const).map((share) => {
    const cells = wrapped(columns, rows, Math.floor(share * width), width);
    return { cells, parts: partsOf(widthsOf(columns, cells), width) };
  });
  const { cells, parts } = folded.reduce((a, b) => (b.parts.length < a.parts.length ? b : a));
  const only = <T>(whole: readonly T[], part: readonly number[]) => part.map((i) => whole[i] as T);
  return parts
    .map((part) =>
      renderTable(
        only(columns, part),
        cells.map((row) => only(row, part)),
      ),
    )
    .join("\n\n");
}

const gap = 2;

/** Which columns stand together, the first in every part. */
function partsOf(widths: readonly number[], width: number): readonly (readonly number[])[] {
  const parts: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const [i, needed] of widths.entries()) {
    if (i === 0) continue;
    if (used + gap + needed > width) {
      parts.push([0]);
      used = widths[0] as number;
    }
    parts.at(-1)?.push(i);
    used += gap + needed;
  }
  return parts;
}

const widthsOf = (columns: readonly Column[], rows: readonly (readonly string[])[]): readonly number[] =>
  columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => longestLine(row[i] ?? ""))));

const longestLine = (cell: string): number => Math.max(...cell.split("\n").map(({ length }) => length));

/** The first column gets at most `headLimit`, other texts what it leaves; numbers stay as they are. */
function wrapped(columns: readonly Column[], rows: readonly (readonly string[])[], headLimit: number, width: number) {
  const heads = rows.map(([head = "", ...others]) => [wrappedCell(head, headLimit), ...others]);
  const limit = width - (widthsOf(columns, heads)[0] ?? 0) - gap;
  const isText = (i: number) => i > 0 && columns[i]?.align !== "right";
  return heads.map((row) => row.map((cell, i) => (isText(i) ? wrappedCell(cell, limit) : cell)));
}

/** In lines of at most that many characters, all but the first set in; a word that is longer stays whole. */
function wrappedCell(cell: string, limit: number): string {
  if (cell.length <= limit) return cell;
  const indent = cell.search(/\S|$/);
  const lines: string[] = [];
  let line = " ".repeat(indent);
  for (const word of cell.trim().split(/\s+/)) {
    const isEmpty = line.trim() === "";
    if (!isEmpty && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = `${" ".repeat(indent + 2)}${word}`;
    } else line += isEmpty ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}

/** Two columns without titles: a name and what it is. */
export function renderPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd()).join("\n");
}
