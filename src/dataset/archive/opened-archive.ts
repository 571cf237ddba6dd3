// A place that may be a zip archive: its files are unpacked where the images of an import belong, and found there.
import { open, readdir, rm, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { AppError, messageOf } from "../../core/errors.js";
import { exists } from "../../core/exists.js";
import { unpackArchive } from "./unpack-archive.js";

/** Where the files lie now. */
export interface OpenedPlace {
  readonly place: string;
  readonly isUnpacked: boolean;
  /** Removes what was unpacked. */
  discard(): Promise<void>;
}

/**
 * @param into absolute path of the new folder for an archive's files; another place is given back as it is
 * @throws AppError FILE_UNREADABLE; DATASET_FOLDER_TAKEN where `into` is there; as `unpackArchive`
 */
export async function openPlace(place: string, into: string, signal?: AbortSignal): Promise<OpenedPlace> {
  if (!(await isArchive(place))) return { place, isUnpacked: false, discard: async () => undefined };
  if (await exists(into)) {
    throw new AppError("DATASET_FOLDER_TAKEN", {
      place: into,
      rule: "an archive is unpacked into a new folder",
      received: "one that is there",
      remedy: "Choose another name for the manifest, or remove the folder",
    });
  }
  await unpackArchive(place, into, { signal });
  const discard = () => rm(into, { recursive: true, force: true });
  try {
    return { place: await innermost(into), isUnpacked: true, discard };
  } catch (thrown) {
    await discard();
    throw thrown;
  }
}

/** By its first bytes, whatever it is called; a NumPy archive is a zip too, and a source of its own. */
async function isArchive(place: string): Promise<boolean> {
  if (extname(place).toLowerCase() === ".npz" || !(await stat(place)).isFile()) return false;
  try {
    const file = await open(place);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      // An archive without a member begins with its end.
      return bytesRead === 4 && ["PK\x03\x04", "PK\x05\x06"].includes(buffer.toString("latin1"));
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const rule = `cannot be read: ${messageOf(thrown)}`;
    throw new AppError("FILE_UNREADABLE", { place, rule, remedy: "Check its permissions" }, { cause: thrown });
  }
}

/** Most archives hold one folder that holds the rest. */
async function innermost(folder: string): Promise<string> {
  const [only, ...others] = await readdir(folder, { withFileTypes: true });
  return only?.isDirectory() && others.length === 0 ? innermost(join(folder, only.name)) : folder;
}
