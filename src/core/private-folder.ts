// A folder that only its owner can look into: what is kept in it may show patients.
import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Read and write for the owner alone. */
export const privateFileMode = 0o600;
const privateFolderMode = 0o700;
const ofOthers = 0o077;

/**
 * Makes the folder, and takes it and the files directly in it from everybody but their owner. Windows has its own rules
 * and ignores these. Throws system errors: a folder that cannot be closed must not be used.
 */
export async function openPrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: privateFolderMode });
  await takeFromOthers(folder, privateFolderMode);
  await makeFilesPrivate(folder, () => true);
}

/** Takes the files directly in `folder` whose names pass from everybody but their owner. Throws system errors. */
export async function makeFilesPrivate(folder: string, isMeant: (name: string) => boolean): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && isMeant(entry.name)) await takeFromOthers(join(folder, entry.name), privateFileMode);
  }
}

async function takeFromOthers(path: string, mode: number): Promise<void> {
  const status = await stat(path).catch(() => undefined); // another process may have renamed a temporary file
  if (status !== undefined && (status.mode & ofOthers) !== 0) await chmod(path, mode);
}
