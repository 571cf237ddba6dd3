// Writing a file so that a crash, a kill or a full disk never leaves half of it under its name.
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, messageOf } from "./errors.js";

/**
 * Writes to a temporary name beside `path`, flushes it to the disk, then renames. Folders above are made.
 * @param mode permissions of a new file, before the umask
 * @throws AppError FILE_UNWRITABLE naming the path; an existing file keeps its old content.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new AppError(
      "FILE_UNWRITABLE",
      { place: path, rule: `cannot be written: ${messageOf(thrown)}`, remedy: "Free space or make it writable" },
      { cause: thrown },
    );
  }
}
