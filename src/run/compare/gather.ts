// From finished runs to everything a comparison shows. Predictions come from the run folders; the images are read for the
// floors and for looking at, and only where they are still those that were tested.
import { basename } from "node:path";
import { AppError, messageOf } from "../../core/errors.js";
import { packageVersion } from "../../core/package.js";
import { foldText, samplesOfFold } from "../../dataset/folds.js";
import { loadImages } from "../../dataset/load-images.js";
import { type Dataset, openDataset } from "../../dataset/open-dataset.js";
import type { SplitName } from "../../dataset/sample.js";
import {
  type CommonMistake,
  type ComparedModel,
  type ComparedRun,
  compareModels,
} from "../../evaluation/comparison.js";
import { poolFolds } from "../../evaluation/cross-validation.js";
import { limitsOf } from "../../images/image-limits.js";
import type { ComparisonInput, MissingRuns } from "../../report/comparison/comparison-input.js";
import { keysOfFolds } from "../divide-images.js";
import { isOf, testFingerprint } from "../fingerprint.js";
import { attribution, imageAt, isStudyTest } from "../report-facts.js";
import type { SavedRun } from "../saved-run.js";
import { textWithoutPaths } from "../without-paths.js";
import { type ComparisonRowRuns, foldPredictions, groupRuns, rowFacts, runsBySeed } from "./comparison-rows.js";
import { type FloorPart, type FloorSettings, shortcutFloors } from "./shortcut-floors.js";

export interface GatherOptions {
  readonly name: string;
  readonly createdAt: Date;
  readonly cacheFolder: string;
  readonly missing: readonly MissingRuns[];
  /** Where the images lie now; undefined: where the first run found them. */
  readonly data: string | undefined;
  /** Sentences on how often the test images were read. */
  readonly readings: readonly string[];
}

/** How many common mistakes are shown as images, and how large. */
const shownMistakes = 24;
const shownSide = 224;

/**
 * @param runs tested on the same images, as `requireOneTest` tells
 * @throws AppError EVALUATION_INPUT or OPTION_INVALID where the runs do not belong together
 */
export async function gatherComparison(runs: readonly SavedRun[], options: GatherOptions): Promise<ComparisonInput> {
  const rows = groupRuns(runs);
  const images = await testedImages(rows[0] as ComparisonRowRuns, options);
  const floors = typeof images === "string" ? [] : await shortcutFloors(images.parts, images.loading);
  const comparison = compareModels(rows.map(comparedModel), { floors });
  const dataset = datasetOf(runs[0] as SavedRun, images);
  const folds = runs[0]?.settings.fold?.of ?? null;
  const { negatives: normal, positives: pneumonia } = comparison;
  const hasStudyImages =
    dataset.kind === "chest-xray-pneumonia" && folds === null && isStudyTest({ normal, pneumonia });
  return {
    name: options.name,
    createdAt: options.createdAt.toISOString(),
    version: packageVersion(),
    dataset,
    folds,
    comparison,
    rows: rows.map((row) => rowFacts(row, hasStudyImages)),
    missing: options.missing,
    notes: [...versionNotes(runs), ...options.readings, ...(typeof images === "string" ? [images] : [])],
    commonMistakes:
      typeof images === "string"
        ? []
        : await mistakeImages(comparison.commonMistakes.slice(0, shownMistakes), images, options.cacheFolder),
  };
}

function comparedModel({ title, runs }: ComparisonRowRuns): ComparedModel {
  const compared = (ofSeed: readonly SavedRun[]): ComparedRun => {
    const [{ settings, predictions, threshold }] = ofSeed as [SavedRun];
    if (settings.fold !== null) return poolFolds(settings.seed, ofSeed.map(foldPredictions));
    return { seed: settings.seed, predictions, threshold: threshold.value };
  };
  return { title, runs: runsBySeed(runs).map(compared) as unknown as ComparedModel["runs"] };
}

/**
 * Checksums of files are compared with each other, those of pixels, which older runs have, among runs of one image size; those
 * of folds among runs of one fold and seed.
 * @throws AppError DATASET_CHANGED; OPTION_INVALID for cross-validations of other numbers of folds, or beside runs tested on test/
 */
