// A file that several processes would make and one does: whole or not there, and never replaced.
import { link, open, rm } from "node:fs/promises";
import { temporaryName, writeFlushed } from "./atomic-file.js";
import { AppError, messageOf, systemCodeOf } from "./errors.js";

/**
 * Creates the file, unless there is one already.
 * @returns whether it was created
 * @throws AppError FILE_UNWRITABLE
 */
export async function createOnce(path: string, text: string): Promise<boolean> {
  const temporary = temporaryName(path);
  try {
    await writeFlushed(temporary, text);
    return await placeOnce(temporary, path, text);
  } catch (thrown) {
    throw new AppError(
      "FILE_UNWRITABLE",
      { place: path, rule: `cannot be written: ${messageOf(thrown)}`, remedy: "Free space or make it writable" },
      { cause: thrown },
    );
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/**
 * Gives the file `temporary` the name `path` as well, in one step (a hard link), or writes `text` in two where the file system has no
 * links. Throws system errors.
 * @returns false when the name exists already
 */
export const placeOnce = (temporary: string, path: string, text: string): Promise<boolean> =>
  succeeds(link(temporary, path)).catch(() => succeeds(writeInPlace(path, text)));

async function writeInPlace(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  await file.writeFile(text).finally(() => file.close());
}

/** True when the work succeeds, false when the name exists already. */
async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (thrown) {
    if (systemCodeOf(thrown) === "EEXIST") return false;
    throw thrown;
  }
}
