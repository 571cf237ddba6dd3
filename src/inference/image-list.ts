// Images named one by one in a CSV file with a column `path`: a dataset's manifest, or any list. Nothing else in it is read, and how
// many there are does not matter.
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { type CsvFault, csvRecords, shownCell } from "../core/csv-records.js";
import { AppError } from "../core/errors.js";
import { rearmFormula } from "../core/spreadsheet-text.js";

/** Whether a file that was named is a list of images. */
export const isImageList = (path: string): boolean => path.toLowerCase().endsWith(".csv");

export interface ListedImage {
  /** As the list writes it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * The images in the list's order; relative paths start at its folder.
 * @throws AppError FILE_UNREADABLE; MANIFEST_INVALID naming the line
 */
export async function* listedImages(file: string): AsyncGenerator<ListedImage> {
  const fault: CsvFault = (line, rule, received, remedy = "Correct the file") =>
    new AppError("MANIFEST_INVALID", { place: `${basename(file)} line ${line}`, rule, received, remedy });
  let column: number | undefined;
  for await (const { line, cells } of csvRecords(file, fault)) {
    if (column === undefined) {
      column = cells.findIndex((cell) => cell.trim() === "path");
      if (column !== -1) continue;
      throw fault(line, "a list of images has a column path", shownCell(cells.join(",")), "Name it in the first line");
    }
    const name = rearmFormula((cells[column] ?? "").trim());
    if (name === "" || name.includes("\0"))
      throw fault(line, "should name an image in the column path", shownCell(name));
    yield { name, path: isAbsolute(name) ? name : resolve(join(dirname(file), name)) };
  }
}
