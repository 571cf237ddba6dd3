// Files that hold a whole dataset (an archive, a table with images inside), opened as if they were folders: imported once into
// the cache, and known there by their content.
import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { digestsOf } from "../core/download/file-digest.js";
import { makeFolderDurably } from "../core/durable-folder.js";
import { AppError, messageOf } from "../core/errors.js";
import { exists } from "../core/exists.js";
import { lockFileName, lockFolder } from "../core/folder-lock.js";
import { openPrivateFolder } from "../core/private-folder.js";
import { importDataset } from "./import-dataset.js";

/** Raise when the same file gives another manifest or other images. */
const importVersion = 1;

/** Whether a place is a file that holds more than one image: not a folder, and no manifest. */
export async function isDataFile(place: string): Promise<boolean> {
  if (extname(place).toLowerCase() === ".csv") return false;
  return stat(place).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * The manifest of such a file.
 * @param cacheFolder absolute path; its owner's alone, because what is unpacked there may show patients
 * @throws AppError as `importDataset`; FILE_UNWRITABLE, also while another process imports the same file
 */
export async function importedData(file: string, cacheFolder: string): Promise<string> {
  const { sha256 } = await digestsOf(file, ["sha256"]).catch((thrown: unknown) => {
    const rule = `cannot be read: ${messageOf(thrown)}`;
    throw new AppError("FILE_UNREADABLE", { place: file, rule, remedy: "Check its permissions" }, { cause: thrown });
  });
  const name = `${basename(file, extname(file))}-${sha256.slice(0, 16)}`;
  const folder = join(cacheFolder, "imported", `v${importVersion}`, name);
  const manifest = join(folder, "manifest.csv");
  if (await exists(manifest)) return manifest;
  const lock = await heldFolder(cacheFolder, folder, file);
  try {
    if (await exists(manifest)) return manifest;
    await empty(folder);
    await importDataset(file, { out: manifest, keyFolder: cacheFolder });
    return manifest;
  } finally {
    await lock.release();
    await rmdir(folder).catch(() => undefined); // empty after a failure
  }
}

async function heldFolder(cacheFolder: string, folder: string, file: string) {
  try {
    await openPrivateFolder(cacheFolder);
    await makeFolderDurably(folder);
    return await lockFolder(folder);
  } catch (thrown) {
    const isHeld = thrown instanceof AppError && thrown.code === "RUN_FOLDER_LOCKED";
    const facts = isHeld
      ? { place: file, rule: "another process reads it into the cache", remedy: "Wait for it, then try again" }
      : {
          place: folder,
          rule: `the cache folder cannot be used: ${messageOf(thrown)}`,
          remedy: "Choose another, or import the file",
        };
    throw new AppError("FILE_UNWRITABLE", facts, { cause: thrown });
  }
}

/** Of what a killed import left. */
async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== lockFileName) await rm(join(folder, name), { recursive: true, force: true });
  }
}
