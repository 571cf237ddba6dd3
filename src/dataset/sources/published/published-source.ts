// A published dataset as a source: its label files are found by their names and columns, its images by what the labels call
// them. What is left out is counted by reason: a tenth of a dataset on one's disk leaves a hundred thousand images out.
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, posix, relative, sep } from "node:path";
import { throwIfAborted } from "../../../core/aborted.js";
import { compareText } from "../../../core/compare-text.js";
import { AppError } from "../../../core/errors.js";
import { readDicomHeader } from "../../../images/dicom-header.js";
import { isImageName } from "../../../images/image-name.js";
import type { ImageFacts } from "../../sample.js";
import { dicomFacts } from "../dicom-facts.js";
import { filesBelow } from "../files-below.js";
import { headerOf } from "../label-rows.js";
import type { DatasetSource, SourceItem, SourceOptions } from "../source.js";
import type { PublishedDataset, PublishedImage } from "./published-dataset.js";

export const publishedSource = (dataset: PublishedDataset): DatasetSource => ({
  name: dataset.name,
  title: dataset.title,
  async recognises(place) {
    if (!(await stat(place)).isDirectory()) return false;
    return (await recognisedFiles(dataset, await labelFilesIn(dataset, place))) !== undefined;
  },
  read: (place, options) => read(dataset, place, options),
});

async function* read(dataset: PublishedDataset, place: string, options: SourceOptions): AsyncGenerator<SourceItem> {
  const files = await filesOf(dataset, place, options.labels);
  const { paths, again } = await imagesOf(dataset, place, options.signal);
  const leftOut = new Counts();
  const seen = new Map<string, number>();
  for await (const image of dataset.images(files)) {
    throwIfAborted(options.signal, "importDataset");
    const { key, row } = image;
    const before = seen.get(key);
    if (before !== undefined) {
      throw row.invalid(undefined, `each image stands once; line ${before} has it already`, key);
    }
    seen.set(key, row.line);
    const path = paths.get(key);
    const label = labelOf(image, options.uncertain);
    if (path === undefined) leftOut.add("named by the label file, but not in the folder", key);
    else if (typeof label === "object") leftOut.add(label.leftOut, path);
    else {
      const below = relative(options.root, join(place, path)).split(sep).join(posix.sep);
      const { patient, split } = image;
      const facts =
        dataset.isDicom === true ? { ...(await headerFactsOf(join(place, path))), ...image.facts } : image.facts;
      yield { kind: "image", row: { path: below, label, patient, split, facts } };
    }
  }
  for (const [key, path] of paths) if (!seen.has(key)) leftOut.add("not named by the label file", path);
  for (const path of again) leftOut.add("a second file of an image that is there already", path);
  const name = [...files.values()].map((file) => basename(file)).join(", ");
  for (const reason of leftOut.reasons()) yield { kind: "left out", name, reason };
}

/** Age, sex and view. Dates are shifted or removed by the publishers. */
async function headerFactsOf(file: string): Promise<ImageFacts> {
  try {
    const header = await readDicomHeader(file, file);
    if (header === undefined) return {};
    const { acquired: _, others: __, ...facts } = dicomFacts(header);
    return facts;
  } catch (thrown) {
    if (thrown instanceof AppError) return {}; // a file that is damaged is told when it is decoded
    throw thrown;
  }
}

function labelOf({ label, isFrontal }: PublishedImage, uncertain: SourceOptions["uncertain"] = "leave out") {
  if (!isFrontal) return { leftOut: "no frontal view" };
  if (label !== "uncertain") return label;
  if (uncertain === "leave out") return { leftOut: "pneumonia uncertain by its publisher's label" };
  return uncertain === "pneumonia" ? 1 : 0;
}

/** How often there was each reason, and an example. */
class Counts {
  readonly #of = new Map<string, { count: number; readonly example: string }>();

  add(reason: string, example: string): void {
    const entry = this.#of.get(reason);
    if (entry === undefined) this.#of.set(reason, { count: 1, example });
    else entry.count++;
  }

  *reasons(): Generator<string> {
    for (const [reason, { count, example }] of this.#of) {
      const number = count.toLocaleString("en-US");
      yield count === 1 ? `1 image: ${reason}: ${example}` : `${number} images: ${reason}, such as ${example}`;
    }
  }
}

interface Images {
  /** Paths below the place by what the labels call them. */
  readonly paths: ReadonlyMap<string, string>;
  /** Further files of the same images, such as the PNG beside a DICOM file. */
  readonly again: readonly string[];
}

async function imagesOf({ keyOfFile }: PublishedDataset, place: string, signal?: AbortSignal): Promise<Images> {
  const paths = new Map<string, string>();
  const again: string[] = [];
  for await (const path of filesBelow(place)) {
    throwIfAborted(signal, "importDataset");
    if (!isImageName(path)) continue;
    const key = keyOfFile(path);
    if (paths.has(key)) again.push(path);
    else paths.set(key, path);
  }
  return { paths, again };
}

/** @throws AppError FILE_MISSING, LABELS_INVALID */
async function filesOf(dataset: PublishedDataset, place: string, labels: string | undefined) {
  const found = await labelFilesIn(dataset, labels === undefined ? place : dirname(labels));
  if (labels !== undefined) {
    const ours = dataset.files.filter(({ recognisedBy }) => recognisedBy !== undefined);
    const { role } = ours.find(({ name }) => name.test(basename(labels))) ?? (ours[0] as (typeof ours)[0]);
    for (const { role: other, recognisedBy } of dataset.files) if (recognisedBy !== undefined) found.delete(other);
    return found.set(role, labels);
  }
  const files = await recognisedFiles(dataset, found);
  if (files !== undefined) return files;
  throw new AppError("FILE_MISSING", {
    place,
    rule: `should hold the label files of ${dataset.title}, with their columns`,
    received: found.size === 0 ? "none of them" : `${[...found.values()].map((file) => basename(file)).join(", ")}`,
    remedy: "Name the file with `labels`",
  });
}

/** Undefined where no file of labels has the columns by which the dataset is known. */
async function recognisedFiles({ files }: PublishedDataset, found: ReadonlyMap<string, string>) {
  const kept = new Map(found);
  let isKnown = false;
  for (const { role, recognisedBy } of files) {
    const file = found.get(role);
    if (file === undefined || recognisedBy === undefined) continue;
    const header = await headerOf(file);
    if (header !== undefined && recognisedBy.every((column) => header.has(column))) isKnown = true;
    else kept.delete(role);
  }
  return isKnown ? kept : undefined;
}

/** A folder with more folders in it holds images, not label files. */
const mostFolders = 50;

/** The dataset's files by role, in a folder and two below it; the one that lies highest. */
async function labelFilesIn({ files }: PublishedDataset, top: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let level = [top];
  for (let depth = 0; depth <= 2; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      entries.sort((a, b) => compareText(a.name, b.name));
      for (const entry of entries) {
        if (entry.isDirectory()) continue;
        const role = files.find(({ name }) => name.test(entry.name))?.role;
        if (role !== undefined && !found.has(role)) found.set(role, join(folder, entry.name));
      }
      const folders = entries.filter((entry) => entry.isDirectory());
      if (folders.length <= mostFolders) next.push(...folders.map(({ name }) => join(folder, name)));
    }
    level = next;
  }
  return found;
}
