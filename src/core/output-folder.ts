// A folder for results that were asked for with --out: new or empty, so that nothing is ever overwritten.
import { mkdir, readdir } from "node:fs/promises";
import { AppError, messageOf } from "./errors.js";

/**
 * Makes the folder, before the work whose results go into it.
 * @throws AppError RUN_FOLDER_TAKEN when it holds anything, FILE_UNWRITABLE when it cannot be made
 */
export async function makeOutputFolder(folder: string): Promise<void> {
  let entries: readonly string[];
  try {
    await mkdir(folder, { recursive: true });
    entries = await readdir(folder);
  } catch (thrown) {
    throw new AppError(
      "FILE_UNWRITABLE",
      {
        place: folder,
        rule: `the output folder cannot be made: ${messageOf(thrown)}`,
        remedy: "Choose another place",
      },
      { cause: thrown },
    );
  }
  if (entries.length === 0) return;
  throw new AppError("RUN_FOLDER_TAKEN", {
    place: folder,
    rule: "results go into a new or empty folder",
    received: `${entries.length} entries (${entries[0]}, …)`,
    remedy: "Choose another",
  });
}
