// Which images train, validate and test: they are read first, because copies must not lie on both sides, and copies are told by their look.
import { type CopyGroup, findCopies } from "../dataset/copies/find-copies.js";
import { type JoinedCopies, joinedCopies, type KeyOf, keysWithCopies } from "../dataset/copies/kept-together.js";
import { lookBytes } from "../dataset/copies/look.js";
import { type Fold, samplesOfFold } from "../dataset/folds.js";
import { type LeakPolicy, refuseLeaks } from "../dataset/leaks.js";
import { type LoadedImages, type LoadOptions, loadImages } from "../dataset/load-images.js";
import type { Dataset } from "../dataset/open-dataset.js";
import type { Sample, SplitName } from "../dataset/sample.js";
import { type PatientSource, splitBy, type ValidationPolicy } from "../dataset/split.js";

export interface Division {
  readonly validation: ValidationPolicy;
  readonly patients: PatientSource;
  readonly leaks: LeakPolicy;
  /** Tested of a cross-validation, where test/ takes no part; null: test/ is tested. */
  readonly fold: Fold | null;
  readonly seed: number;
}

export interface DividedImages {
  /** Those that train and validate, in the dataset's order; of a cross-validation also the tested ones. */
  readonly images: LoadedImages;
  /** Positions in `images`. */
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly testImages: LoadedImages;
  readonly splitBy: ReturnType<typeof splitBy>["splitBy"];
  /** Copies that were kept on one side; none where the dataset's own parts are used. */
  readonly joined: JoinedCopies;
  /** Images of any part that could not be read. */
  readonly skipped: LoadedImages["skipped"];
}

/** Of a cross-validation train/ and val/. */
export const imagesTakingPart = ({ samples }: Dataset, fold: Fold | null): readonly Sample[] =>
  fold === null ? samples : samples.filter(({ split }) => split !== "test");

/**
 * Reads every image that takes part and divides them, copies of each other always to one side.
 * @param load as `loadImages`; called for the images to fit to, then for those of test/
 * @throws AppError as `samplesOfFold`, `splitBy` and `refuseLeaks`
 */
export async function divideImages(
  dataset: Dataset,
  division: Division,
  load: (samples: readonly Sample[]) => Promise<LoadedImages>,
): Promise<DividedImages> {
  const { fold, seed, patients } = division;
  const taking = imagesTakingPart(dataset, fold);
  const divide = (keyOf?: KeyOf) => {
    const samples = fold === null ? taking : samplesOfFold(taking, fold, { seed, keyOf });
    return { samples, split: splitBy(division.validation, samples, { seed, patients, keyOf }) };
  };
  divide(); // what cannot be divided whatever the images show is told before they are read
  const fitting = await load(taking.filter(({ split }) => split !== "test"));
  const testing = await load(taking.filter(({ split }) => split === "test"));
  const read = [...fitting.loaded, ...testing.loaded];
  const sha256 = [...fitting.sha256, ...testing.sha256];
  const copies = findCopies({ sha256, looks: bothOf(fitting.looks, testing.looks) });
  const { samples, split } = divide(keysWithCopies(read, copies));
  const parts = new Map<string, SplitName>([
    ...samples.map(({ name }) => [name, "test"] as const),
    ...split.training.map(({ name }) => [name, "train"] as const),
    ...split.validation.map(({ name }) => [name, "val"] as const),
  ]);
  const partOf = ({ name }: Sample) => parts.get(name) as SplitName; // every sample that takes part is there
  if (division.leaks === "refuse") {
    const used = read.map((sample, i) => ({
      sample: { ...sample, split: partOf(sample) },
      sha256: sha256[i] as string,
    }));
    refuseLeaks(dataset.root, used, copies);
  }
  const divided = fold === null ? fitting : withSamples(fitting, samples);
  const positionsOf = (part: SplitName) =>
    Int32Array.from([...divided.loaded.keys()].filter((i) => partOf(divided.loaded[i] as Sample) === part));
  return {
    images: divided,
    train: positionsOf("train"),
    validation: positionsOf("val"),
    testImages: fold === null ? testing : only(divided, positionsOf("test"), (sample) => partOf(sample) === "test"),
    splitBy: split.splitBy,
    joined: split.splitBy === "official" ? { groups: 0, images: 0 } : joinedCopies(read, within(copies, fitting)),
    skipped: [...fitting.skipped, ...testing.skipped],
  };
}

/**
 * What must not be divided when folds are made, as `divideImages` has it.
 * @throws AppError as `loadImages`
 */
export async function keysOfFolds(dataset: Dataset, fold: Fold, options: LoadOptions): Promise<KeyOf> {
  const images = await loadImages(imagesTakingPart(dataset, fold), options);
  return keysWithCopies(images.loaded, findCopies(images));
}

/** What of the groups lies in images that were divided here, which come first. */
const within = (copies: readonly CopyGroup[], { loaded }: LoadedImages): readonly CopyGroup[] =>
  copies.map((group) => group.filter((position) => position < loaded.length));

function bothOf(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The same images with what a fold makes of their samples: their split. */
function withSamples(images: LoadedImages, samples: readonly Sample[]): LoadedImages {
  const byName = new Map(samples.map((sample) => [sample.name, sample]));
  const made = (sample: Sample) => byName.get(sample.name) ?? sample;
  const skipped = images.skipped.map(({ sample, error }) => ({ sample: made(sample), error }));
  return { ...images, loaded: images.loaded.map(made), skipped };
}

/** Some of the images, with pixels of their own. @param isMeant which of the skipped ones belong to them */
function only(images: LoadedImages, positions: Int32Array, isMeant: (sample: Sample) => boolean): LoadedImages {
  const imageBytes = images.size ** 2;
  const pick = <T>(values: readonly T[]) => Array.from(positions, (position) => values[position] as T);
  const rows = (block: Uint8Array, bytes: number) => {
    const picked = new Uint8Array(positions.length * bytes);
    for (const [i, position] of positions.entries()) {
      picked.set(block.subarray(position * bytes, (position + 1) * bytes), i * bytes);
    }
    return picked;
  };
  const { holders } = images;
  const pixels =
    images.rows === undefined
      ? { pixels: rows(images.pixels, imageBytes) }
      : { rows: positions.map((position) => images.rows?.[position] as number) };
  return {
    ...images,
    ...pixels,
    ...(holders && { holders: positions.map((position) => holders[position] as number) }),
    looks: rows(images.looks, lookBytes),
    loaded: pick(images.loaded),
    warnings: pick(images.warnings),
    scope: images.scope.length === 0 ? [] : pick(images.scope),
    sizes: pick(images.sizes),
    sha256: pick(images.sha256),
    skipped: images.skipped.filter(({ sample }) => isMeant(sample)),
  };
}
