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
      `${folder}: the output folder cannot be made: ${messageOf(thrown)}. Choose another place with --out.`,
      { cause: thrown },
    );
  }
  if (entries.length === 0) return;
  throw new AppError(
    "RUN_FOLDER_TAKEN",
    `${folder}: results go into a new or empty folder. Found ${entries.length} entries (${entries[0]}, …). Choose another with --out.`,
  );
}
