// A zip archive becomes a folder, whole or not at all: it is unpacked beside its place, flushed to the disk, and takes its name
// in the end. Who fetched the archive, and what its files mean, is known elsewhere.
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { aborted, throwIfAborted } from "../../core/aborted.js";
import { makeFolderDurably, renameDurably, syncFolder } from "../../core/durable-folder.js";
import { AppError, messageOf, systemCodeOf } from "../../core/errors.js";
import { lockFileName, lockFolder } from "../../core/folder-lock.js";
import { type ArchiveLimits, shown } from "../../core/zip-members.js";
import { invalidArchive, openArchive } from "./zip-members.js";

/** How an archive is unpacked. */
export interface UnpackOptions {
  /** A member's path below the folder; null leaves it out. Default: its own name. */
  readonly pathOf?: ((name: string) => string | null) | undefined;
  /** Looks at the folder before it takes its name, and may add to it; what it throws undoes all. */
  readonly complete?: ((folder: string) => Promise<void>) | undefined;
  readonly limits?: Partial<ArchiveLimits> | undefined;
  /** Told after each file. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param folder absolute path of the new folder, or of an empty one; those above it are made
 * @returns how many files it holds
 * @throws AppError DATASET_SOURCE_INVALID for an archive that is damaged or hostile; FILE_UNWRITABLE without room or
 *   permission, and where `folder` holds something; RUN_FOLDER_LOCKED while another process unpacks there; ABORTED. Nothing
 *   is left of it then; what a kill leaves, the next call removes.
 */
export async function unpackArchive(file: string, folder: string, options: UnpackOptions = {}): Promise<number> {
  const archive = await openArchive(file, options.limits);
  try {
    return await unpackInto(folder, { file, ...archive }, options);
  } finally {
    archive.zip.close();
  }
}

interface Archive {
  readonly file: string;
  readonly zip: ZipFile;
  readonly files: readonly Entry[];
}

async function unpackInto(folder: string, { file, zip, files }: Archive, options: UnpackOptions): Promise<number> {
  const { pathOf = (name) => name, complete, onProgress, signal } = options;
  const temporary = `${folder}.partial`;
  const wanted = files.flatMap((entry) => {
    const path = pathOf(entry.fileName);
    return path === null ? [] : [{ entry, path: join(temporary, path) }];
  });
  await makeFolderDurably(temporary).catch((thrown: unknown) => {
    throw unwritable(folder, thrown);
  });
  const lock = await lockFolder(temporary);
  try {
    await empty(temporary);
    await requireRoom(folder, wanted);
    const folders = new Set([temporary, ...wanted.map(({ path }) => dirname(path))]);
    for (const each of folders) await makeFolder(file, each);
    let done = 0;
    // One by one: yauzl reads for several streams in turns, and ends the process when one is destroyed while it waits for its own.
    for (const { entry, path } of wanted) {
      throwIfAborted(signal, "unpacking");
      await unpackFile({ file, zip, entry, path, signal });
      onProgress?.(++done, wanted.length);
    }
    for (const each of folders) await syncFolder(each);
    await complete?.(temporary);
    await lock.requireHeld();
    await lock.release();
    await renameDurably(temporary, folder).catch((thrown: unknown) => {
      throw unwritable(folder, thrown);
    });
    return wanted.length;
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw thrown;
  } finally {
    await lock.release();
  }
}

/** Of what a killed run left. */
async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== lockFileName) await rm(join(folder, name), { recursive: true, force: true });
  }
}

interface Member {
  readonly file: string;
  readonly zip: ZipFile;
  readonly entry: Entry;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

async function unpackFile({ file, zip, entry, path, signal }: Member): Promise<void> {
  let sum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      sum = crc32(chunk, sum);
      callback(null, chunk);
    },
  });
  try {
    const from = await zip.openReadStreamPromise(entry);
    // "wx": the folder is new, so a name that is there is the same one to a file system that does not tell cases apart.
    const out = createWriteStream(path, { flags: "wx", flush: true });
    await pipeline(from, check, out, { signal });
    if (sum !== entry.crc32) throw new Error(`${shown(entry.fileName)} has another checksum than the archive gives`);
  } catch (thrown) {
    if (signal?.aborted) throw aborted(signal, "unpacking");
    throw isOfDisk(thrown) ? unwritable(path, thrown) : invalidArchive(file, thrown);
  }
}

/** A folder where the archive has a file of the same name is the archive's fault. */
async function makeFolder(file: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw isOfDisk(thrown) ? unwritable(folder, thrown) : invalidArchive(file, thrown);
  });
}

/** What no name in an archive can cause. */
const ofDisk = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EACCES", "EPERM", "EROFS", "EIO", "EMFILE", "ENFILE"]);
const isOfDisk = (thrown: unknown): boolean => ofDisk.has(systemCodeOf(thrown) ?? "");

async function requireRoom(folder: string, wanted: readonly { readonly entry: Entry }[]): Promise<void> {
  const bytes = wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  const disk = await statfs(dirname(folder)).catch(() => undefined);
  if (disk === undefined || disk.bavail * disk.bsize >= bytes) return;
  const [needed, free] = [bytes, disk.bavail * disk.bsize].map((each) => `${(each / 1e9).toFixed(1)} GB`);
  throw unwritable(folder, new Error(`${needed} are needed and ${free} are free`));
}

const unwritable = (place: string, thrown: unknown): AppError =>
  new AppError(
    "FILE_UNWRITABLE",
    {
      place,
      rule: `the archive cannot be unpacked there: ${messageOf(thrown)}`,
      remedy: "Free space or choose another folder",
    },
    { cause: thrown },
  );
