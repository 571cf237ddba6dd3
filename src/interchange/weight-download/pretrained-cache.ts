// The registry's pretrained weights in a folder of the user's: which file belongs to which model, and what it must be.
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { userCacheFolder } from "../../core/cache-folder.js";
import type { DownloadLimits, FetchFunction } from "../../core/download/download-part.js";
import {
  type CachedFile,
  cachedFile,
  type FetchedFile,
  fetchPublished,
  type PublishedFile,
} from "../../core/download/published-file.js";
import { AppError } from "../../core/errors.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";

/** `weights` in the user's cache folder. */
export function weightsCacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(userCacheFolder(env), "weights");
}

/** What the cache holds of a model's weights. */
export type CachedWeights = CachedFile;

/** A weights file that was fetched and verified. */
export type FetchedWeights = FetchedFile;

/**
 * Looks and verifies; nothing is changed.
 * @throws AppError OPTION_INVALID for a model without pretrained weights, FILE_UNREADABLE
 */
export async function cachedWeights(entry: ZooEntry, cacheFolder: string): Promise<CachedWeights> {
  return cachedFile(published(entry, cacheFolder));
}

/**
 * The verified file of a model's pretrained weights.
 * @throws AppError WEIGHTS_NOT_FETCHED or WEIGHTS_DAMAGED, and as `cachedWeights`
 */
export async function pretrainedFile(entry: ZooEntry, cacheFolder: string): Promise<string> {
  const found = await cachedWeights(entry, cacheFolder);
  if (found.state === "ready") return found.file;
  const remedy = `Fetch the weights of "${entry.id}", or give a file of your own`;
  if (found.state === "damaged") {
    const rule = `the cached weights have changed: ${found.reason}`;
    throw new AppError("WEIGHTS_DAMAGED", { place: found.file, rule, remedy });
  }
  throw new AppError("WEIGHTS_NOT_FETCHED", {
    place: found.file,
    rule: `the pretrained weights of ${entry.title} lie there once they are fetched`,
    received: found.state === "partial" ? "only a part of them" : "nothing",
    remedy,
  });
}

export interface FetchPretrained {
  readonly entry: ZooEntry;
  readonly cacheFolder: string;
  readonly fetch: FetchFunction;
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void;
  readonly limits?: Partial<DownloadLimits>;
}

/**
 * Downloads a model's pretrained weights unless a sound copy is there. A damaged copy is replaced once the new one has
 * arrived and is sound.
 * @throws AppError OPTION_INVALID for a model without pretrained weights; DOWNLOAD_FAILED and FILE_UNWRITABLE, after which
 *   the same call goes on; WEIGHTS_DAMAGED when something else arrived, which is deleted
 */
export async function fetchPretrained({ entry, cacheFolder, ...how }: FetchPretrained): Promise<FetchedWeights> {
  const source = published(entry, cacheFolder);
  const otherwise = `Without a network: fetch it elsewhere, put it to ${source.file}, and try again; or give it as the weights`;
  return fetchPublished({ ...source, ...how, damagedCode: "WEIGHTS_DAMAGED", otherwise });
}

function published(entry: ZooEntry, cacheFolder: string): PublishedFile {
  if (entry.pretrained === null) {
    throw new AppError("OPTION_INVALID", {
      place: "weights",
      rule: `${entry.title} has no pretrained weights: every weight starts at random`,
      remedy: "Choose another model",
    });
  }
  const { url, checksum } = entry.pretrained;
  const file = join(cacheFolder, entry.id, basename(new URL(url).pathname));
  return { url, checksum, file, faultOf: async (path) => ((await isHdf5(path)) ? null : "it is no HDF5 file") };
}

/** Every source of the registry is a Keras .h5 file. */
async function isHdf5(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.equals(Buffer.from("\x89HDF\r\n\x1a\n", "latin1"));
  } finally {
    await handle.close();
  }
}
