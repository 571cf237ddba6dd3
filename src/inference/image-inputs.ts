// What a user names on the command line becomes a stream of image files: files, folders with all below them, globs.
// Folders are walked while the images are read, so that their number does not matter; globs are matched at once.
import { createHash } from "node:crypto";
import type { Dirent, Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { compareText } from "../core/compare-text.js";
import { AppError, messageOf } from "../core/errors.js";
import { formatTitles } from "../images/formats.js";
import { imageExtensions, isImageFile } from "../images/image-name.js";
import { isImageList, listedImages } from "./image-list.js";
import type { ImageBytes } from "./prepared-input.js";

/** One argument, looked up: it exists, or it is a pattern. */
export type ImageInput =
  | { readonly kind: "file"; readonly text: string; readonly path: string }
  | { readonly kind: "folder"; readonly text: string; readonly path: string }
  | { readonly kind: "list"; readonly text: string; readonly path: string }
  | { readonly kind: "glob"; readonly text: string; readonly matches: readonly string[]; readonly cwd: string };

/** `name` is what users see: as they wrote it, with the path below it for folders. */
export type FoundFile =
  | { readonly kind: "image"; readonly name: string; readonly path: string }
  | { readonly kind: "unreadable"; readonly name: string; readonly path: string; readonly error: AppError }
  /** Named by an earlier input already. */
  | { readonly kind: "repeated"; readonly name: string };

export interface InputCounts {
  /** Of the names of what was found, in order, hexadecimal. */
  readonly sha256: string;
  /** Images and unreadable entries: what will be told of. */
  readonly found: number;
  readonly repeated: number;
}

/**
 * Looks up the arguments. A text that exists is that file or folder, even if it holds `*` or `[`.
 * @throws AppError FILE_MISSING naming every argument that is neither there nor a pattern; FILE_UNREADABLE
 */
export async function resolveInputs(texts: readonly string[], cwd: string): Promise<readonly ImageInput[]> {
  const inputs: ImageInput[] = [];
  const missing: string[] = [];
  for (const text of texts) {
    const path = resolve(cwd, text);
    const status = await statusOf(path);
    if (status !== undefined) inputs.push({ kind: kindOf(path, status), text, path });
    else if (isDynamicPattern(text)) inputs.push({ kind: "glob", text, matches: await matchesOf(text, cwd), cwd });
    else missing.push(text);
  }
  if (missing.length === 0) return inputs;
  const named = missing.slice(0, 5).join(", ") + (missing.length > 5 ? ` and ${missing.length - 5} more` : "");
  throw new AppError("FILE_MISSING", {
    place: named,
    rule: "there is no such file or folder",
    remedy: "Check the path; a folder is searched with all below it, a pattern may hold * and **",
  });
}

function kindOf(path: string, status: Stats): "folder" | "file" | "list" {
  if (status.isDirectory()) return "folder";
  return isImageList(path) ? "list" : "file";
}

/** The files a pattern matches, images only, ordered by name. */
async function matchesOf(pattern: string, cwd: string): Promise<readonly string[]> {
  try {
    const found = await glob(process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern, {
      cwd,
      absolute: isAbsolute(pattern),
      expandDirectories: false,
    });
    const images: string[] = [];
    for (const name of found.sort(compareText)) {
      if (await isImageFile(resolve(cwd, name), basename(name))) images.push(name);
    }
    return images;
  } catch (thrown) {
    throw new AppError(
      "FILE_UNREADABLE",
      { place: pattern, rule: `cannot be searched: ${messageOf(thrown)}`, remedy: "Name a folder" },
      { cause: thrown },
    );
  }
}

/**
 * Walks the inputs once without reading images.
 * @throws AppError NO_IMAGES_FOUND naming an input without any
 */
export async function countInputs(inputs: readonly ImageInput[]): Promise<InputCounts> {
  let found = 0;
  let repeated = 0;
  const names = createHash("sha256");
  for await (const { kind, name } of filesOf(inputs)) {
    if (kind === "repeated") repeated++;
    else {
      found++;
      names.update(`${JSON.stringify(name)}\n`);
    }
  }
  return { found, repeated, sha256: names.digest("hex") };
}

/**
 * The files of all inputs: in the order of the inputs, inside a folder by name. A file named twice is told as "repeated";
 * bytes come as they are.
 * @throws AppError NO_IMAGES_FOUND naming an input without any, once it has been walked
 */
export function filesOf(inputs: readonly ImageInput[]): AsyncGenerator<FoundFile>;
export function filesOf(inputs: readonly (ImageInput | ImageBytes)[]): AsyncGenerator<FoundFile | ImageBytes>;
export async function* filesOf(inputs: readonly (ImageInput | ImageBytes)[]): AsyncGenerator<FoundFile | ImageBytes> {
  const walk = new Walk(inputs.length > 1 || inputs.some((input) => "kind" in input && input.kind === "list"));
  for (const input of inputs) {
    if ("bytes" in input) {
      yield input;
      continue;
    }
    let isEmpty = true;
    for await (const file of walk.filesOf(input)) {
      isEmpty = false;
      yield file;
    }
    if (isEmpty) throw nothingIn(input);
  }
}

const emptyInputs: Readonly<Record<ImageInput["kind"], string>> = {
  glob: "a pattern that matches no image file",
  folder: "a folder without any, with all below it",
  list: "a list without any",
  file: "nothing",
};

function nothingIn({ kind, text }: ImageInput): AppError {
  const received = emptyInputs[kind];
  return new AppError("NO_IMAGES_FOUND", {
    place: text,
    rule: `there should be images named ${imageExtensions}`,
    received,
    remedy: "Check the path",
  });
}

class Walk {
  /** Files so far; only kept where more than one input could name a file again. */
  readonly #known: Set<string> | undefined;

  constructor(canRepeat: boolean) {
    this.#known = canRepeat ? new Set() : undefined;
  }

  async *filesOf(input: ImageInput): AsyncGenerator<FoundFile> {
    if (input.kind === "folder") {
      yield* this.#folder(input.path, input.text, new Set());
      return;
    }
    if (input.kind === "list") {
      for await (const { name, path } of listedImages(input.path)) {
        yield this.#file(path, name, await trueFolder(dirname(path)), await statusOf(path));
      }
      return;
    }
    const cwd = input.kind === "file" ? "" : input.cwd;
    for (const name of input.kind === "file" ? [input.text] : input.matches) {
      const path = input.kind === "file" ? input.path : resolve(cwd, name);
      yield this.#file(path, name, await trueFolder(dirname(path)), await statusOf(path));
    }
  }

  /** `walked` holds the folders of this input so far: links may lead back to them. */
  async *#folder(path: string, name: string, walked: Set<string>): AsyncGenerator<FoundFile> {
    let entries: Dirent[];
    let folder: string;
    try {
      const { dev, ino } = await stat(path, { bigint: true });
      if (walked.has(`${dev}:${ino}`)) return;
      walked.add(`${dev}:${ino}`);
      entries = await readdir(path, { withFileTypes: true });
      folder = await trueFolder(path);
    } catch (thrown) {
      const rule = `the folder cannot be listed: ${messageOf(thrown)}`;
      const facts = { place: path, rule, remedy: "Check its permissions" };
      yield { kind: "unreadable", name, path, error: new AppError("FILE_UNREADABLE", facts, { cause: thrown }) };
      return;
    }
    for (const entry of entries.sort((a, b) => compareText(a.name, b.name))) {
      if (entry.name.startsWith(".") || entry.name.toUpperCase() === "__MACOSX") continue;
      const [inner, shown] = [join(path, entry.name), join(name, entry.name)];
      const status = entry.isSymbolicLink() ? await statusOf(inner) : entry;
      if (status?.isDirectory()) yield* this.#folder(inner, shown, walked);
      else if (await isImageFile(inner, entry.name)) yield this.#file(inner, shown, folder, status);
    }
  }

  /** A file that is gone is left to the decoder, whose error says so; a pipe or device would never end. */
  #file(path: string, name: string, folder: string, status: Pick<Stats, "isFile"> | undefined): FoundFile {
    const key = join(folder, basename(path));
    if (this.#known?.has(key)) return { kind: "repeated", name };
    this.#known?.add(key);
    if (status === undefined || status.isFile()) return { kind: "image", name, path };
    const error = new AppError("IMAGE_UNREADABLE", {
      place: path,
      rule: `must be a ${formatTitles()} file`,
      received: "a folder, pipe or device",
      remedy: "Name a file",
    });
    return { kind: "unreadable", name, path, error };
  }
}

/** Undefined where there is nothing, or nothing one may look at. */
async function statusOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

/** The folder without links, so that a file is recognised however it was named. */
async function trueFolder(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
