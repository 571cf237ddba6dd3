// The order of the table: by a column, either way; files without a value come last whichever way it is.
import type { PageFile } from "./page-file.js";

export type SortColumn = "added" | "name" | "score" | "state";
export type SortDirection = "ascending" | "descending";

export interface SortOrder {
  readonly column: SortColumn;
  readonly direction: SortDirection;
}

/** What a click on a column's head does: sort by it, then turn the order around. Scores begin with the highest. */
export function toggledOrder(order: SortOrder, column: SortColumn): SortOrder {
  if (order.column !== column) return { column, direction: column === "score" ? "descending" : "ascending" };
  return { column, direction: order.direction === "ascending" ? "descending" : "ascending" };
}

const nameOrder = new Intl.Collator("en", { numeric: true });
const stateRank = { failed: 0, scoring: 1, waiting: 2, stopped: 3, scored: 4 } as const;

/** A sorted copy; equal ones keep the order in which they were added. */
export function sortFiles<File extends PageFile>(files: readonly File[], order: SortOrder): readonly File[] {
  const sign = order.direction === "ascending" ? 1 : -1;
  return files.toSorted((a, b) => {
    switch (order.column) {
      case "added":
        return sign * (a.id - b.id);
      case "name":
        return sign * nameOrder.compare(a.name, b.name) || a.id - b.id;
      case "state":
        return sign * (stateRank[a.state.kind] - stateRank[b.state.kind]) || a.id - b.id;
      case "score":
        return compareScores(a, b, sign) || a.id - b.id;
      default:
        return order.column satisfies never;
    }
  });
}

function compareScores(a: PageFile, b: PageFile, sign: number): number {
  const scoreA = a.state.kind === "scored" ? a.state.score : undefined;
  const scoreB = b.state.kind === "scored" ? b.state.score : undefined;
  if (scoreA === undefined || scoreB === undefined) return Number(scoreA === undefined) - Number(scoreB === undefined);
  return sign * (scoreA - scoreB);
}
