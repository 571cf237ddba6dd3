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
  const widths = columns.map((column, i) => Math.max(column.title.length, ...cells.map((row) => row[i]?.length ?? 0)));
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

/** As `renderTable`, in several parts that each begin with the first column where the whole would be wider than `width`. */
export function renderFolded(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const gap = 2;
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
  const only = <T>(cells: readonly T[], part: readonly number[]) => part.map((i) => cells[i] as T);
  return parts
    .map((part) =>
      renderTable(
        only(columns, part),
        rows.map((row) => only(row, part)),
      ),
    )
    .join("\n\n");
}

/** Two columns without titles: a name and what it is. */
export function renderPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd()).join("\n");
}
