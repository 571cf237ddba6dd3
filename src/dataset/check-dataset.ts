// Everything worth knowing about a dataset before training on it: reads and decodes every file once. Plain data; the
// command `data check` prints it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { AppError, messageOf, systemCodeOf } from "../core/errors.js";
import type { GrayImage } from "../images/gray-image.js";
import { type ImageLimits, limitsOf } from "../images/image-limits.js";
import type { ImageWarning } from "../images/image-warning.js";
import { readRadiograph } from "../images/read-radiograph.js";
import { type CopyPair, copyPairs, type LookedAt } from "./copies/copy-pairs.js";
import { findCopies } from "./copies/find-copies.js";
import { lookBytes, lookOf } from "./copies/look.js";
import { type NearCopies, nearCopies } from "./copies/near-copies.js";
import { countSamples, type SampleCounts, type SplitSummary, summariseDataset } from "./data-summary.js";
import {
  type CrossingPatient,
  type DuplicateGroup,
  groupDuplicates,
  patientsAcrossSplits,
  underNumber,
} from "./duplicates.js";
import { fewPatientsNote } from "./few-patients.js";
import { inParallel } from "./in-parallel.js";
import type { Dataset, SkippedEntry } from "./open-dataset.js";
import type { Sample, SplitName } from "./sample.js";

