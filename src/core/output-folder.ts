// A folder for results that were asked for with --out: new or empty, so that nothing is ever overwritten.
import { readdir } from "node:fs/promises";
import { makeFolderDurably } from "./durable-folder.js";
import { AppError, messageOf } from "./errors.js";

/**
 * Makes the folder, before the work whose results go into it.
 * @throws AppError RUN_FOLDER_TAKEN when it holds anything, FILE_UNWRITABLE when it cannot be made
 */
export async function makeOutputFolder(folder: string): Promise<void> {
  const entries = await madeFolder(folder, "output folder");
  if (entries.length === 0) return;
  throw new AppError("RUN_FOLDER_TAKEN", {
    place: folder,
    rule: "results go into a new or empty folder",
    received: `${entries.length} entries (${entries[0]}, …)`,
    remedy: "Choose another",
  });
}

/**
 * Makes a folder where there is none.
 * @param what it is, for the error's words
 * @returns what it holds already
 * @throws AppError FILE_UNWRITABLE
 */
export async function madeFolder(folder: string, what: string): Promise<readonly string[]> {
  try {
    await makeFolderDurably(folder);
    return await readdir(folder);
  } catch (thrown) {
    throw new AppError(
      "FILE_UNWRITABLE",
      { place: folder, rule: `the ${what} cannot be made: ${messageOf(thrown)}`, remedy: "Choose another place" },
      { cause: thrown },
    );
  }
}
