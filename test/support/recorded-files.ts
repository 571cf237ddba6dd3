// What a piece of work does to the files below a folder, in order: every write, flush, name that comes or goes. The work is
// the product's own code, unchanged: Node's file functions are replaced for as long as it runs.
import { constants, promises } from "node:fs";
import { type FileHandle, readdir, stat } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

/** A file or folder, whatever it is called: its number, 0 for the folder that everything is below. */
export type FileNumber = number;

/** Names stand in folders; `flush` of a folder flushes its names. */
export type FileOperation =
  | { readonly kind: "name"; readonly folder: FileNumber; readonly name: string; readonly file: FileNumber }
  | { readonly kind: "unname"; readonly folder: FileNumber; readonly name: string }
  | {
      readonly kind: "rename";
      readonly from: { readonly folder: FileNumber; readonly name: string };
      readonly to: { readonly folder: FileNumber; readonly name: string };
      readonly file: FileNumber;
    }
  | { readonly kind: "write"; readonly file: FileNumber; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "cut"; readonly file: FileNumber; readonly length: number }
  | { readonly kind: "flush"; readonly file: FileNumber }
  /** Not of a file: the work says that something is done, which must hold from here on. */
  | { readonly kind: "told"; readonly what: string };

export interface Recording {
  readonly operations: readonly FileOperation[];
  /** Which numbers are folders. */
  readonly folders: ReadonlySet<FileNumber>;
}

interface Entry {
  readonly number: FileNumber;
  /** Of a folder. */
  readonly entries: Map<string, Entry> | null;
  length: number;
}

/** @param root an empty folder, or one whose content counts as being on the disk @param work is given what it tells with */
export async function recordFiles(
  root: string,
  work: (tell: (what: string) => void) => Promise<void>,
): Promise<Recording> {
  const recorder = new Recorder(root);
  await recorder.begin();
  try {
    await work((what) => recorder.operations.push({ kind: "told", what }));
  } finally {
    recorder.end();
  }
  return { operations: recorder.operations, folders: recorder.folders };
}

type AnyFunction = (...args: unknown[]) => Promise<unknown>;

