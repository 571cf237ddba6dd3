// Writing a file so that a crash, a kill, a full disk or a power cut never leaves half of it under its name, and nothing of
// what was written is lost afterwards.
import { randomBytes } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolderDurably, renameDurably } from "./durable-folder.js";
import { AppError, messageOf, systemCodeOf } from "./errors.js";

/** Ends the names under which files are written; the part before it tells writers apart, also those in two containers. */
export const temporaryEnd = /\.\d+-[0-9a-f]{8}\.tmp$/;

/** A name beside `path` that no other writer uses. */
export const temporaryName = (path: string): string => `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;

/** How a file is written; its owner's and everybody's permissions by default. */
export interface WriteOptions {
  /** Permissions of a new file, before the umask. */
  readonly mode?: number;
  /** Under this name, in the same folder, the file that is replaced is kept; between the two names there is a moment without `path`. */
  readonly previous?: string;
}

/**
 * Writes to a temporary name beside `path`, flushes it to the disk, renames it and flushes the folder. Folders above are made.
 * @throws AppError FILE_UNWRITABLE naming the path; an existing file keeps its old content.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  { mode, previous }: WriteOptions = {},
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await makeFolderDurably(dirname(path));
    await writeFlushed(temporary, content, mode);
    if (previous !== undefined) await renameIfThere(path, previous);
    await renameDurably(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new AppError(
      "FILE_UNWRITABLE",
      { place: path, rule: `cannot be written: ${messageOf(thrown)}`, remedy: "Free space or make it writable" },
      { cause: thrown },
    );
  }
}

/** Writes a new file and flushes its content; its name is the caller's to flush. Throws system errors. */
export async function writeFlushed(path: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((thrown: unknown) => {
    if (systemCodeOf(thrown) !== "ENOENT") throw thrown;
  });
}

/** Removes what killed writers left directly in a folder, if it is there. Call it only where nobody else writes. Throws system errors. */
export async function removeTemporaries(folder: string): Promise<void> {
  const all = await readdir(folder).catch((thrown: unknown) => {
    if (systemCodeOf(thrown) === "ENOENT") return [];
    throw thrown;
  });
  const names = all.filter((name) => temporaryEnd.test(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}