/** What is refused while images are read, and who is told of the progress. */
export interface CheckOptions {
  /** Pixels that an image may have, 10,000..1,000,000,000; default 100 million. */
  readonly maxPixels?: number | undefined;
  /** Called after each image. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What reading every image of a dataset brought to light. */
export interface DataCheck {
  readonly root: string;
  readonly total: SampleCounts;
  readonly splits: readonly SplitSummary[];
  /** Entries of the folder that are not used. */
  readonly skipped: readonly SkippedEntry[];
  readonly unreadable: readonly { readonly name: string; readonly error: AppError }[];
  /** Null when no image could be read. */
  readonly sizes: SizeRange | null;
  readonly duplicates: {
    readonly groups: readonly DuplicateGroup[];
    /** Files beyond the first of each group. */
    readonly extraImages: number;
    readonly acrossSplits: number;
    readonly acrossClasses: number;
  };
  /** Images that look alike though their files differ; trainings keep them on one side, and refuse them across given splits and classes. */
  readonly nearCopies: NearCopies;
  readonly patientsAcrossSplits: readonly CrossingPatient[];
  /**
   * The same where patients of one number count as one person, whatever their names tell besides: bacteria N and virus N of the published data
   * may be one child, and mostly are not. Equal to `patientsAcrossSplits` for other data.
   */
  readonly numbersAcrossSplits: readonly CrossingPatient[];
  /** Pairs to be looked at: of each group of copies one, then those across parts that come nearest to it. */
  readonly pairs: readonly ImagePair[];
  /** Things a reader should know; not errors. */
  readonly remarks: readonly Remark[];
}

/** Two images of a dataset beside each other. */
export interface ImagePair extends Pick<CopyPair, "kind" | "similarity"> {
  readonly images: readonly [PairedImage, PairedImage];
  readonly isAcrossSplits: boolean;
  readonly isAcrossClasses: boolean;
}

export interface PairedImage {
  readonly name: string;
  readonly split: SplitName;
  readonly label: 0 | 1;
}

/** Sides of the images that could be read. */
export interface SizeRange {
  /** [smallest, median, largest] in pixels. */
  readonly width: readonly [number, number, number];
  readonly height: readonly [number, number, number];
  /** Distinct width and height pairs. */
  readonly distinct: number;
}

/** Something a reader of the dataset should know, in a sentence. */
export interface Remark {
  readonly text: string;
  /** The images concerned; empty when it is about the whole. */
  readonly names: readonly string[];
}

/** Below this standard deviation of grey levels an image is called blank: radiographs have 30 to 80. */
const blankDeviation = 4;
/** Wider or higher than this many times the other side. */
const oddAspect = 3;
const smallSide = 64;

/** What is learnt of one file; of its pixels only the look is kept, elsewhere. */
interface Reading {
  readonly sample: Sample;
  readonly digest?: string;
  readonly width?: number;
  readonly height?: number;
  readonly deviation?: number;
  readonly warnings?: readonly ImageWarning[];
  readonly error?: AppError;
}

/**
 * Reads every image of an opened dataset. Bad files are findings, not errors.
 * @param options `arePatientsExpected`: false where the user says that nobody knows them
 */
export async function checkDataset(
  dataset: Dataset,
  options: CheckOptions & { readonly arePatientsExpected?: boolean } = {},
): Promise<DataCheck> {
  const { root, samples, skipped } = dataset;
  const readings = new Array<Reading>(samples.length);
  const looks = new Uint8Array(samples.length * lookBytes);
  let done = 0;
  await inParallel(samples, Math.min(8, availableParallelism()), async (sample, i) => {
    readings[i] = await readOne(
      sample,
      limitsOf(options.maxPixels),
      looks.subarray(i * lookBytes, (i + 1) * lookBytes),
    );
    options.onProgress?.({ done: ++done, total: samples.length });
  });
  const read = readImages(readings, looks);
  const copies = findCopies(read);
  const groups = groupDuplicates(readings.flatMap(({ sample, digest }) => (digest ? [[sample, digest] as const] : [])));
  return {
    root,
    total: countSamples(samples),
    splits: summariseDataset(samples),
    skipped,
    unreadable: readings.flatMap(({ sample, error }) => (error ? [{ name: sample.name, error }] : [])),
    sizes: sizeRange(readings),
    duplicates: {
      groups,
      extraImages: groups.reduce((sum, { names }) => sum + names.length - 1, 0),
      acrossSplits: groups.filter((group) => group.acrossSplits).length,
      acrossClasses: groups.filter((group) => group.acrossClasses).length,
    },
    nearCopies: nearCopies(
      read.samples.map((sample, i) => ({ sample, sha256: read.sha256[i] as string })),
      copies,
    ),
    patientsAcrossSplits: patientsAcrossSplits(samples),
    numbersAcrossSplits: patientsAcrossSplits(samples.map(underNumber)),
    pairs: copyPairs(read, copies).map((pair) => imagePair(pair, read.samples)),
    remarks: remarksOn(readings, summariseDataset(samples), options.arePatientsExpected ?? true),
  };
}

/** @param looks of all readings; those of images that could be read are moved to its beginning */
function readImages(readings: readonly Reading[], looks: Uint8Array): LookedAt {
  const samples: Sample[] = [];
  const sha256: string[] = [];
  for (const [i, { sample, digest }] of readings.entries()) {
    if (digest === undefined) continue;
    looks.copyWithin(samples.length * lookBytes, i * lookBytes, (i + 1) * lookBytes);
    samples.push(sample);
    sha256.push(digest);
  }
  return { samples, sha256, looks: looks.subarray(0, samples.length * lookBytes) };
}

function imagePair({ positions, kind, similarity }: CopyPair, samples: readonly Sample[]): ImagePair {
  const paired = (position: number): PairedImage => {
    const { name, split, label } = samples[position] as Sample;
    return { name, split, label };
  };
  const [one, other] = [paired(positions[0]), paired(positions[1])];
  const facts = { isAcrossSplits: one.split !== other.split, isAcrossClasses: one.label !== other.label };
  return { images: [one, other], kind, similarity, ...facts };
}

/** @param look where the image's look goes */
async function readOne(sample: Sample, limits: Partial<ImageLimits>, look: Uint8Array): Promise<Reading> {
  try {
    const { image, warnings } = await readRadiograph(sample.path, { limits });
    const bytes = await readFile(sample.path);
    const digest = createHash("sha256").update(bytes).digest("hex");
    look.set(lookOf(image));
    return { sample, digest, width: image.width, height: image.height, deviation: deviationOf(image), warnings };
  } catch (thrown) {
    return { sample, error: thrown instanceof AppError ? thrown : unreadable(sample.path, thrown) };
  }
}

function unreadable(path: string, thrown: unknown): AppError {
  const reason = systemCodeOf(thrown) ?? messageOf(thrown);
  return new AppError(
    "FILE_UNREADABLE",
    { place: path, rule: `cannot be read: ${reason}`, remedy: "Check the disk and permissions" },
    { cause: thrown },
  );
}

/** Standard deviation of the grey levels. */
function deviationOf({ data }: GrayImage): number {
  let sum = 0;
  let squares = 0;
  for (const value of data) {
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(Math.max(0, squares / data.length - (sum / data.length) ** 2));
}

function sizeRange(readings: readonly Reading[]): SizeRange | null {
  const sizes = readings.flatMap(({ width, height }) => (width && height ? [{ width, height }] : []));
  if (sizes.length === 0) return null;
  const range = (values: number[]) => {
    const sorted = values.sort((a, b) => a - b);
    const at = (i: number) => sorted[i] as number;
    return [at(0), at(Math.floor((sorted.length - 1) / 2)), at(sorted.length - 1)] as const;
  };
  return {
    width: range(sizes.map(({ width }) => width)),
    height: range(sizes.map(({ height }) => height)),
    distinct: new Set(sizes.map(({ width, height }) => `${width}x${height}`)).size,
  };
}

function remarksOn(
  readings: readonly Reading[],
  splits: readonly SplitSummary[],
  arePatientsExpected: boolean,
): Remark[] {
  const remarks: Remark[] = [];
  const add = (text: string, isConcerned: (reading: Reading) => boolean) => {
    const names = readings.filter(isConcerned).map(({ sample }) => sample.name);
    if (names.length > 0) remarks.push({ text, names });
  };
  add("the file name says the other class than its folder", ({ sample: { patient, label } }) =>
    label === 0 ? /^(bacteria|virus):/.test(patient ?? "") : /^(NORMAL|IM|NORMAL2-IM):/.test(patient ?? ""),
  );
  if (arePatientsExpected) add("the patient is not known", ({ sample }) => sample.patient === null);
  add(`nearly one grey level (standard deviation below ${blankDeviation})`, ({ deviation = 99 }) => {
    return deviation < blankDeviation;
  });
  add(
    `a side of less than ${smallSide} pixels`,
    ({ width = 999, height = 999 }) => Math.min(width, height) < smallSide,
  );
  add(`one side more than ${oddAspect} times the other`, ({ width = 1, height = 1 }) => {
    return Math.max(width, height) > oddAspect * Math.min(width, height);
  });
  const messages = new Map(
    readings.flatMap(({ warnings = [] }) => warnings.map(({ code, message }) => [code, message])),
  );
  for (const [code, message] of messages) {
    add(message, ({ warnings = [] }) => warnings.some((warning) => warning.code === code));
  }
  for (const { split, viral, bacterial } of splits) {
    const part = readings.map(({ sample }) => sample).filter((sample) => sample.split === split);
    const few =
      split === "train"
        ? fewPatientsNote("a tenth of train/, to validate on,", part, 0.1)
        : fewPatientsNote(`${split}/`, part);
    if (few !== undefined) remarks.push({ text: few, names: [] });
    if (bacterial > 0 && viral === 0) remarks.push({ text: `${split}/ has no viral pneumonia`, names: [] });
  }
  return remarks;
}
