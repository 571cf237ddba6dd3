// The decode cache's storage: one packed file of equal-sized images, known by the content that they were decoded from,
// and an index (pixel-index.ts). Every image carries a checksum, so a half-written, damaged or concurrently written file
// costs a new decode and never a wrong pixel. Only its owner can read it. Knows nothing of decoding.
import { constants, type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { writeFileAtomically } from "../core/atomic-file.js";
import { makeFilesPrivate, openPrivateFolder, privateFileMode } from "../core/private-folder.js";
import { formatIndex, type IndexKind, type PixelIndex, parseIndex } from "./pixel-index.js";

/** Below the folder that the user names, which may hold other things that are for others to read. */
const ownFolder = "decoded";
/** Files that versions before this folder kept beside it. */
const olderFile = /^[0-9a-f]{16}\.(pixels|index)$/;

/** One of several processes that write one store at once. */
export interface CacheWriter {
  readonly rank: number;
  readonly size: number;
}

/** How often a writer looks whether another's index has replaced its own. */
const savesAtMost = 5;

/** One packed file and its index. Open it, read and write images, then `save` and `close`. */
export class PixelStore {
  readonly #indexPath: string;
  readonly #kind: IndexKind;
  readonly #index: PixelIndex;
  readonly #file: FileHandle;
  readonly #writer: CacheWriter;
  /** Places below `#nextPlace` that no image takes. */
  readonly #freePlaces: number[] = [];
  #nextPlace: number;
  #isSaved = true;

  private constructor(indexPath: string, kind: IndexKind, index: PixelIndex, file: FileHandle, writer: CacheWriter) {
    this.#writer = writer;
    this.#indexPath = indexPath;
    this.#kind = kind;
    this.#index = index;
    this.#file = file;
    const taken = new Set([...index.images.values()].map(({ place }) => place));
    for (this.#nextPlace = 0; taken.size > 0; this.#nextPlace++) {
      if (!taken.delete(this.#nextPlace)) this.#freePlaces.push(this.#nextPlace);
    }
    if (writer.size === 1) return;
    this.#freePlaces.length = 0; // others would take them too
    while (this.#nextPlace % writer.size !== writer.rank) this.#nextPlace++;
  }

  /**
   * Opens or makes `<folder>/decoded/<key>.pixels` and `.index`. An index that is damaged or of another kind counts as
   * empty. Throws system errors.
   */
  static async open(
    folder: string,
    key: string,
    kind: IndexKind,
    writer: CacheWriter = { rank: 0, size: 1 },
  ): Promise<PixelStore> {
    const own = join(folder, ownFolder);
    await openPrivateFolder(own);
    await makeFilesPrivate(folder, (name) => olderFile.test(name));
    const indexPath = join(own, `${key}.index`);
    const index = await readIndex(indexPath, kind);
    const file = await open(join(own, `${key}.pixels`), constants.O_RDWR | constants.O_CREAT, privateFileMode);
    return new PixelStore(indexPath, kind, index, file, writer);
  }

  /** The sha256 of the file's content, if it is known under this very stamp. */
  contentOf(name: string, stamp: string): string | undefined {
    const known = this.#index.files.get(name);
    return known?.stamp === stamp ? known.sha256 : undefined;
  }

  /** Notes what was read from a file; without a stamp it will be read again. It counts once `save` has run. */
  remember(name: string, sha256: string, stamp: string | undefined): void {
    const known = this.#index.files.get(name);
    if (known?.sha256 === sha256 && known.stamp === stamp) return;
    this.#index.files.set(name, { sha256, stamp });
    this.#isSaved = false;
  }

  /** Where the image of that content lies; places count images from 0. */
  find(sha256: string): number | undefined {
    return this.#index.images.get(sha256)?.place;
  }

  /** Reads neighbouring places, starting at `place`, into `into` ([count, imageBytes]); what cannot be read becomes zeros. */
  async read(place: number, into: Uint8Array): Promise<void> {
    const start = place * this.#kind.imageBytes;
    let done = 0;
    while (done < into.length) {
      const reading = this.#file.read(into, done, into.length - done, start + done);
      const { bytesRead } = await reading.catch(() => ({ bytesRead: 0 }));
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    into.fill(0, done);
  }

  /** Whether pixels just read for that content are those that were written. */
  isIntact(sha256: string, pixels: Uint8Array): boolean {
    return this.#index.images.get(sha256)?.checksum === crc32(pixels);
  }

  /** The marks that were stored with an image. */
  marksOf(sha256: string): readonly string[] {
    return this.#index.images.get(sha256)?.marks ?? [];
  }

  /** Stores the image of a content and what is to be remembered of it; it counts once `save` has run. */
  async write(sha256: string, pixels: Uint8Array, marks: readonly string[] = []): Promise<void> {
    const { images } = this.#index;
    const place = images.get(sha256)?.place ?? this.#freePlaces.pop() ?? this.#takeNextPlace();
    images.delete(sha256); // until the write has succeeded
    await this.#file.write(pixels, 0, pixels.length, place * this.#kind.imageBytes);
    images.set(sha256, { place, checksum: crc32(pixels), marks });
    this.#isSaved = false;
  }

  /** Writes the index if anything changed. Files that left the dataset stay in it, with their images. */
  async save(): Promise<void> {
    if (this.#isSaved) return;
    this.#isSaved = true;
    for (let saves = 0; saves < savesAtMost; saves++) {
      if (this.#writer.size > 1) this.#takeIn(await readIndex(this.#indexPath, this.#kind));
      const text = formatIndex(this.#index, this.#kind);
      await writeFileAtomically(this.#indexPath, text, { mode: privateFileMode });
      if (this.#writer.size === 1) return;
      // Another's may have replaced it, made without ours; whoever comes last has both.
      await new Promise((resolve) => setTimeout(resolve, 20 + 10 * this.#writer.rank));
      const { images } = await readIndex(this.#indexPath, this.#kind);
      if ([...this.#index.images.keys()].every((sha256) => images.has(sha256))) return;
    }
  }

  /** Adds what other writers have stored meanwhile. */
  #takeIn({ files, images }: PixelIndex): void {
    for (const [sha256, image] of images) if (!this.#index.images.has(sha256)) this.#index.images.set(sha256, image);
    for (const [name, file] of files) if (!this.#index.files.has(name)) this.#index.files.set(name, file);
  }

  #takeNextPlace(): number {
    const place = this.#nextPlace;
    this.#nextPlace += this.#writer.size;
    return place;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

const readIndex = async (path: string, kind: IndexKind): Promise<PixelIndex> =>
  parseIndex(await readFile(path, "utf8").catch(() => ""), kind);
