// Any source becomes a manifest: what it holds is counted, and what was left out is told with its reason.
import { readdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { throwIfAborted } from "../core/aborted.js";
import {
  aFunction,
  aPath,
  aSignal,
  checkArgument,
  checkOptions,
  type OptionRules,
  oneOf,
  wholeNumber,
} from "../core/check-options.js";
import { compareText } from "../core/compare-text.js";
import { countPatients } from "../core/count-patients.js";
import { AppError } from "../core/errors.js";
import { exists } from "../core/exists.js";
import { openPlace } from "./archive/opened-archive.js";
import { copiesInFiles } from "./copies/copies-in-files.js";
import { joinedCopiesText } from "./copies/kept-together.js";
import { holdOutTest, samplesOfRows } from "./hold-out-test.js";
import { withKnownPatients } from "./known-patients.js";
import { defaultCacheFolder } from "./load-images.js";
import type { ManifestRow } from "./manifest/manifest-row.js";
import { writeManifest } from "./manifest/write-manifest.js";
import { splitNames } from "./sample.js";
import { ImageFolder } from "./sources/image-folder.js";
import { manifestSource } from "./sources/manifest-folder.js";
import { personKeys } from "./sources/person-keys.js";
import type { DatasetSource, SourceOptions } from "./sources/source.js";
import { sources } from "./sources/sources.js";
import { type PatientSource, patientSources } from "./split.js";

/** How a source is read, and where its manifest goes. */
export interface ImportOptions {
  /** The manifest's path, ".csv", in a folder above the images; new. */
  readonly out: string;
  /** Which kind of source it is; default the one that recognises it. */
  readonly source?: string | undefined;
  /** The file of labels, for sources that need one. */
  readonly labels?: string | undefined;
  /** How labels that the publisher calls uncertain are taken; default "leave out". */
  readonly uncertain?: SourceOptions["uncertain"];
  /** Share of the images that becomes the test set, by patient, where the source has none; above 0, at most 0.5. */
  readonly test?: number | undefined;
  /** Which patients are drawn for it; default 1. */
  readonly seed?: number | undefined;
  /** "unknown": a test set may be drawn by image where patients are not known. Default "known". */
  readonly patients?: PatientSource | undefined;
  /** Where the key lies that turns patients' numbers into others; default `.cache/pneumoscope` in `cwd`. */
  readonly keyFolder?: string | undefined;
  /** Told after each thousand images. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Ends the work with an error ABORTED; nothing is written. */
  readonly signal?: AbortSignal | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
}

const isShare = (value: unknown): boolean => typeof value === "number" && value > 0 && value <= 0.5;

const optionRules: OptionRules<ImportOptions> = {
  out: aPath,
  source: oneOf(sources.map(({ name }) => name)),
  labels: aPath,
  uncertain: oneOf(["leave out", "pneumonia", "normal"]),
  test: { rule: "a number above 0, at most 0.5", holds: isShare },
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  patients: oneOf(patientSources),
  keyFolder: aPath,
  onProgress: aFunction,
  signal: aSignal,
  cwd: aPath,
};

/** A manifest that was written, and what stands in it. */
export interface ImportedDataset {
  /** Absolute path of the manifest. */
  readonly manifest: string;
  /** The kind of source that it was read as. */
  readonly source: string;
  readonly images: number;
  readonly normal: number;
  readonly pneumonia: number;
  /** Null where an image's patient is not known. */
  readonly patients: number | null;
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
  /** What should be known of the images, such as why their patients are not; sentences. */
  readonly notes: readonly string[];
}

/**
 * @param place a folder or file, relative to `cwd`
 * @throws AppError OPTION_INVALID; FILE_MISSING; DATASET_SOURCE_UNKNOWN where nothing recognises it; DATASET_EMPTY where no
 *   image is left; FILE_UNWRITABLE; and as the source
 */
export async function importDataset(place: string, options: ImportOptions): Promise<ImportedDataset> {
  checkArgument("place", place, aPath);
  checkOptions("importDataset", options, optionRules, ["out"]);
  const { cwd = process.cwd(), signal, onProgress } = options;
  const from = resolve(cwd, place);
  const manifest = await newManifest(resolve(cwd, options.out));
  await requireThere(from);
  const images = new ImageFolder(manifest);
  const asked = {
    root: dirname(manifest),
    images,
    labels: options.labels === undefined ? undefined : resolve(cwd, options.labels),
    uncertain: options.uncertain,
    keyOf: await personKeys(resolve(cwd, options.keyFolder ?? defaultCacheFolder)),
    signal,
  };
  const { place: found, isUnpacked, discard } = await openPlace(from, images.path, signal);
  try {
    const source = await sourceOf(found, options.source, isUnpacked);
    const read = await readAll(source, found, manifest, asked, onProgress);
    await images.flush();
    const { leftOut } = read;
    const rows = await withKnownPatients(inOrder(read.rows), dirname(manifest));
    const { rows: parted, notes } = await withTest(rows, dirname(manifest), options);
    await writeManifest(manifest, parted);
    const pneumonia = rows.filter(({ label }) => label === 1).length;
    const counts = { images: rows.length, normal: rows.length - pneumonia, pneumonia, patients: countPatients(rows) };
    return { manifest, source: source.name, ...counts, leftOut, notes: [...read.notes, ...notes] };
  } catch (thrown) {
    await images.discard();
    await discard();
    throw thrown;
  }
}

/** The rows with a test set if one is wanted; copies stay on one side, so every image is read then. */
async function withTest(
  rows: readonly ManifestRow[],
  root: string,
  { test, seed = 1, patients = "known", signal }: ImportOptions,
): Promise<{ readonly rows: readonly ManifestRow[]; readonly notes: readonly string[] }> {
  if (test === undefined) return { rows, notes: [] };
  const asked = { fraction: test, seed, patients };
  holdOutTest(rows, asked); // what is wrong without a look at the images shows at once
  const { keyOf, joined } = await copiesInFiles(samplesOfRows(rows, root), { signal, place: "importDataset" });
  const text = joinedCopiesText(joined);
  return { rows: holdOutTest(rows, { ...asked, keyOf }), notes: text === undefined ? [] : [text] };
}

async function readAll(
  source: DatasetSource,
  from: string,
  manifest: string,
  asked: SourceOptions,
  onProgress: ImportOptions["onProgress"],
): Promise<Pick<ImportedDataset, "leftOut" | "notes"> & { readonly rows: readonly ManifestRow[] }> {
  const rows: ManifestRow[] = [];
  const notes: string[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  for await (const item of source.read(from, asked)) {
    throwIfAborted(asked.signal, "importDataset");
    if (item.kind === "left out") leftOut.push({ name: item.name, reason: item.reason });
    else if (item.kind === "note") notes.push(item.text);
    else if (rows.push(requireBelow(item.row, manifest)) % 1000 === 0) onProgress?.(rows.length);
  }
  if (rows.length > 0) return { rows, leftOut, notes };
  const [first] = leftOut;
  throw new AppError("DATASET_EMPTY", {
    place: from,
    rule: `${source.title} should hold images with labels`,
    received: first === undefined ? "none" : `none that can be used: ${first.name}: ${first.reason}`,
    remedy: "Look at what was left out",
  });
}

/** As in folders: by part, class and name, whatever the order in which a source has them, so that trainings are the same. */
function inOrder(rows: readonly ManifestRow[]): readonly ManifestRow[] {
  const part = ({ split }: ManifestRow) => (split === null ? -1 : splitNames.indexOf(split));
  return [...rows].sort((a, b) => part(a) - part(b) || a.label - b.label || compareText(a.path, b.path));
}

/** Never overwrites: a manifest may have been corrected by hand. @throws AppError OPTION_INVALID */
async function newManifest(path: string): Promise<string> {
  const isTaken = await exists(path);
  if (path.toLowerCase().endsWith(".csv") && !isTaken) return path;
  throw new AppError("OPTION_INVALID", {
    place: "out",
    rule: "should be a new file that ends in .csv",
    received: isTaken ? `${path}, which is there already` : path,
    remedy: "Choose another name",
  });
}

/** @throws AppError FILE_MISSING */
async function requireThere(place: string): Promise<void> {
  if (await exists(place)) return;
  throw new AppError("FILE_MISSING", { place, rule: "there is no such file or folder", remedy: "Check the path" });
}

/**
 * @param isSent whether it came in an archive: then a manifest in it says what was meant, while one that lies in a folder may be
 *   an earlier import of that folder
 * @throws AppError DATASET_SOURCE_UNKNOWN
 */
async function sourceOf(place: string, wanted: string | undefined, isSent: boolean): Promise<DatasetSource> {
  const named = sources.find(({ name }) => name === wanted);
  if (named !== undefined) return named;
  const inTurn = isSent ? [manifestSource, ...sources] : sources;
  for (const source of inTurn) if (await source.recognises(place)) return source;
  throw new AppError("DATASET_SOURCE_UNKNOWN", {
    place,
    rule: "should hold a dataset of a kind that is known here",
    received: await described(place),
    remedy:
      "docs/data.md lists the kinds; for others write a manifest: a CSV file with columns path, label and patient",
  });
}

/** What is there, by its first names. */
async function described(place: string): Promise<string> {
  if (!(await stat(place)).isDirectory()) return "a file of none of them";
  const names = (await readdir(place)).filter((name) => !name.startsWith(".")).sort(compareText);
  const shown = names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} more` : "");
  return names.length === 0 ? "an empty folder" : `a folder with ${shown}`;
}

function requireBelow(row: ManifestRow, manifest: string): ManifestRow {
  if (!row.path.startsWith("../") && row.path !== "") return row;
  throw new AppError("OPTION_INVALID", {
    place: "out",
    rule: "a manifest lies in a folder above its images",
    received: `${manifest} for ${row.path}`,
    remedy: "Write it beside the images' folder",
  });
}
