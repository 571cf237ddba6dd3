// The HDF5 library as WebAssembly. The browser build is used in Node.js on purpose: its file system is in memory, so
// nothing inside an HDF5 file (external links, external storage, virtual datasets) can reach a file of this machine.
import { File as HdfFile, Module, ready } from "h5wasm";

export type { File as HdfFile } from "h5wasm";

interface MemoryFileSystem {
  createDataFile(
    parent: string,
    name: string,
    data: Uint8Array,
    canRead: boolean,
    canWrite: boolean,
    canOwn: boolean,
  ): void;
  readFile(path: string): Uint8Array;
  unlink(path: string): void;
  analyzePath(path: string): { readonly exists: boolean };
  /** A file's node: its bytes are the first `usedBytes` of `contents`, which is null before the first. */
  lookupPath(path: string): { readonly node: { contents: Uint8Array | null; readonly usedBytes: number } };
}

export interface Hdf {
  readonly module: typeof Module;
  readonly files: MemoryFileSystem;
  readonly open: (path: string, mode: "r" | "w") => HdfFile;
}

/** The library, ready, with every HDF5 error thrown as a JavaScript Error (left alone it prints and returns garbage). */
export async function loadHdf(): Promise<Hdf> {
  await ready;
  Module.activate_throwing_error_handler();
  const files = (Module as unknown as { readonly FS: MemoryFileSystem }).FS;
  return { module: Module, files, open: (path, mode) => new HdfFile(path, mode) };
}

/** The innermost reason in an HDF5 error stack, without the library's file names and line numbers. */
export function hdfReason(message: string): string {
  const reasons = [...message.matchAll(/#\d+: .*? in \w+\(\): (.*)/g)].map((match) => match[1]?.trim());
  return reasons.at(-1) ?? message.split("\n")[0] ?? message;
}
