// The registry's pretrained weights in a folder of the user's: fetched on request, verified when they arrive and again
// whenever they are used: against the publisher's checksum, which is often a weak one or none, and against the SHA-256 of
// the first verified fetch, which is kept beside them and holds from then on.
import { open, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { removeTemporaries, writeFileAtomically } from "../../core/atomic-file.js";
import { userCacheFolder } from "../../core/cache-folder.js";
import { makeFolderDurably, renameDurably } from "../../core/durable-folder.js";
import { AppError, messageOf } from "../../core/errors.js";
import { lockFolder } from "../../core/folder-lock.js";
import type { PretrainedSource, ZooEntry } from "../../model/zoo/zoo-entry.js";
import { type DownloadLimits, downloadPart, type FetchFunction } from "./download-part.js";
import { digestsOf } from "./file-digest.js";
import { removePart } from "./part-state.js";

/** `weights` in the user's cache folder. */
export function weightsCacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(userCacheFolder(env), "weights");
}

/** What the cache holds of a model's weights. */
export type CachedWeights =
  | { readonly state: "absent"; readonly file: string }
  | { readonly state: "partial"; readonly file: string; readonly bytes: number }
  | { readonly state: "damaged"; readonly file: string; readonly bytes: number; readonly reason: string }
  | { readonly state: "ready"; readonly file: string; readonly bytes: number; readonly sha256: string };

/**
 * Looks and verifies; nothing is changed.
 * @throws AppError OPTION_INVALID for a model without pretrained weights, FILE_UNREADABLE
 */
