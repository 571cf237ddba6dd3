// The files behind a drop or a file chooser; folders are walked.
import { type ChosenFiles as Chosen, chosenFiles, isOffered, maxImages } from "../../src/page/file-choice.js";
import type { NewFile } from "../../src/page/file-list.js";

export type ChosenFiles = Chosen<File>;

/** Must be called while the drop event is handled: browsers empty the transfer afterwards. */
export async function filesOfDrop(transfer: DataTransfer): Promise<ChosenFiles> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return chosenFiles([...transfer.files].map((file) => ({ name: file.name, source: file })));
  const found: NewFile<File>[] = [];
  for (const entry of entries) await walk(entry, found, "named");
  return chosenFiles(found);
}

export function filesOfInput(files: readonly File[]): ChosenFiles {
  const named = files.map((file) => ({ name: file.webkitRelativePath || file.name, source: file }));
  return chosenFiles(named.filter(({ name }) => !name.includes("/") || isOffered(name)));
}

async function walk(entry: FileSystemEntry, found: NewFile<File>[], origin: "named" | "in folder"): Promise<void> {
  if (found.length > maxImages) return; // one more shows that there are too many
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    if (origin === "in folder" && !isOffered(path)) return;
    const file = await new Promise<File | undefined>((resolve) =>
      (entry as FileSystemFileEntry).file(resolve, () => resolve(undefined)),
    );
    if (file !== undefined) found.push({ name: path, source: file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader hands over 100 entries at most at a time, and none when there are no more.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (batch.length === 0) return;
    for (const child of batch) await walk(child, found, "in folder");
  }
}
