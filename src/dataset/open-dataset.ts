// Opens a dataset: a manifest.csv, or a folder {train,val,test}/{NORMAL,PNEUMONIA}, as Kaggle and Mendeley ship it, in the
// states in which users keep it (nested twice, Mac leftovers, other upper and lower case, symbolic links).
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { compareText } from "../core/compare-text.js";
import { AppError, messageOf, systemCodeOf } from "../core/errors.js";
import { imageExtensions, isImageFile } from "../images/image-name.js";
import { type DatasetKind, datasetKind } from "./known-dataset.js";
import { openManifest } from "./open-manifest.js";
import { patientKey } from "./patient-key.js";
import { type ClassName, classNames, type Label, type Sample, type SplitName, splitNames } from "./sample.js";

/** A file or folder inside the dataset that is not used, and why. */
export interface SkippedEntry {
  /** Path inside the dataset with forward slashes. */
  readonly name: string;
  readonly reason: string;
}

export interface Dataset {
  /** Absolute path of the folder that holds train/, val/ and test/, or the manifest. */
  readonly root: string;
  readonly kind: DatasetKind;
  /** Ordered by split (train, val, test), class (NORMAL, PNEUMONIA) and name, or by a manifest's lines: the same on every machine. */
  readonly samples: readonly Sample[];
  readonly skipped: readonly SkippedEntry[];
}

export interface OpenOptions {
  /**
   * Accept a folder that holds NORMAL/ and PNEUMONIA/ directly, and a manifest without parts, and call its images this split.
   * Default: such a folder is refused, a manifest's images are "train".
   */
  readonly classFoldersAs?: SplitName;
  /** "by name": the user vouches that file names follow the published dataset's scheme. Default: only where they are known to. */
  readonly patients?: "by name";
  /** "dropped": samples come without what a manifest says beside label and patient; default "kept". */
  readonly facts?: "kept" | "dropped";
  /** Absolute path of the cache in which a file with a whole dataset inside (an archive, a table) is unpacked; without it such files are refused. */
  readonly cacheFolder?: string;
}

const layout = "{train,val,test}/{NORMAL,PNEUMONIA}/*.jpeg (val may be absent)";
const maxNesting = 3;

/**
 * Lists a dataset without decoding its images. Folders are matched without regard to case; `__MACOSX` and hidden files
 * are passed over; if train/ is not in `folder` itself it is looked for up to three folders below.
 * @param place the folder, a manifest's path (.csv), or a file with a whole dataset inside
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, DATASET_EMPTY, DATASET_LAYOUT, DATASET_ONE_CLASS, MANIFEST_INVALID; of files as `importDataset`
 */
export async function openDataset(place: string, options: OpenOptions = {}): Promise<Dataset> {
  const top = await openable(resolve(place), options.cacheFolder);
  if (extname(top).toLowerCase() !== ".csv") return openTree(top, options);
  const { root, samples: listed } = await openManifest(top, options.classFoldersAs ?? "train", options.facts);
  const isNamed = options.patients === "by name";
  const samples = isNamed ? listed.map((sample) => (sample.patient === null ? namedPatient(sample) : sample)) : listed;
  requireImages(top, samples, []);
  const parts = splitNames.map((): [Sample[], Sample[]] => [[], []]);
  for (const sample of samples) parts[splitNames.indexOf(sample.split)]?.[sample.label].push(sample);
  const ordered = parts.flat(2);
  return { root, kind: await datasetKind(root, ordered), samples: ordered, skipped: [] };
}

async function openable(place: string, cacheFolder: string | undefined): Promise<string> {
  if (cacheFolder === undefined) return place;
  const { importedData, isDataFile } = await import("./imported-data.js"); // which reads folders by this file
  return (await isDataFile(place)) ? importedData(place, cacheFolder) : place;
}

async function openTree(top: string, options: OpenOptions): Promise<Dataset> {
  const splits = await findSplits(top, options);
  const samples: Sample[] = [];
  const skipped: SkippedEntry[] = [];
  for (const { split, path, prefix } of splits.folders) {
    for (const entry of await list(path)) {
      const className = classNames.find((name) => name === entry.name.toUpperCase());
      if (className === undefined || !entry.isFolder) {
        skipped.push({ name: prefix + entry.name, reason: "neither NORMAL nor PNEUMONIA" });
        continue;
      }
      await addClass(join(path, entry.name), `${prefix}${entry.name}/`, split, className, samples, skipped);
    }
  }
  requireImages(top, samples, skipped);
  samples.sort(compareSamples);
  const kind = await datasetKind(splits.root, samples);
  const isNamed = kind !== "other" || options.patients === "by name";
  return { root: splits.root, kind, samples: isNamed ? samples.map(namedPatient) : samples, skipped };
}

const namedPatient = (sample: Sample): Sample => ({ ...sample, patient: patientKey(basename(sample.path)) });

interface SplitFolder {
  readonly split: SplitName;
  readonly path: string;
  /** Its path inside the root with a slash at the end, or "". */
  readonly prefix: string;
}