export async function cachedWeights(entry: ZooEntry, cacheFolder: string): Promise<CachedWeights> {
  const source = sourceOf(entry);
  const file = cachedFile(entry, source, cacheFolder);
  const bytes = await sizeOf(file);
  if (bytes === undefined) {
    const partBytes = await sizeOf(`${file}.part`);
    return partBytes === undefined ? { state: "absent", file } : { state: "partial", file, bytes: partBytes };
  }
  const { sha256, reason } = await verify(file, source).catch((thrown: unknown) => {
    throw new AppError(
      "FILE_UNREADABLE",
      { place: file, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" },
      { cause: thrown },
    );
  });
  return reason === null ? { state: "ready", file, bytes, sha256 } : { state: "damaged", file, bytes, reason };
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

/** A weights file that was fetched and verified. */
export interface FetchedWeights {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** "present": it was there and is sound; nothing was downloaded. */
  readonly how: "present" | "fetched" | "replaced";
  /** What it was verified against, beside the SHA-256 of the first fetch: the publisher's checksum, or nothing else. */
  readonly verifiedBy: "publisher" | "first fetch";
}

/**
 * Downloads a model's pretrained weights unless a sound copy is there. A damaged copy is replaced once the new one has
 * arrived and is sound.
 * @throws AppError OPTION_INVALID for a model without pretrained weights; DOWNLOAD_FAILED and FILE_UNWRITABLE, after which
 *   the same call goes on; WEIGHTS_DAMAGED when something else arrived, which is deleted
 */
export async function fetchPretrained(options: FetchPretrained): Promise<FetchedWeights> {
  const { entry, cacheFolder } = options;
  const source = sourceOf(entry);
  const file = cachedFile(entry, source, cacheFolder);
  const verifiedBy = source.checksum === null ? "first fetch" : "publisher";
  const release = await holdFolder(dirname(file), source.url);
  try {
    const before = await cachedWeights(entry, cacheFolder);
    const part = `${file}.part`;
    if (before.state === "ready") {
      await record(file, source, before);
      await removePart(part); // a kill after the file got its name leaves what was known of it while it arrived
      return { file, bytes: before.bytes, sha256: before.sha256, how: "present", verifiedBy };
    }
    await downloadPart({
      url: source.url,
      part,
      hasChecksum: source.checksum !== null,
      otherwise: `Without a network: fetch it elsewhere, put it to ${file}, and try again; or give it as the weights`,
      fetch: options.fetch,
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    const { sha256, reason } = await verify(part, source, file);
    if (reason !== null) {
      await removePart(part);
      throw new AppError("WEIGHTS_DAMAGED", {
        place: source.url,
        rule: `another file has arrived: ${reason}. It was deleted`,
        remedy:
          "Try again; if it happens again, a proxy or a log-in page may answer in the server's place: " +
          `fetch the file elsewhere and put it to ${file}`,
      });
    }
    const bytes = (await stat(part)).size;
    // The record first: a file under its name without one would be believed where the publisher states no checksum.
    await record(file, source, { sha256, bytes });
    await renameDurably(part, file);
    await removePart(part);
    return { file, bytes, sha256, how: before.state === "damaged" ? "replaced" : "fetched", verifiedBy };
  } finally {
    await release();
  }
}

function sourceOf(entry: ZooEntry): PretrainedSource {
  if (entry.pretrained !== null) return entry.pretrained;
  throw new AppError("OPTION_INVALID", {
    place: "weights",
    rule: `${entry.title} has no pretrained weights: every weight starts at random`,
    remedy: "Choose another model",
  });
}

function cachedFile(entry: ZooEntry, source: PretrainedSource, cacheFolder: string): string {
  return join(cacheFolder, entry.id, basename(new URL(source.url).pathname));
}

/** Two downloads into one file would spoil each other. */
async function holdFolder(folder: string, url: string): Promise<() => Promise<void>> {
  try {
    await makeFolderDurably(folder);
    const lock = await lockFolder(folder);
    await removeTemporaries(folder).catch(() => undefined); // they are in nobody's way
    return () => lock.release();
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "RUN_FOLDER_LOCKED") {
      const rule = `another process downloads it to ${folder}`;
      throw new AppError(
        "DOWNLOAD_FAILED",
        { place: url, rule, remedy: "Wait for it, then try again" },
        { cause: thrown },
      );
    }
    throw new AppError(
      "FILE_UNWRITABLE",
      {
        place: folder,
        rule: `the cache folder cannot be used: ${messageOf(thrown)}`,
        remedy: "Choose another",
      },
      { cause: thrown },
    );
  }
}

/** The file's sha256, and why it is not the right one, or null. @param named whose record holds, when it is another's */
async function verify(
  file: string,
  source: PretrainedSource,
  named = file,
): Promise<{ readonly sha256: string; readonly reason: string | null }> {
  const { checksum } = source;
  const digests = await digestsOf(file, ["sha256", checksum?.algorithm ?? "sha256"]);
  const { sha256 } = digests;
  if (!(await isHdf5(file))) return { sha256, reason: "it is no HDF5 file" };
  const differs = (algorithm: string, wanted: string, by: string, received: string) =>
    `its ${algorithm} should be ${wanted} (${by}). Received ${received}`;
  if (checksum !== null && digests[checksum.algorithm] !== checksum.hex) {
    const received = digests[checksum.algorithm];
    return { sha256, reason: differs(checksum.algorithm, checksum.hex, "stated by its publisher", received) };
  }
  const recorded = await readRecord(named, source.url);
  if (recorded === undefined || recorded === sha256) return { sha256, reason: null };
  const by = `recorded in ${named}.json when it was fetched first: remove that to accept another`;
  return { sha256, reason: differs("sha256", recorded, by, sha256) };
}

/** Every source of the registry is a Keras .h5 file; a log-in page in its place must not become the record. */
async function isHdf5(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.equals(Buffer.from("\x89HDF\r\n\x1a\n", "latin1"));
  } finally {
    await handle.close();
  }
}

/** Beside the file: what was fetched from where. */
async function record(
  file: string,
  source: PretrainedSource,
  { sha256, bytes }: { readonly sha256: string; readonly bytes: number },
): Promise<void> {
  if ((await readRecord(file, source.url)) === sha256) return;
  const content = { url: source.url, sha256, bytes };
  await writeFileAtomically(`${file}.json`, `${JSON.stringify(content, null, 2)}\n`);
}

/** The sha256 on record for this address; none when there is no record or it cannot be read. */
async function readRecord(file: string, url: string): Promise<string | undefined> {
  try {
    const { url: recorded, sha256 }: { url?: unknown; sha256?: unknown } = JSON.parse(
      await readFile(`${file}.json`, "utf8"),
    );
    return recorded === url && typeof sha256 === "string" ? sha256 : undefined;
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
}
