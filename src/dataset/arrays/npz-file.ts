// A NumPy archive (.npz): a zip of .npy files, read part by part, so that what is unpacked never stands in memory whole and
// never becomes more than was announced.
import { basename } from "node:path";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { AppError, messageOf } from "../../core/errors.js";
import { longestNpyHeader, NpyError, type NpyHeader, readNpyHeader } from "./npy-header.js";

/** Radiographs hardly become smaller by deflating (pneumoniamnist 1.1 to 1), its labels 6 to 1; a bomb is about 1000 to 1. */
const mostDeflated = 100;
const alwaysAllowedBytes = 1 << 20;
/** Names in an archive; MedMNIST has six. */
const mostEntries = 1000;

export class NpzFile {
  readonly #file: string;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#file = file;
    this.#zip = zip;
    this.#entries = entries;
  }

  /** @throws AppError DATASET_SOURCE_INVALID where it is no zip archive or a damaged one */
  static async open(file: string): Promise<NpzFile> {
    const { openPromise } = await import("yauzl");
    let zip: ZipFile | undefined;
    try {
      zip = await openPromise(file, { autoClose: false });
      const entries = new Map<string, Entry>();
      if (zip.entryCount > mostEntries) throw new Error(`it has ${zip.entryCount} entries`);
      for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
      return new NpzFile(file, zip, entries);
    } catch (thrown) {
      zip?.close();
      throw damaged(file, thrown);
    }
  }

  has(array: string): boolean {
    return this.#entries.has(`${array}.npy`);
  }

  /** Where an array stands, for messages. */
  placeOf(array: string): string {
    return `${basename(this.#file)}, ${array}`;
  }

  /**
   * The items along an array's first axis, each as its bytes; `requireFit` sees the header first and throws NpyError where the
   * array is not what it should be.
   * @throws AppError DATASET_SOURCE_INVALID naming the array
   */
  async *items(array: string, requireFit: (header: NpyHeader) => void): AsyncGenerator<Buffer> {
    const place = this.placeOf(array);
    try {
      const entry = this.#entry(array);
      const stream = await this.#zip.openReadStreamPromise(entry);
      try {
        yield* itemsOf(stream, entry, requireFit);
      } finally {
        stream.destroy();
      }
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown;
      if (!(thrown instanceof NpyError)) throw damaged(place, thrown);
      const { rule, received } = thrown;
      throw new AppError("DATASET_SOURCE_INVALID", { place, rule, received, remedy: "Download the file again" });
    }
  }

  close(): void {
    this.#zip.close();
  }

  #entry(array: string): Entry {
    const entry = this.#entries.get(`${array}.npy`);
    if (entry === undefined) throw new NpyError("should be in the archive", "none");
    const { compressedSize, uncompressedSize } = entry;
    if (uncompressedSize > Math.max(alwaysAllowedBytes, mostDeflated * compressedSize)) {
      const sizes = `${compressedSize} bytes that become ${uncompressedSize}`;
      throw new NpyError(`should not unpack to more than ${mostDeflated} times its size`, sizes);
    }
    return entry;
  }
}

/** yauzl ends a stream that is longer or shorter than the archive announces; the checksum it leaves to others. */
async function* itemsOf(
  stream: AsyncIterable<Buffer>,
  { uncompressedSize: size, crc32: expectedSum }: Entry,
  requireFit: (header: NpyHeader) => void,
): AsyncGenerator<Buffer> {
  let header: NpyHeader | undefined;
  let itemBytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  let sum = 0;
  for await (const chunk of stream) {
    sum = crc32(chunk, sum);
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (header === undefined) {
      if (rest.length < Math.min(longestNpyHeader, size)) continue;
      header = readNpyHeader(rest);
      requireFit(header);
      const [count = 0, ...item] = header.shape;
      itemBytes = item.reduce((product, each) => product * each, 1); // bytes: requireFit takes "|u1" only
      const expected = header.offset + count * itemBytes;
      if (size !== expected) throw new NpyError(`should have ${expected} bytes, as its header says`, `${size}`);
      rest = rest.subarray(header.offset);
    }
    let at = 0;
    for (; itemBytes > 0 && at + itemBytes <= rest.length; at += itemBytes) yield rest.subarray(at, at + itemBytes);
    rest = rest.subarray(at);
  }
  if (sum !== expectedSum) throw new NpyError("should have the checksum that its archive gives", "another");
  if (header === undefined) throw new NpyError("should be a NumPy array", "an empty file");
}

const damaged = (place: string, thrown: unknown): AppError =>
  new AppError(
    "DATASET_SOURCE_INVALID",
    {
      place,
      rule: "should be a whole NumPy archive (.npz)",
      received: `one that cannot be unpacked: ${messageOf(thrown)}`,
      remedy: "Download the file again",
    },
    { cause: thrown },
  );
