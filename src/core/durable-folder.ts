// Names that outlive a power cut. A file's own fsync keeps its content; that it has been made, renamed or removed stands in
// its folder, which is flushed on its own (fsync(2): "an explicit fsync() on a file descriptor for the directory is also
// needed"). Windows flushes names with their files and lets no folder be opened for it.
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { systemCodeOf } from "./errors.js";

/** What systems answer that have no flush of a folder, or do not let this user open it for reading. A failing disk is none of them. */
const withoutFlush = new Set(["EISDIR", "EINVAL", "EPERM", "EACCES", "ENOTSUP", "EBADF"]);

/** Flushes a folder's names to the disk, where the system can. Throws system errors. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (!withoutFlush.has(systemCodeOf(thrown) ?? "")) throw thrown;
  }
}

/** Makes a folder and those above it, where there are none, and flushes what names them. Throws system errors. */
export async function makeFolderDurably(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let at = dirname(resolve(folder)); at.length >= top.length; at = dirname(at)) {
    await syncFolder(at);
    if (at === dirname(at)) return;
  }
}

/** Renames within one folder, or into another, for good. The content of a file is flushed by the caller, before. Throws system errors. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}
