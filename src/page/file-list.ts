// The list of files on the page and what may happen to it: pure functions from list to list.
import type { FileState, PageFile } from "./page-file.js";

export interface FileList<Source = unknown> {
  readonly files: readonly PageFile<Source>[];
  readonly nextId: number;
  /** The one in the viewer. */
  readonly selectedId: number | null;
}

export const emptyFileList: FileList<never> = { files: [], nextId: 1, selectedId: null };

export interface NewFile<Source> {
  readonly name: string;
  readonly source: Source;
}

/** Adds files to the end, all waiting; the first of them is selected. */
export function addFiles<Source>(list: FileList<Source>, added: readonly NewFile<Source>[]): FileList<Source> {
  if (added.length === 0) return list;
  const files = added.map(
    ({ name, source }, i): PageFile<Source> => ({ id: list.nextId + i, name, source, state: { kind: "waiting" } }),
  );
  return { files: [...list.files, ...files], nextId: list.nextId + added.length, selectedId: list.nextId };
}

export function setFileState<Source>(list: FileList<Source>, id: number, state: FileState): FileList<Source> {
  return { ...list, files: list.files.map((file) => (file.id === id ? { ...file, state } : file)) };
}

export function selectFile<Source>(list: FileList<Source>, id: number): FileList<Source> {
  return list.files.some((file) => file.id === id) ? { ...list, selectedId: id } : list;
}

/** Waiting files are stopped; the one being scored is left to finish. */
export function stopWaiting<Source>(list: FileList<Source>): FileList<Source> {
  const files = list.files.map((file) =>
    file.state.kind === "waiting" ? { ...file, state: { kind: "stopped" } as const } : file,
  );
  return { ...list, files };
}

/** Stopped files wait again; with `all`, those with a score too (another model came). */
export function waitAgain<Source>(list: FileList<Source>, which: "stopped" | "all"): FileList<Source> {
  const files = list.files.map((file) =>
    which === "all" || file.state.kind === "stopped" ? { ...file, state: { kind: "waiting" } as const } : file,
  );
  return { ...list, files };
}

/** The selected one first, so that what is looked at comes first; undefined when none waits. */
export function nextWaiting<Source>(list: FileList<Source>): PageFile<Source> | undefined {
  const waiting = list.files.filter((file) => file.state.kind === "waiting");
  return waiting.find((file) => file.id === list.selectedId) ?? waiting[0];
}

export interface ListCounts {
  readonly total: number;
  readonly open: number;
  readonly scored: number;
  readonly failed: number;
  readonly stopped: number;
}

export function countFiles(list: FileList): ListCounts {
  const count = (...kinds: readonly FileState["kind"][]) =>
    list.files.filter((file) => kinds.includes(file.state.kind)).length;
  return {
    total: list.files.length,
    open: count("waiting", "scoring"),
    scored: count("scored"),
    failed: count("failed"),
    stopped: count("stopped"),
  };
}
