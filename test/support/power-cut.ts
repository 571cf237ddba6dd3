// Which files a disk may hold after a power cut at any moment of a recording. POSIX promises only what was flushed: a
// file's content once the file is, a name once its folder is. Everything else may have come to the disk or not, each for
// itself and in any order; a write may have come in part, or as a length without its bytes. (SQLite's and ALICE's models:
// https://www.sqlite.org/testing.html, section 5.2; Pillai et al., OSDI 2014.)
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/core/random.js";
import type { FileNumber, FileOperation, Recording } from "./recorded-files.js";

/** What a power cut left of one operation that had not been flushed. */
type Fate = "kept" | "lost" | "torn" | "zeros";

export interface DiskState {
  /** Operations that had been done when the power went. */
  readonly prefix: number;
  /** What had been told by then. */
  readonly told: readonly string[];
  /** Names what became of the operations that were not flushed, to find a state again. */
  readonly title: string;
  /** By path with "/", folders as null. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
}

/** Above this many operations that are open at once, subsets are drawn instead of all being tried. */
const mostTriedAll = 6;

export interface StateOptions {
  /** Subsets that are drawn where all would be too many. */
  readonly drawn: number;
  /** Of so many prefixes, drawn from all; of all by default. */
  readonly prefixes?: number;
}

/**
 * Every state once: each prefix with nothing, everything, names alone, lengths alone, and every subset of the operations
 * that are open, or some of them where they are too many.
 */
export function* diskStates(
  { operations, folders }: Recording,
  { drawn, prefixes = operations.length + 1 }: StateOptions,
): Generator<DiskState> {
  const random = Random.of(1, "power cuts");
  const seen = new Set<string>();
  const every = [...new Array(operations.length + 1).keys()];
  const chosen = prefixes > operations.length ? every : every.filter(() => random.uniform() * every.length < prefixes);
  for (const prefix of chosen) {
    const done = operations.slice(0, prefix);
    const open = openOperations(done);
    const told = done.flatMap((operation) => (operation.kind === "told" ? [operation.what] : []));
    for (const [title, fates] of fateSets(done, open, random, drawn)) {
      const files = filesAfter(done, fates, folders);
      const key = `${told.length} ${keyOf(files)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield { prefix, told, title, files };
    }
  }
}

/** Puts a state into an empty folder. */
export function restoreDisk(root: string, { files }: DiskState): void {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  for (const [path, content] of files) {
    if (content === null) mkdirSync(join(root, path), { recursive: true });
    else writeFileSync(join(root, path), content);
  }
}

/** Positions of the operations that no later flush covers. */
function openOperations(done: readonly FileOperation[]): readonly number[] {
  return [...done.keys()].filter((i) => {
    const operation = done[i] as FileOperation;
    if (operation.kind === "told" || operation.kind === "flush") return false;
    const flushedBy =
      operation.kind === "rename"
        ? operation.to.folder
        : operation.kind === "name" || operation.kind === "unname"
          ? operation.folder
          : operation.file;
    return !done.slice(i + 1).some((later) => later.kind === "flush" && later.file === flushedBy);
  });
}

function* fateSets(
  done: readonly FileOperation[],
  open: readonly number[],
  random: Random,
  drawn: number,
): Generator<readonly [string, ReadonlyMap<number, Fate>]> {
  const isWrite = (i: number) => done[i]?.kind === "write";
  const all = (fate: (i: number) => Fate) => new Map(open.map((i) => [i, fate(i)] as const));
  yield ["everything kept", all(() => "kept")];
  yield ["everything lost", all(() => "lost")];
  yield ["names kept, contents lost", all((i) => (isWrite(i) ? "lost" : "kept"))];
  yield ["names kept, lengths without bytes", all((i) => (isWrite(i) ? "zeros" : "kept"))];
  yield ["names kept, contents torn", all((i) => (isWrite(i) ? "torn" : "kept"))];
  const titled = (fates: ReadonlyMap<number, Fate>) =>
    [[...fates].map(([i, fate]) => `${i} ${fate}`).join(", "), fates] as const;
  if (open.length <= mostTriedAll) {
    for (let subset = 0; subset < 2 ** open.length; subset++) {
      yield titled(new Map(open.map((i, bit) => [i, ((subset >> bit) & 1) === 1 ? "kept" : "lost"] as const)));
    }
    return;
  }
  for (let n = 0; n < drawn; n++) {
    const ofWrite = ["kept", "lost", "torn", "zeros"] as const;
    yield titled(all((i) => (isWrite(i) ? ofWrite[random.integer(4)] : ofWrite[random.integer(2)]) as Fate));
  }
}

function filesAfter(
  done: readonly FileOperation[],
  fates: ReadonlyMap<number, Fate>,
  folders: ReadonlySet<FileNumber>,
): ReadonlyMap<string, Uint8Array | null> {
  const names = new Map<FileNumber, Map<string, FileNumber>>([...folders].map((folder) => [folder, new Map()]));
  const contents = new Map<FileNumber, Uint8Array>();
  for (const [i, operation] of done.entries()) {
    const fate = fates.get(i) ?? "kept";
    if (fate === "lost") continue;
    switch (operation.kind) {
      case "name":
        names.get(operation.folder)?.set(operation.name, operation.file);
        break;
      case "unname":
        names.get(operation.folder)?.delete(operation.name);
        break;
      case "rename": {
        const source = names.get(operation.from.folder);
        if (source?.get(operation.from.name) === operation.file) source.delete(operation.from.name);
        names.get(operation.to.folder)?.set(operation.to.name, operation.file);
        break;
      }
      case "write":
        contents.set(operation.file, written(contents.get(operation.file), operation, fate));
        break;
      case "cut":
        contents.set(operation.file, resized(contents.get(operation.file), operation.length));
        break;
      default: // flushes and what was told change nothing
    }
  }
  const files = new Map<string, Uint8Array | null>();
  const walk = (folder: FileNumber, path: string) => {
    for (const [name, file] of names.get(folder) ?? []) {
      files.set(`${path}${name}`, folders.has(file) ? null : (contents.get(file) ?? new Uint8Array()));
      if (folders.has(file)) walk(file, `${path}${name}/`);
    }
  };
  walk(0, "");
  return files;
}

function written(
  before: Uint8Array | undefined,
  { at, bytes }: { at: number; bytes: Uint8Array },
  fate: Fate,
): Uint8Array {
  const content = resized(before, Math.max(before?.length ?? 0, at + bytes.length));
  if (fate === "kept") content.set(bytes, at);
  // Half of it and then what was there before: at a page's edge, or in a small file's middle.
  else if (fate === "torn") content.set(bytes.subarray(0, Math.floor(bytes.length / 2)), at);
  else content.fill(0, at, at + bytes.length);
  return content;
}

function resized(before: Uint8Array | undefined, length: number): Uint8Array {
  const content = new Uint8Array(length);
  content.set((before ?? new Uint8Array()).subarray(0, length));
  return content;
}

/** Equal for equal states. */
function keyOf(files: ReadonlyMap<string, Uint8Array | null>): string {
  const hash = createHash("sha256");
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${content === null ? "folder" : content.length}\0`);
    if (content !== null) hash.update(content);
  }
  return hash.digest("hex");
}
