// A dataset's manifest: a CSV file with one row per image. What its columns are called, what their cells may hold, and how a
// row's cells become facts about an image.
import { posix } from "node:path";
import { CellError, factCells } from "../../core/fact-cells.js";
import { classNames, type ImageFacts, type Label, type SplitName, splitNames } from "../sample.js";

/** Columns that every manifest has. */
export const requiredColumns = ["path", "label", "patient"] as const;
/** Columns that say more of an image; cells may be empty. Columns of other names are kept as they are. */
export const optionalColumns = ["split", "study", "age_years", "sex", "view", "acquired", "source", "finding"] as const;
export type ManifestColumn = (typeof requiredColumns)[number] | (typeof optionalColumns)[number];

/** One image of a manifest. */
export interface ManifestRow {
  /** Relative to the manifest's folder, with forward slashes; it stays inside that folder. */
  readonly path: string;
  readonly label: Label;
  /** Null where the cell is empty: nobody knows who is on the picture. */
  readonly patient: string | null;
  /** Null where the cell is empty or the column absent. */
  readonly split: SplitName | null;
  readonly facts: ImageFacts;
}

/** What `normalize` would change: it takes its time and memory for each of a million paths. */
const unusual = /\\|\/\/|(^|\/)\.\.?(\/|$)/;

/** Readers of cells that are not empty. @throws CellError */
export const cells = {
  ...factCells,
  path(text: string): string {
    const path = unusual.test(text) ? posix.normalize(text.replaceAll("\\", "/")) : text;
    const isOutside = path === ".." || path.startsWith("../") || posix.isAbsolute(path) || /^[A-Za-z]:/.test(path);
    if (isOutside || path === "." || path.endsWith("/") || path.includes("\0")) {
      throw new CellError("a file's path below the manifest's folder, relative to it");
    }
    return path;
  },
  label(text: string): Label {
    const label = (classNames as readonly string[]).indexOf(text.toUpperCase());
    if (label === -1) throw new CellError(classNames.join(" or "));
    return label as Label;
  },
  split(text: string): SplitName {
    const name = text.toLowerCase();
    const split = name === "valid" || name === "validation" ? "val" : splitNames.find((each) => each === name);
    if (split === undefined) throw new CellError(`${splitNames.join(", ")} or nothing`);
    return split;
  },
  acquired(text: string): string {
    const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
    if (year === undefined || !isCalendarDay(Number(year), Number(month), Number(day))) {
      throw new CellError("a date such as 2024-03-14, or nothing");
    }
    return text;
  },
} as const;

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
