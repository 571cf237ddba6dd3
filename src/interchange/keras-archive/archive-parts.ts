// The three parts of a .keras file, taken from the zip archive, its bytes, or the folder that it was unpacked into. An archive
// is judged before a byte of it is unpacked (core/zip-members.ts), and no more is unpacked than the three.
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { AppError, messageOf, systemCodeOf } from "../../core/errors.js";
import { openZip, shown, ZipRefusal } from "../../core/zip-members.js";
import { readFileBytes } from "../file-bytes.js";
import { invalid } from "../invalid-model-file.js";
import { declaredLimit } from "../keras-h5/memory-limits.js";
import { maxFileBytes } from "../keras-h5/read-keras-model.js";
import { configName, metadataName, otherWeights, weightsName } from "./archive-layout.js";
import type { ArchiveTexts } from "./extract-archive.js";

export interface ArchiveParts extends ArchiveTexts {
  /** model.weights.h5, in a buffer of its own. */
  readonly weights: Uint8Array;
}

/** The biggest Keras application's configuration is below 2 MiB. */
const maxTextBytes = 64 * 2 ** 20;
/** Keras writes three files, and assets for layers that no network here has. Configurations shrink to a fiftieth. */
const limits = { members: 1000, bytes: 2 * maxFileBytes, ratio: 200, alwaysBytes: 4 << 20 };

/** @param source a path, or the archive's bytes. @throws AppError MODEL_FILE_INVALID, FILE_UNREADABLE */
export async function archiveParts(source: string | Uint8Array, place: string): Promise<ArchiveParts> {
  try {
    const isPath = typeof source === "string";
    const { zip, files } = await openZip(
      isPath ? source : Buffer.from(source.buffer, source.byteOffset, source.length),
      limits,
    );
    try {
      const entries = new Map(files.map((entry) => [entry.fileName, entry]));
      const required = (name: string): Entry => entries.get(name) ?? missing(name, [...entries.keys()], place);
      const [config, stored, beside] = [required(configName), required(weightsName), entries.get(metadataName)];
      const storedBytes = stored.compressedSize;
      return {
        config: await textOf(zip, config, place),
        metadata: beside === undefined ? undefined : await textOf(zip, beside, place),
        weights: await unpacked(zip, stored, Math.min(maxFileBytes, declaredLimit(storedBytes)), place),
        storedBytes,
      };
    } finally {
      zip.close();
    }
  } catch (thrown) {
    throw archiveInvalid(place, thrown);
  }
}

/** @param config path of config.json, beside which the others lie. @throws AppError as `readFileBytes`, MODEL_FILE_INVALID */
export async function folderParts(config: string): Promise<ArchiveParts> {
  const at = (name: string): string => join(dirname(config), name);
  const isThere = (name: string): Promise<boolean> =>
    stat(at(name)).then(
      () => true,
      () => false,
    );
  const names = [];
  for (const name of [weightsName, metadataName, ...otherWeights]) if (await isThere(name)) names.push(name);
  if (!names.includes(weightsName)) missing(weightsName, names, dirname(config));
  const text = async (name: string): Promise<string> =>
    new TextDecoder().decode(await readFileBytes(at(name), maxTextBytes));
  const weights = await readFileBytes(at(weightsName), maxFileBytes);
  return {
    config: await text(configName),
    metadata: names.includes(metadataName) ? await text(metadataName) : undefined,
    weights,
    storedBytes: weights.length,
  };
}

/** Of an archive's bytes; of a folder's config.json, model.weights.h5 and metadata.json, one behind the other. */
export async function digestOf(file: string, isFolder: boolean): Promise<string> {
  const hash = createHash("sha256");
  const names = isFolder ? [configName, weightsName, metadataName].map((name) => join(dirname(file), name)) : [file];
  for (const name of names) await hashFile(name, hash);
  return hash.digest("hex");
}

/** metadata.json may be absent. */
async function hashFile(path: string, hash: Hash): Promise<void> {
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (thrown) {
    if (systemCodeOf(thrown) !== "ENOENT") throw archiveInvalid(path, thrown);
  }
}

function missing(name: string, names: readonly string[], place: string): never {
  const other = names.find((one) => otherWeights.includes(one));
  const received =
    other === undefined ? names.slice(0, 8).map(shown).join(", ") || "none" : `${shown(other)}, which is not read`;
  const rule = other === undefined ? `a .keras file holds ${name}` : "a .keras file keeps its weights in one HDF5 file";
  throw invalid(place, rule, received);
}

const textOf = async (zip: ZipFile, entry: Entry, place: string): Promise<string> =>
  new TextDecoder().decode(await unpacked(zip, entry, maxTextBytes, place));

async function unpacked(zip: ZipFile, entry: Entry, maxBytes: number, place: string): Promise<Uint8Array> {
  const { fileName, uncompressedSize: size } = entry;
  if (size > maxBytes) throw invalid(place, `${fileName} has at most ${maxBytes} bytes`, `${size}`);
  const bytes = new Uint8Array(size);
  let [filled, sum] = [0, 0];
  await pipeline(await zip.openReadStreamPromise(entry), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      bytes.set(chunk, filled); // yauzl sees to it that there are as many as announced
      filled += chunk.length;
      sum = crc32(chunk, sum);
    }
  });
  if (filled === size && sum === entry.crc32) return bytes;
  throw invalid(place, `${fileName} has the checksum that the archive gives`, "another: it was damaged");
}

function archiveInvalid(place: string, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof ZipRefusal)
    return invalid(place, `an archive should have ${thrown.rule}`, thrown.message, thrown);
  if (systemCodeOf(thrown) === undefined) {
    return invalid(place, "it is a whole zip archive, as .keras files are", messageOf(thrown), thrown);
  }
  const facts = { place, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check what it is and its permissions" };
  return new AppError("FILE_UNREADABLE", facts, { cause: thrown });
}