class Recorder {
  readonly operations: FileOperation[] = [];
  readonly folders = new Set<FileNumber>([0]);
  readonly #root: string;
  readonly #tree: Entry = { number: 0, entries: new Map(), length: 0 };
  readonly #originals = new Map<string, unknown>();
  #count = 1;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  async begin(): Promise<void> {
    if ((await readdir(this.#root)).length > 0) throw new Error("recording begins in an empty folder");
    this.#replace("open", async (real, path, flags, mode) => {
      const place = this.#placeOf(path);
      const isFolder = place !== null && this.#find(place)?.entries != null;
      const handle = (await real(path, flags, mode)) as FileHandle;
      return place === null || isFolder ? this.#folderHandle(handle, place) : this.#opened(handle, place, flags);
    });
    this.#replace("writeFile", async (real, path, content, options) => {
      if (this.#placeOf(path) === null) return real(path, content, options);
      const flag = (typeof options === "object" ? (options as { flag?: string } | null)?.flag : undefined) ?? "w";
      const handle = await promises.open(path as string, flag);
      try {
        await handle.writeFile(content as string);
      } finally {
        await handle.close();
      }
    });
    this.#replace("mkdir", async (real, path, options) => {
      const result = await real(path, options);
      const place = this.#placeOf(path);
      if (place !== null) this.#makeFolders(place);
      return result;
    });
    this.#replace("rename", async (real, from, to) => {
      await real(from, to);
      const [source, target] = [this.#placeOf(from), this.#placeOf(to)];
      if (source === null || target === null) throw new Error("a rename across the recorded folder's edge");
      this.#rename(source, target);
    });
    this.#replace("link", async (real, from, to) => {
      await real(from, to);
      const [source, target] = [this.#placeOf(from), this.#placeOf(to)];
      const file = source === null ? undefined : this.#find(source);
      if (target !== null && file !== undefined) this.#name(target, file);
    });
    this.#replace("truncate", async (real, path, length) => {
      await real(path, length);
      const file = this.#find(this.#placeOf(path) ?? "");
      if (file !== undefined) this.#cut(file, Number(length ?? 0));
    });
    for (const name of ["rm", "unlink"]) {
      this.#replace(name, async (real, path, options) => {
        await real(path, options);
        const place = this.#placeOf(path);
        const isGone = (await stat(String(path)).catch(() => undefined)) === undefined;
        if (place !== null && isGone) this.#unname(place);
      });
    }
    for (const name of ["appendFile", "copyFile", "cp", "rmdir", "symlink"]) {
      this.#replace(name, async (real, ...args) => {
        if (args.slice(0, 2).some((path) => this.#placeOf(path) !== null)) throw new Error(`${name} is not recorded`);
        return real(...args);
      });
    }
    syncBuiltinESMExports();
  }

  end(): void {
    for (const [name, original] of this.#originals) Reflect.set(promises, name, original);
    syncBuiltinESMExports();
  }

  #replace(name: string, replacement: (real: AnyFunction, ...args: unknown[]) => Promise<unknown>): void {
    const real = Reflect.get(promises, name) as AnyFunction;
    this.#originals.set(name, real);
    Reflect.set(promises, name, (...args: unknown[]) => replacement(real, ...args));
  }

  /** Relative to the root; null for what lies elsewhere. */
  #placeOf(path: unknown): string | null {
    const place = relative(this.#root, resolve(String(path)));
    return place === ".." || place.startsWith(`..${sep}`) ? null : place;
  }

  #find(place: string): Entry | undefined {
    let at: Entry | undefined = this.#tree;
    for (const name of place.split(sep).filter((part) => part !== "")) at = at?.entries?.get(name);
    return at;
  }

  #folderOf(place: string): Entry & { readonly entries: Map<string, Entry> } {
    const folder = this.#find(dirname(place) === "." ? "" : dirname(place));
    if (folder?.entries == null) throw new Error(`${place}: its folder is not known`);
    return folder as Entry & { readonly entries: Map<string, Entry> };
  }

  #name(place: string, entry: Entry): void {
    const folder = this.#folderOf(place);
    folder.entries.set(basename(place), entry);
    this.operations.push({ kind: "name", folder: folder.number, name: basename(place), file: entry.number });
  }

  #unname(place: string): void {
    const folder = this.#folderOf(place);
    if (!folder.entries.delete(basename(place))) return;
    this.operations.push({ kind: "unname", folder: folder.number, name: basename(place) });
  }

  #rename(source: string, target: string): void {
    const [from, to] = [this.#folderOf(source), this.#folderOf(target)];
    const entry = from.entries.get(basename(source));
    if (entry === undefined) throw new Error(`${source} is not known`);
    from.entries.delete(basename(source));
    to.entries.set(basename(target), entry);
    this.operations.push({
      kind: "rename",
      from: { folder: from.number, name: basename(source) },
      to: { folder: to.number, name: basename(target) },
      file: entry.number,
    });
  }

  #makeFolders(place: string): void {
    const parts = place.split(sep).filter((part) => part !== "");
    for (const [depth] of parts.entries()) {
      const path = join(...parts.slice(0, depth + 1));
      if (this.#find(path) !== undefined) continue;
      const entry: Entry = { number: this.#count++, entries: new Map(), length: 0 };
      this.folders.add(entry.number);
      this.#name(path, entry);
    }
  }

  #folderHandle(handle: FileHandle, place: string | null): FileHandle {
    const folder = place === null ? undefined : this.#find(place);
    if (folder !== undefined) this.#override(handle, "sync", () => this.#flush(folder));
    return handle;
  }

  #opened(handle: FileHandle, place: string, flags: unknown): FileHandle {
    let file = this.#find(place);
    const isNew = file === undefined;
    if (file === undefined) {
      file = { number: this.#count++, entries: null, length: 0 };
      this.#name(place, file);
    }
    const entry = file;
    const text = typeof flags === "string" ? flags : "";
    const cuts = typeof flags === "number" ? (flags & constants.O_TRUNC) !== 0 : text.startsWith("w");
    if (cuts && !isNew && entry.length > 0) this.#cut(entry, 0);
    let position = text.startsWith("a") ? entry.length : 0;
    const written = (bytes: Uint8Array, at: number | null | undefined) => {
      const start = at ?? position;
      this.operations.push({ kind: "write", file: entry.number, at: start, bytes: Uint8Array.from(bytes) });
      entry.length = Math.max(entry.length, start + bytes.length);
      if (at == null) position = start + bytes.length;
    };
    this.#override(handle, "writeFile", (content) => written(asBytes(content), null));
    this.#override(handle, "write", (content, offset, length, at) => {
      const bytes = asBytes(content);
      const from = typeof offset === "number" ? offset : 0;
      const count = typeof length === "number" ? length : bytes.length - from;
      written(bytes.subarray(from, from + count), at as number | null | undefined);
    });
    this.#override(handle, "truncate", (length) => this.#cut(entry, Number(length ?? 0)));
    for (const name of ["sync", "datasync"]) this.#override(handle, name, () => this.#flush(entry));
    return handle;
  }

  #override(handle: FileHandle, name: string, record: (...args: unknown[]) => void): void {
    const real = (Reflect.get(handle, name) as AnyFunction).bind(handle);
    Object.defineProperty(handle, name, {
      value: async (...args: unknown[]) => {
        const result = await real(...args);
        record(...args);
        return result;
      },
    });
  }

  #flush(entry: Entry): void {
    this.operations.push({ kind: "flush", file: entry.number });
  }

  #cut(entry: Entry, length: number): void {
    entry.length = length;
    this.operations.push({ kind: "cut", file: entry.number, length });
  }
}

const asBytes = (content: unknown): Uint8Array =>
  typeof content === "string"
    ? Buffer.from(content)
    : ArrayBuffer.isView(content)
      ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
      : (content as Uint8Array);
