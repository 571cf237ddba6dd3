// A published dataset, fetched on request: its archive into the user's cache, resumed and verified, then unpacked into a folder
// that appears when it is whole and holds what it should.
import { open, readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writeFlushed } from "../../core/atomic-file.js";
import { userCacheFolder } from "../../core/cache-folder.js";
import { aFunction, aList, anObject, aPath, checkOptions, type OptionRules, oneOf } from "../../core/check-options.js";
import type { FetchFunction } from "../../core/download/download-part.js";
import { type FetchedFile, fetchPublished } from "../../core/download/published-file.js";
import { AppError, systemCodeOf } from "../../core/errors.js";
import { didYouMean } from "../../core/nearest.js";
import { unpackArchive } from "../archive/unpack-archive.js";
import { openDataset } from "../open-dataset.js";
import { kaggleAuthorization } from "./kaggle-key.js";
import {
  type DatasetArchive,
  type DatasetOrigin,
  datasetOrigins,
  type PublishedDataset,
  publishedDatasets,
} from "./published-datasets.js";

/** Where a dataset comes from, and where it goes. */
export interface DownloadDatasetOptions {
  /** The new folder; default `chest_xray`. */
  readonly out?: string | undefined;
  /** "publisher" (default) needs no account; "kaggle" takes the key that Kaggle's own programs use. */
  readonly from?: DatasetOrigin | undefined;
  /** Where archives are kept; default `~/.cache/pneumoscope/datasets`, or below PNEUMOSCOPE_CACHE. */
  readonly cacheFolder?: string | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** The environment that names the cache and holds Kaggle's key; default the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Node.js' own, or one that goes another way. */
  readonly fetch?: FetchFunction | undefined;
  /** Told of bytes that are here, then of files that are unpacked; the total where it is known. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Which datasets there are; default those that are known here. */
  readonly datasets?: readonly PublishedDataset[] | undefined;
}

/** How far a download is. */
export interface DownloadProgress {
  readonly step: "download" | "unpack";
  /** Bytes, or files. */
  readonly done: number;
  readonly total: number | undefined;
}

const optionRules: OptionRules<DownloadDatasetOptions> = {
  out: aPath,
  from: oneOf(datasetOrigins),
  cacheFolder: aPath,
  cwd: aPath,
  env: anObject,
  fetch: aFunction,
  onProgress: aFunction,
  datasets: aList,
};

/** A dataset that was downloaded, or was there. */
export interface DownloadedDataset {
  /** Absolute path. */
  readonly folder: string;
  readonly images: number;
  /** "present": the folder was there and holds it; nothing was downloaded. */
  readonly how: "present" | "downloaded";
  /** SHA-256 of its archive. */
  readonly sha256: string;
  /** What the archive was verified against: a checksum known before, or the one that its first fetch has left. */
  readonly verifiedBy: FetchedFile["verifiedBy"];
  /** Where the archive lies; it may be deleted. Null where it was not looked at. */
  readonly archive: string | null;
  readonly title: string;
  readonly licence: string;
  readonly citation: string;
}

/** Beside the images: what they are, for whoever finds the folder. */
const noteName = "dataset.json";

/**
 * @throws AppError OPTION_INVALID for a name that is not known; DATASET_FOLDER_TAKEN; CREDENTIALS_MISSING; DOWNLOAD_FAILED and
 *   FILE_UNWRITABLE, after which the same call goes on; DATASET_SOURCE_INVALID when something else arrived
 */
export async function downloadDataset(name: string, options: DownloadDatasetOptions = {}): Promise<DownloadedDataset> {
  checkOptions("downloadDataset", options, optionRules);
  const { cwd = process.cwd(), env = process.env, from = "publisher", datasets = publishedDatasets } = options;
  const dataset = named(name, datasets);
  const archive = dataset.archives[from];
  const folder = resolve(cwd, options.out ?? "chest_xray");
  const { title, licence, citation } = dataset;
  const terms = { title, licence, citation };
  const present = await presentIn(folder, dataset);
  if (present !== undefined) return { folder, how: "present", ...present, archive: null, ...terms };
  const cacheFolder = resolve(cwd, options.cacheFolder ?? join(userCacheFolder(env), "datasets"));
  const fetched = await fetchArchive({ archive, dataset, from, env, cacheFolder, options });
  const { sha256, verifiedBy, bytes } = fetched;
  const note = {
    name,
    from,
    ...terms,
    page: dataset.page,
    url: archive.url,
    sha256,
    bytes,
    verifiedBy,
    images: dataset.images,
  };
  const complete = async (unpacked: string) => {
    await requireAll(unpacked, dataset, fetched.file);
    await writeFlushed(join(unpacked, noteName), `${JSON.stringify(note, null, 2)}\n`);
  };
  const onProgress = (done: number, total: number) => options.onProgress?.({ step: "unpack", done, total });
  await unpackArchive(fetched.file, folder, { pathOf: archive.pathOf, complete, onProgress }).catch(async (thrown) => {
    await forgetUnlessOwn(fetched, thrown);
    throw thrown;
  });
  return { folder, images: dataset.images, how: "downloaded", sha256, verifiedBy, archive: fetched.file, ...terms };
}

