// Publishers' lists of names, one in each line.
import { readFile } from "node:fs/promises";
import { AppError, messageOf } from "../../../core/errors.js";

/** Lines that are not blank; none where there is no such file. @throws AppError FILE_UNREADABLE */
export async function linesOf(file: string | undefined): Promise<readonly string[]> {
  if (file === undefined) return [];
  try {
    const lines = (await readFile(file, "utf8")).split("\n");
    return lines.map((line) => line.trim()).filter((line) => line !== "");
  } catch (thrown) {
    const rule = `cannot be read: ${messageOf(thrown)}`;
    throw new AppError("FILE_UNREADABLE", { place: file, rule, remedy: "Check its permissions" }, { cause: thrown });
  }
}