/** Breadth first, so that of a tree and its nested duplicate the outer one is used. */
async function findSplits(top: string, options: OpenOptions): Promise<{ root: string; folders: SplitFolder[] }> {
  let level = [top];
  const seen: string[] = [];
  let unreadable: unknown; // such as a disk's lost+found: it matters only when the dataset is nowhere else
  for (let depth = 0; depth <= maxNesting && level.length > 0; depth++) {
    const next: string[] = [];
    for (const root of level) {
      const entries = await list(root).catch((thrown: unknown) => {
        if (depth === 0) throw thrown;
        unreadable ??= thrown;
        return [];
      });
      const children = entries.filter((entry) => entry.isFolder);
      const folders = children.flatMap(({ name }) => {
        const split = splitOf(name);
        return split === undefined ? [] : [{ split, path: join(root, name), prefix: `${name}/` }];
      });
      if (folders.length > 0) return { root, folders };
      const isClassFolder = ({ name }: Entry) => classNames.some((className) => className === name.toUpperCase());
      if (options.classFoldersAs !== undefined && children.some(isClassFolder)) {
        return { root, folders: [{ split: options.classFoldersAs, path: root, prefix: "" }] };
      }
      next.push(...children.map(({ name }) => join(root, name)));
      if (depth === 0) seen.push(...entries.map(({ name, isFolder }) => (isFolder ? `${name}/` : name)));
    }
    level = next.slice(0, 1000);
  }
  if (unreadable !== undefined) throw unreadable;
  if (seen.length === 0) {
    throw new AppError("DATASET_EMPTY", {
      place: top,
      rule: `expected ${layout}`,
      received: "an empty folder",
      remedy: "Name the dataset's folder",
    });
  }
  const found = seen.slice(0, 6).join(", ") + (seen.length > 6 ? ` and ${seen.length - 6} more` : "");
  const alone = options.classFoldersAs === undefined ? "" : ", or NORMAL/ and PNEUMONIA/ alone";
  throw new AppError("DATASET_LAYOUT", {
    place: top,
    rule: `expected ${layout}${alone}`,
    received: found,
    remedy: "Name the folder that holds train/ and test/, or arrange the images so",
  });
}

function splitOf(folderName: string): SplitName | undefined {
  const name = folderName.toLowerCase();
  if (name === "valid" || name === "validation") return "val";
  return splitNames.find((split) => split === name);
}

async function addClass(
  path: string,
  prefix: string,
  split: SplitName,
  className: ClassName,
  samples: Sample[],
  skipped: SkippedEntry[],
): Promise<void> {
  const label = classNames.indexOf(className) as Label;
  for (const { name, isFolder } of await list(path)) {
    if (isFolder) skipped.push({ name: `${prefix}${name}/`, reason: "a folder among images" });
    else if (!(await isImageFile(join(path, name), name)))
      skipped.push({ name: prefix + name, reason: `not named ${imageExtensions}` });
    else samples.push({ path: join(path, name), name: prefix + name, split, label, patient: null });
  }
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

async function list(folder: string): Promise<Entry[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    if (code === "ENOENT") {
      throw new AppError(
        "FILE_MISSING",
        { place: folder, rule: "there is no such folder", remedy: "Check the path" },
        { cause: thrown },
      );
    }
    const reason = code === "ENOTDIR" ? "it is a file, not a folder" : messageOf(thrown);
    throw new AppError(
      "FILE_UNREADABLE",
      { place: folder, rule: `cannot be listed: ${reason}`, remedy: "Name a readable folder" },
      { cause: thrown },
    );
  }
  const result: Entry[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name.toUpperCase() === "__MACOSX" || entry.name === "Thumbs.db") continue;
    result.push({
      name: entry.name,
      isFolder: entry.isSymbolicLink() ? await isFolder(join(folder, entry.name)) : entry.isDirectory(),
    });
  }
  return result.sort((a, b) => compareText(a.name, b.name));
}

async function isFolder(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined); // a broken link counts as a file and is reported when read
  return status?.isDirectory() ?? false;
}

function requireImages(top: string, samples: readonly Sample[], skipped: readonly SkippedEntry[]): void {
  if (samples.length === 0) {
    const other = skipped.length === 0 ? "" : `, but ${skipped.length} other entries such as ${skipped[0]?.name}`;
    throw new AppError("DATASET_EMPTY", {
      place: top,
      rule: `expected ${layout}`,
      received: `no image${other}`,
      remedy: "Put JPEG or PNG files there",
    });
  }
  const train = samples.filter((sample) => sample.split === "train");
  for (const [place, part] of [
    ["the dataset", samples],
    ["train/", train],
  ] as const) {
    for (const [label, className] of classNames.entries()) {
      if (part.length === 0 || part.some((sample) => sample.label === label)) continue;
      throw new AppError("DATASET_ONE_CLASS", {
        place: top,
        rule: `${place} must have images of both classes`,
        received: `${part.length} images, none in ${className}/`,
        remedy: "Add the missing folder",
      });
    }
  }
}

function compareSamples(a: Sample, b: Sample): number {
  return splitNames.indexOf(a.split) - splitNames.indexOf(b.split) || a.label - b.label || compareText(a.name, b.name);
}