/** An archive that is not the dataset's must not be what the next call finds; one that the user has put there stays. */
async function forgetUnlessOwn({ file, how }: FetchedFile, thrown: unknown): Promise<void> {
  if (how === "present" || !(thrown instanceof AppError) || thrown.code !== "DATASET_SOURCE_INVALID") return;
  await Promise.all([rm(file, { force: true }), rm(`${file}.json`, { force: true })]);
}

function named(name: string, datasets: readonly PublishedDataset[]): PublishedDataset {
  const names = datasets.map((each) => each.name);
  const found = datasets.find((each) => each.name === name.toLowerCase());
  if (found !== undefined) return found;
  throw new AppError("OPTION_INVALID", {
    place: "dataset",
    rule: `should be ${names.join(" or ")}`,
    received: JSON.stringify(name),
    remedy: didYouMean(name, names) ?? "Others are fetched from their publishers, who ask for an agreement",
  });
}

/** @throws AppError DATASET_FOLDER_TAKEN for a folder that holds anything else */
async function presentIn(
  folder: string,
  { name, images, kind }: PublishedDataset,
): Promise<Pick<DownloadedDataset, "images" | "sha256" | "verifiedBy"> | undefined> {
  const entries = await readdir(folder).catch((thrown: unknown) => {
    if (systemCodeOf(thrown) === "ENOENT") return [];
    throw taken(folder, "something that is no folder");
  });
  if (entries.length === 0) return undefined;
  const note: { name?: unknown; sha256?: unknown; verifiedBy?: unknown } | null = await readFile(
    join(folder, noteName),
    "utf8",
  )
    .then(JSON.parse)
    .catch(() => null);
  if (note?.name !== name || typeof note.sha256 !== "string")
    throw taken(folder, `${entries.length} entries (${entries[0]}, …)`);
  const found = await openDataset(folder).catch(() => undefined);
  if (found?.samples.length !== images || found.kind !== kind) {
    throw taken(folder, `a download that was changed: ${found?.samples.length ?? 0} of ${images} images`);
  }
  const verifiedBy = note.verifiedBy === "publisher" ? "publisher" : "first fetch";
  return { images, sha256: note.sha256, verifiedBy };
}

const taken = (folder: string, received: string): AppError =>
  new AppError("DATASET_FOLDER_TAKEN", {
    place: folder,
    rule: "a dataset is downloaded into a new or empty folder",
    received,
    remedy: "Choose another",
  });

interface Fetching {
  readonly archive: DatasetArchive;
  readonly dataset: PublishedDataset;
  readonly from: DatasetOrigin;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cacheFolder: string;
  readonly options: DownloadDatasetOptions;
}

async function fetchArchive({ archive, dataset, from, env, cacheFolder, options }: Fetching): Promise<FetchedFile> {
  const { url, checksum, bytes } = archive;
  const file = join(cacheFolder, dataset.name, from, archive.fileName);
  const fromKaggle = from === "kaggle";
  const ofKey = fromKaggle ? "401 and 403 mean that Kaggle does not take your key. " : "";
  return fetchPublished({
    url,
    checksum,
    file,
    faultOf: async (path) => ((await isZip(path)) ? null : "it is no zip archive"),
    damagedCode: "DATASET_SOURCE_INVALID",
    otherwise: `${ofKey}Without a network: fetch it elsewhere (${dataset.page}), put it to ${file}, and try again`,
    fetch: options.fetch ?? globalThis.fetch,
    ...(fromKaggle ? { headers: { authorization: await kaggleAuthorization(env) } } : {}),
    onProgress: (done, total) => options.onProgress?.({ step: "download", done, total }),
    limits: { maxBytes: 2 * bytes },
  });
}

/** What a log-in page is not. An empty archive would begin otherwise, and is none that is meant. */
async function isZip(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.equals(Buffer.from("PK\x03\x04", "latin1"));
  } finally {
    await handle.close();
  }
}

/** The images themselves are looked at: an archive without a checksum known before may be another one. */
async function requireAll(folder: string, { title, images, kind }: PublishedDataset, file: string): Promise<void> {
  const found = await openDataset(folder).catch((thrown: unknown) => {
    if (thrown instanceof AppError) return undefined;
    throw thrown;
  });
  if (found?.samples.length === images && found.kind === kind) return;
  const count = found?.samples.length ?? 0;
  throw new AppError("DATASET_SOURCE_INVALID", {
    place: file,
    rule: `should hold the ${images} images of ${title}`,
    received: count === images ? "as many, but others" : `${count}`,
    remedy:
      "Remove it if it is still there, and fetch it from the publisher; or unpack it yourself and look at what it is",
  });
}
