// Where an import puts images that lie in no file of their own yet: a folder beside the manifest, named after it. Files get
// their names when they are whole, and those of an import that failed are removed again.
import { readFile, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { temporaryName, writeFlushed } from "../../core/atomic-file.js";
import { makeFolderDurably, syncFolder } from "../../core/durable-folder.js";
import { AppError, messageOf, systemCodeOf } from "../../core/errors.js";

export class ImageFolder {
  /** Its name, below the manifest's folder. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly #written: string[] = [];
  readonly #running = new Set<Promise<string>>();
  readonly #folders = new Map<string, Promise<void>>();
  #isDiscarded = false;

  /** @param manifest absolute path of the manifest that will list the images */
  constructor(manifest: string) {
    this.name = `${basename(manifest, extname(manifest))}-images`;
    this.path = join(dirname(manifest), this.name);
  }

  /**
   * An image of the same name and content, which an import left that was killed, stays as it is.
   * @param name a file's name, in folders of this one
   * @returns the image's path in the manifest
   * @throws AppError DATASET_FOLDER_TAKEN where another image has the name; FILE_UNWRITABLE
   */
  async write(name: string, bytes: Uint8Array): Promise<string> {
    const running = this.#write(name, bytes);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #write(name: string, bytes: Uint8Array): Promise<string> {
    if (this.#isDiscarded) throw new Error("the import has ended"); // read by nobody
    const path = join(this.path, name);
    try {
      await this.#made(dirname(path));
      const present = await readFile(path).catch((thrown: unknown) => {
        if (systemCodeOf(thrown) === "ENOENT") return undefined;
        throw thrown;
      });
      if (present === undefined) await this.#writeNew(path, bytes);
      else if (!present.equals(bytes)) throw taken(path);
    } catch (thrown) {
      throw thrown instanceof AppError ? thrown : unwritable(path, thrown);
    }
    return `${this.name}/${name}`;
  }

  #made(folder: string): Promise<void> {
    const made = this.#folders.get(folder) ?? makeFolderDurably(folder);
    this.#folders.set(folder, made);
    return made;
  }

  async #writeNew(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = temporaryName(path);
    try {
      await writeFlushed(temporary, bytes);
      await rename(temporary, path);
    } catch (thrown) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw thrown;
    }
    this.#written.push(path);
  }

  /** Makes the names of what was written outlive a power cut: before the manifest that lists them. @throws AppError FILE_UNWRITABLE */
  async flush(): Promise<void> {
    for (const folder of this.#folders.keys()) {
      await syncFolder(folder).catch((thrown: unknown) => {
        throw unwritable(folder, thrown);
      });
    }
  }

  /** Removes what this import wrote, and folders in which nothing else is. */
  async discard(): Promise<void> {
    this.#isDiscarded = true;
    await Promise.allSettled(this.#running);
    for (const path of this.#written) await rm(path, { force: true }).catch(() => undefined);
    const folders = new Set([...this.#folders.keys()].flatMap((folder) => [folder, dirname(folder)]));
    const deepestFirst = [...folders, this.path].filter((folder) => folder.startsWith(this.path));
    for (const folder of deepestFirst.sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => undefined);
  }
}

const taken = (path: string): AppError =>
  new AppError("DATASET_FOLDER_TAKEN", {
    place: path,
    rule: "an import never overwrites an image",
    received: "a file of this name with other content",
    remedy: "Choose another name for the manifest, or remove the folder",
  });

const unwritable = (path: string, thrown: unknown): AppError =>
  new AppError(
    "FILE_UNWRITABLE",
    { place: path, rule: `cannot be written: ${messageOf(thrown)}`, remedy: "Free space or make it writable" },
    { cause: thrown },
  );
