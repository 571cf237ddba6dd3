// The decode cache's storage: one packed file of equal-sized images and an index that says which file, size and
// modification time each came from. Every image carries a checksum, so a half-written, damaged or concurrently written
// file costs a new decode and never a wrong pixel. Knows nothing of decoding.
import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { writeFileAtomically } from "../core/atomic-file.js";

/** What tells a changed file: its size and its modification time. */
export interface FileStamp {
  readonly bytes: number;
  readonly modifiedNs: bigint;
}

interface Slot {
  readonly place: number;
  readonly stamp: FileStamp;
  readonly checksum: number;
  readonly marks: readonly string[];
}

type IndexRow = readonly [
  name: string,
  place: number,
  bytes: number,
  modifiedNs: string,
  checksum: number,
  marks?: readonly string[],
];

/** One packed file and its index. Open it, read and write images by name, then `save` and `close`. */
export class PixelStore {
  readonly #indexPath: string;
  readonly #imageBytes: number;
  readonly #slots: Map<string, Slot>;
  readonly #file: FileHandle;
  #nextPlace: number;

  private constructor(indexPath: string, imageBytes: number, slots: Map<string, Slot>, file: FileHandle) {
    this.#indexPath = indexPath;
    this.#imageBytes = imageBytes;
    this.#slots = slots;
    this.#file = file;
    this.#nextPlace = 0;
    for (const { place } of slots.values()) this.#nextPlace = Math.max(this.#nextPlace, place + 1);
  }

  /** Opens or makes `<folder>/<key>.pixels` and `.index`. A damaged index counts as empty. Throws system errors. */
  static async open(folder: string, key: string, imageBytes: number): Promise<PixelStore> {
    await mkdir(folder, { recursive: true });
    const indexPath = join(folder, `${key}.index`);
    const slots = parseIndex(await readFile(indexPath, "utf8").catch(() => ""), imageBytes);
    const packedPath = join(folder, `${key}.pixels`);
    const file = await open(packedPath, "r+").catch(() => open(packedPath, "w+"));
    return new PixelStore(indexPath, imageBytes, slots, file);
  }

  /** Where the image lies if it is stored with this very stamp; places count images from 0. */
  find(name: string, stamp: FileStamp): number | undefined {
    const slot = this.#slots.get(name);
    if (slot?.stamp.bytes !== stamp.bytes || slot.stamp.modifiedNs !== stamp.modifiedNs) return undefined;
    return slot.place;
  }

  /** Reads neighbouring places, starting at `place`, into `into` ([count, imageBytes]); a short file leaves zeros. */
  async read(place: number, into: Uint8Array): Promise<void> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.#file.read(into, done, into.length - done, place * this.#imageBytes + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    into.fill(0, done);
  }

  /** Whether pixels just read for `name` are those that were written. */
  isIntact(name: string, pixels: Uint8Array): boolean {
    return this.#slots.get(name)?.checksum === crc32(pixels);
  }

  /** The marks that were stored with an image. */
  marksOf(name: string): readonly string[] {
    return this.#slots.get(name)?.marks ?? [];
  }

  /** Stores one image and what is to be remembered of it; it counts once `save` has run. */
  async write(name: string, stamp: FileStamp, pixels: Uint8Array, marks: readonly string[] = []): Promise<void> {
    const known = this.#slots.get(name);
    const place = known?.place ?? this.#nextPlace++;
    this.#slots.delete(name); // until the write has succeeded
    await this.#file.write(pixels, 0, pixels.length, place * this.#imageBytes);
    this.#slots.set(name, { place, stamp, checksum: crc32(pixels), marks });
  }

  /** Writes the index. Images that left the dataset stay in it and in the packed file. */
  async save(): Promise<void> {
    const rows = [...this.#slots].map(([name, { place, stamp, checksum, marks }]): IndexRow => {
      const { bytes, modifiedNs } = stamp;
      const row = [name, place, bytes, `${modifiedNs}`, checksum] as const;
      return marks.length === 0 ? row : [...row, marks];
    });
    const body = JSON.stringify({ imageBytes: this.#imageBytes, rows });
    await writeFileAtomically(this.#indexPath, `${digest(body)}\n${body}`);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function parseIndex(text: string, imageBytes: number): Map<string, Slot> {
  const end = text.indexOf("\n");
  const body = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== digest(body)) return new Map();
  const index = JSON.parse(body) as { readonly imageBytes: number; readonly rows: readonly IndexRow[] };
  if (index.imageBytes !== imageBytes) return new Map();
  return new Map(
    index.rows.map(([name, place, bytes, modifiedNs, checksum, marks = []]) => [
      name,
      { place, stamp: { bytes, modifiedNs: BigInt(modifiedNs) }, checksum, marks },
    ]),
  );
}

function digest(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
