// The files behind a drop or a file chooser: folders are walked, systems' own files left out, models told from images.
import { isOffered } from "../../src/page/file-choice.js";
import type { NewFile } from "../../src/page/file-list.js";

export interface ChosenFiles {
  readonly images: readonly NewFile<File>[];
  /** The last .onnx file among them. */
  readonly model: File | null;
}

/** More files than this at once are cut off: the list would no longer be usable. */
export const maxFiles = 10_000;

/** Must be called while the drop event is handled: browsers empty the transfer afterwards. */
export async function filesOfDrop(transfer: DataTransfer): Promise<ChosenFiles> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return sorted([...transfer.files].map((file) => ({ name: file.name, source: file })));
  const found: NewFile<File>[] = [];
  for (const entry of entries) await walk(entry, found, "named");
  return sorted(found);
}

export function filesOfInput(files: readonly File[]): ChosenFiles {
  const named = files.map((file) => ({ name: file.webkitRelativePath || file.name, source: file }));
  return sorted(named.filter(({ name }) => !name.includes("/") || isOffered(name)).slice(0, maxFiles));
}

function sorted(files: readonly NewFile<File>[]): ChosenFiles {
  const isModel = ({ name }: NewFile<File>) => /\.onnx$/i.test(name);
  return { images: files.filter((file) => !isModel(file)), model: files.findLast(isModel)?.source ?? null };
}

async function walk(entry: FileSystemEntry, found: NewFile<File>[], origin: "named" | "in folder"): Promise<void> {
  if (found.length >= maxFiles) return;
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