export function requireOneTest(runs: readonly SavedRun[]): void {
  requireOneDivision(runs);
  const seen = new Map<string, SavedRun>();
  for (const run of runs) {
    const { imageSize, interpolation, fold, seed } = run.settings;
    const part = fold === null ? "" : `fold ${foldText(fold)} of seed ${seed}`;
    const key = `${run.provenance.version === 1 ? `pixels ${imageSize} ${interpolation}` : "files"} ${part}`;
    const other = seen.get(key);
    seen.set(key, other ?? run);
    if (other === undefined || other.provenance.testedOn.sha256 === run.provenance.testedOn.sha256) continue;
    throw new AppError("DATASET_CHANGED", {
      place: run.name,
      rule: "all runs of a comparison were tested on the same images",
      received: `one that was tested on others than ${other.name}`,
      remedy: "Train one of them again on the other's images, or omit one",
    });
  }
}

function requireOneDivision(runs: readonly SavedRun[]): void {
  const first = runs[0]?.settings.fold?.of;
  const other = runs.find(({ settings }) => settings.fold?.of !== first);
  if (other === undefined) return;
  const told = (folds: number | undefined) => (folds === undefined ? "test/" : `${folds} folds`);
  throw new AppError("OPTION_INVALID", {
    place: other.name,
    rule: "all runs of a comparison were tested on the same images",
    received: `one tested on ${told(other.settings.fold?.of)} beside others on ${told(first)}`,
    remedy: "Compare them apart",
  });
}

/** Where runs of both versions of provenance.json stand side by side, no checksum can be compared. */
function versionNotes(runs: readonly SavedRun[]): readonly string[] {
  const older = runs.filter(({ provenance }) => provenance.version === 1).map(({ name }) => name);
  if (older.length === 0 || older.length === runs.length) return [];
  return [
    `${older.join(", ")}: made by an older version, which kept a checksum of decoded pixels, not of files. That the other ` +
      "runs were tested on the same images is told by the images' names alone.",
  ];
}

interface TestedImages {
  readonly dataset: Dataset;
  /** One; of a cross-validation one for each fold. */
  readonly parts: readonly FloorPart[];
  readonly loading: FloorSettings;
}

/** The images of the first run's dataset, or why they are not shown. */
async function testedImages(
  { runs }: ComparisonRowRuns,
  { cacheFolder, data = runs[0].settings.data }: GatherOptions,
): Promise<TestedImages | string> {
  const absent = "shortcut floors and images are left out";
  const [ofFirstSeed] = runsBySeed(runs);
  const { imageSize: size, interpolation, maxPixels, patients } = runs[0].settings;
  try {
    const dataset = await openDataset(data, { cacheFolder, ...(patients === "names" && { patients: "by name" }) });
    const loading = { size, interpolation, limits: limitsOf(maxPixels), cacheFolder };
    const parts: FloorPart[] = [];
    const [anyFold] = (ofFirstSeed ?? []).flatMap(({ settings }) => settings.fold ?? []);
    const keyOf = anyFold === undefined ? undefined : await keysOfFolds(dataset, anyFold, loading);
    for (const { settings, provenance } of ofFirstSeed ?? []) {
      const { fold, seed } = settings;
      const samples = fold === null ? dataset.samples : samplesOfFold(dataset.samples, fold, { seed, keyOf });
      const of = (part: SplitName) => samples.filter(({ split }) => split === part);
      const test = await loadImages(of("test"), loading);
      if (!isOf(provenance.testedOn.sha256, testFingerprint(test))) {
        return `${basename(data)} holds other test images than the runs were tested on: ${absent}.`;
      }
      parts.push({ training: of("train"), test });
    }
    return { dataset, parts, loading };
  } catch (thrown) {
    return `${textWithoutPaths(messageOf(thrown), [data])} Without the dataset ${absent}.`;
  }
}

function datasetOf({ settings }: SavedRun, images: TestedImages | string): ComparisonInput["dataset"] {
  const name = basename(settings.data);
  if (typeof images === "string") return { name, kind: "other" };
  const { root, kind } = images.dataset;
  return { name: basename(root), kind, attribution: kind === "chest-xray-pneumonia" ? attribution : undefined };
}

async function mistakeImages(
  mistakes: readonly CommonMistake[],
  { dataset, loading }: TestedImages,
  cacheFolder: string,
): Promise<ComparisonInput["commonMistakes"]> {
  const samples = new Map(dataset.samples.map((sample) => [sample.name, sample]));
  const images = await loadImages(
    mistakes.flatMap(({ name }) => samples.get(name) ?? []),
    { ...loading, size: shownSide, cacheFolder },
  );
  const places = new Map(images.loaded.map(({ name }, place) => [name, place]));
  return mistakes.flatMap((mistake) => {
    const place = places.get(mistake.name);
    return place === undefined ? [] : [{ ...mistake, image: imageAt(images, place), caption: mistake.name }];
  });
}
