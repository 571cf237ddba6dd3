// Reads .keras files (Keras 3's, and those of Keras 2.13 and later), as they are and unpacked: whole models and weights for a
// known model. The archive is opened here; what is in it is read in the reader's thread, as .h5 files are.
import { open, stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import type { PretrainedRequest } from "../../model/match-pretrained.js";
import { type KerasModel, modelIn, pretrainedIn } from "../keras-h5/read-keras-model.js";
import type { PretrainedFile } from "../pretrained-file.js";
import { configName } from "./archive-layout.js";
import { type ArchiveParts, archiveParts, digestOf, folderParts } from "./archive-parts.js";

/**
 * A whole model.
 * @param path of a .keras file, or of config.json in the folder that one was unpacked into
 * @throws AppError as `readKerasModel`
 */
export async function readKerasArchive(path: string): Promise<KerasModel> {
  return modelIn(jobOf(await partsOf(path), path));
}

/** As `readKerasArchive`, for the archive's bytes; `place` names them in errors. */
export async function parseKerasArchive(bytes: Uint8Array, place: string): Promise<KerasModel> {
  return modelIn(jobOf(await archiveParts(bytes, place), place));
}

/** The weights for a model's backbone. @throws AppError as `readKerasArchive`, and as `matchPretrained` */
export async function readKerasArchivePretrained(path: string, request: PretrainedRequest): Promise<PretrainedFile> {
  const job = jobOf(await partsOf(path), path);
  return { ...(await pretrainedIn({ ...job, request })), sha256: await digestOf(path, isUnpacked(path)) };
}

/** By its first bytes, or, where they say nothing, its name: a .keras file, or config.json of an unpacked one. */
export async function isKerasArchive(path: string): Promise<boolean> {
  if (isUnpacked(path)) return true;
  const start = await firstBytes(path);
  if (start === undefined || isZip(start)) return start !== undefined;
  return extname(path).toLowerCase() === ".keras" && start[0] !== 0x89; // some call a .h5 file so
}

/** Whether a file is the configuration of an unpacked .keras file. */
export const isUnpacked = (path: string): boolean => basename(path) === configName;

/** APPNOTE.TXT, 4.3.7: the mark at a zip archive's beginning. */
export const isZip = (bytes: Uint8Array): boolean => [0x50, 0x4b, 0x03, 0x04].every((byte, i) => bytes[i] === byte);

const partsOf = (path: string): Promise<ArchiveParts> =>
  isUnpacked(path) ? folderParts(path) : archiveParts(path, path);

const jobOf = ({ weights, ...archive }: ArchiveParts, path: string) => ({
  bytes: weights,
  place: isUnpacked(path) ? dirname(path) : path,
  request: undefined,
  archive,
});

/** Undefined where there is no file to open; whoever reads it says why. */
async function firstBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined; // a pipe would block
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
