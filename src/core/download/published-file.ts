// A published file in a folder of the user's: fetched on request, verified when it arrives and whenever it is looked at:
// against its publisher's checksum, which is often a weak one or none, and against the SHA-256 of the first verified fetch,
// which is kept beside it and holds from then on. What kind of file it is, the caller knows.
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { removeTemporaries, writeFileAtomically } from "../atomic-file.js";
import { makeFolderDurably, renameDurably } from "../durable-folder.js";
import type { ErrorCode } from "../error-catalogue.js";
import { AppError, messageOf } from "../errors.js";
import { lockFolder } from "../folder-lock.js";
import { type DownloadLimits, downloadPart, type FetchFunction } from "./download-part.js";
import type { FileChecksum } from "./file-checksum.js";
import { digestsOf } from "./file-digest.js";
import { removePart } from "./part-state.js";

/** Which file is meant, and where it is kept. */
export interface PublishedFile {
  readonly url: string;
  /** Null where its publisher states nothing. */
  readonly checksum: FileChecksum | null;
  /** Absolute path of the copy; the record `<file>.json` lies beside it. */
  readonly file: string;
  /** Why a file is not of the kind that is meant, or null: a log-in page in its place must not become the record. */
  readonly faultOf: (file: string) => Promise<string | null>;
}

/** What is here of a published file. */
export type CachedFile =
  | { readonly state: "absent"; readonly file: string }
  | { readonly state: "partial"; readonly file: string; readonly bytes: number }
  | { readonly state: "damaged"; readonly file: string; readonly bytes: number; readonly reason: string }
  | { readonly state: "ready"; readonly file: string; readonly bytes: number; readonly sha256: string };

/** Looks and verifies; nothing is changed. @throws AppError FILE_UNREADABLE */
export async function cachedFile(published: PublishedFile): Promise<CachedFile> {
  const { file } = published;
  const bytes = await sizeOf(file);
  if (bytes === undefined) {
    const partBytes = await sizeOf(`${file}.part`);
    return partBytes === undefined ? { state: "absent", file } : { state: "partial", file, bytes: partBytes };
  }
  const { sha256, reason } = await verify(file, published).catch((thrown: unknown) => {
    throw new AppError(
      "FILE_UNREADABLE",
      { place: file, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" },
      { cause: thrown },
    );
  });
  return reason === null ? { state: "ready", file, bytes, sha256 } : { state: "damaged", file, bytes, reason };
}

/** How a published file is fetched. */
export interface FetchPublished extends PublishedFile {
  /** The code of the error when something else arrives. */
  readonly damagedCode: ErrorCode;
  /** What else the user can do when it fails: a sentence that names `file`. */
  readonly otherwise: string;
  readonly fetch: FetchFunction;
  /** Sent to the host of `url` alone, never to one that it redirects to: they may hold a key. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly onProgress?: ((doneBytes: number, totalBytes: number | undefined) => void) | undefined;
  readonly limits?: Partial<DownloadLimits> | undefined;
}

/** A file that was fetched and verified. */
export interface FetchedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** "present": it was there and is sound; nothing was downloaded. */
  readonly how: "present" | "fetched" | "replaced";
  /** What it was verified against, beside the SHA-256 of the first fetch: a checksum known before, or nothing else. */
  readonly verifiedBy: "publisher" | "first fetch";
}

/**
 * Downloads the file unless a sound copy is there. A damaged copy is replaced once the new one has arrived and is sound.
 * @throws AppError DOWNLOAD_FAILED and FILE_UNWRITABLE, after which the same call goes on; `damagedCode` when something else
 *   arrived, which is deleted
 */
export async function fetchPublished(options: FetchPublished): Promise<FetchedFile> {
  const { file, url, checksum, fetch, headers, onProgress, limits, otherwise, damagedCode } = options;
  const verifiedBy = checksum === null ? "first fetch" : "publisher";
  const release = await holdFolder(dirname(file), url);
  try {
    const before = await cachedFile(options);
    const part = `${file}.part`;
    if (before.state === "ready") {
      await record(options, before);
      await removePart(part); // a kill after the file got its name leaves what was known of it while it arrived
      return { file, bytes: before.bytes, sha256: before.sha256, how: "present", verifiedBy };
    }
    await downloadPart({
      url,
      part,
      hasChecksum: checksum !== null,
      otherwise,
      fetch,
      ...(headers === undefined ? {} : { headers }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(limits === undefined ? {} : { limits }),
    });
    const { sha256, reason } = await verify(part, options);
    if (reason !== null) {
      await removePart(part);
      throw new AppError(damagedCode, {
        place: url,
        rule: `another file has arrived: ${reason}. It was deleted`,
        remedy:
          "Try again; if it happens again, a proxy or a log-in page may answer in the server's place: " +
          `fetch the file elsewhere and put it to ${file}`,
      });
    }
    const bytes = (await stat(part)).size;
    // The record first: a file under its name without one would be believed where the publisher states no checksum.
    await record(options, { sha256, bytes });
    await renameDurably(part, file);
    await removePart(part);
    return { file, bytes, sha256, how: before.state === "damaged" ? "replaced" : "fetched", verifiedBy };
  } finally {
    await release();
  }
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

/** The sha256 of `at`, and why it is not the right file, or null. */
async function verify(
  at: string,
  { url, checksum, file, faultOf }: PublishedFile,
): Promise<{ readonly sha256: string; readonly reason: string | null }> {
  const digests = await digestsOf(at, ["sha256", checksum?.algorithm ?? "sha256"]);
  const { sha256 } = digests;
  const fault = await faultOf(at);
  if (fault !== null) return { sha256, reason: fault };
  const differs = (algorithm: string, wanted: string, by: string, received: string) =>
    `its ${algorithm} should be ${wanted} (${by}). Received ${received}`;
  if (checksum !== null && digests[checksum.algorithm] !== checksum.hex) {
    const received = digests[checksum.algorithm];
    const by = checksum.statedBy ?? "stated by its publisher";
    return { sha256, reason: differs(checksum.algorithm, checksum.hex, by, received) };
  }
  const recorded = await readRecord(file, url);
  if (recorded === undefined || recorded === sha256) return { sha256, reason: null };
  const by = `recorded in ${file}.json when it was fetched first: remove that to accept another`;
  return { sha256, reason: differs("sha256", recorded, by, sha256) };
}

/** Beside the file: what was fetched from where. */
async function record(
  { file, url }: PublishedFile,
  { sha256, bytes }: { readonly sha256: string; readonly bytes: number },
): Promise<void> {
  if ((await readRecord(file, url)) === sha256) return;
  await writeFileAtomically(`${file}.json`, `${JSON.stringify({ url, sha256, bytes }, null, 2)}\n`);
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
