// Cross-validation: every image is tested once, by a model that saw nobody who is on it.
import { compareText } from "../core/compare-text.js";
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { KeyOf } from "./copies/kept-together.js";
import { groupOf } from "./patient-key.js";
import { classNames, type Label, type Sample } from "./sample.js";

/** One part of several that hold about the same; counted from 1. */
export interface Fold {
  readonly number: number;
  readonly of: number;
}

/** The fewest and the most parts. */
export const foldRange = { min: 2, max: 100 } as const;

/** "2/5". */
export const foldText = ({ number, of }: Fold): string => `${number}/${of}`;

/** The fold that a text such as "2/5" names; undefined for any other. */
export function parseFold(text: string): Fold | undefined {
  const match = /^(\d{1,3})\/(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [number, of] = [Number(match[1]), Number(match[2])];
  return number >= 1 && number <= of && of >= foldRange.min && of <= foldRange.max ? { number, of } : undefined;
}

/**
 * The number of the fold, from 1, that each sample belongs to. Groups stay whole; each class is shared out evenly, and the folds of a
 * seed are the same whatever the order of the samples.
 *
 * Groups are dealt out as by scikit-learn's `StratifiedGroupKFold` (those that weigh most on one class first, each into the fold where
 * the shares of the classes then spread least). Then single groups move to another fold as long as that evens the shares further.
 *
 * @param options.keyOf what must not be divided; default the patient, or the image where nobody knows
 * @throws AppError OPTION_INVALID; DATASET_FEW_PATIENTS where a class occurs in fewer groups than there are folds
 */
export function stratifiedFolds(
  samples: readonly Sample[],
  options: { readonly folds: number; readonly seed: number; readonly keyOf?: KeyOf | undefined },
): Uint8Array {
  const { folds, seed, keyOf = groupOf } = options;
  requireFolds(folds);
  const keys = samples.map(keyOf);
  const groups = countGroups(samples, keys);
  requireGroups(groups, folds);
  const ordered = Random.of(seed, "folds")
    .shuffled([...groups.keys()].sort(compareText))
    .map((name) => ({ name, counts: groups.get(name) as Counts }))
    .sort((a, b) => difference(b.counts) - difference(a.counts));
  const shares = new FoldShares(
    folds,
    ordered.map(({ counts }) => counts),
  );
  for (let group = 0; group < ordered.length; group++) shares.deal(group);
  shares.even();
  requireBothInEach(shares.held);
  const foldOf = new Map(ordered.map(({ name }, group) => [name, shares.foldOf(group) + 1]));
  return Uint8Array.from(keys, (key) => foldOf.get(key) as number);
}

/**
 * The samples as a cross-validation uses them: the fold is tested, the others of train/ and val/ train, and test/ takes no part.
 * @throws AppError as `stratifiedFolds`
 */
export function samplesOfFold(
  samples: readonly Sample[],
  { number, of }: Fold,
  { seed, keyOf }: { readonly seed: number; readonly keyOf?: KeyOf | undefined },
): readonly Sample[] {
  const taken = samples.filter(({ split }) => split !== "test");
  const folds = stratifiedFolds(taken, { folds: of, seed, keyOf });
  return taken.map((sample, i) => ({ ...sample, split: folds[i] === number ? ("test" as const) : ("train" as const) }));
}

/** Images of a group by label. */
type Counts = readonly [number, number];

const difference = ([a, b]: Counts): number => Math.abs(a - b);

function countGroups(samples: readonly Sample[], keys: readonly string[]): ReadonlyMap<string, Counts> {
  const groups = new Map<string, [number, number]>();
  for (const [i, { label }] of samples.entries()) {
    const counts = groups.get(keys[i] as string) ?? [0, 0];
    counts[label] += 1;
    groups.set(keys[i] as string, counts);
  }
  return groups;
}

/** Which group lies in which fold, and how many images of each class a fold holds. */
class FoldShares {
  readonly #groups: readonly Counts[];
  readonly #totals: Counts;
  readonly #held: [number, number][];
  readonly #foldOf: number[] = [];

  constructor(folds: number, groups: readonly Counts[]) {
    this.#groups = groups;
    const total = (label: Label) => groups.reduce((sum, counts) => sum + counts[label], 0);
    this.#totals = [total(0), total(1)];
    this.#held = Array.from({ length: folds }, () => [0, 0]);
  }

  /** Images of each class by fold. */
  get held(): readonly Counts[] {
    return this.#held;
  }

  foldOf(group: number): number {
    return this.#foldOf[group] as number;
  }

  /** Puts the group into the fold where the classes' shares then spread least; of several such, the one with the fewest images. */
  deal(group: number): void {
    let best = 0;
    let [leastSpread, fewest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let fold = 0; fold < this.#held.length; fold++) {
      const [normal, pneumonia] = this.#held[fold] as Counts;
      this.#add(group, fold, 1);
      const spread = this.#spread();
      this.#add(group, fold, -1);
      const isBetter =
        spread < leastSpread - tolerance || (spread < leastSpread + tolerance && normal + pneumonia < fewest);
      if (isBetter) [best, leastSpread, fewest] = [fold, spread, normal + pneumonia];
    }
    this.#add(group, best, 1);
    this.#foldOf[group] = best;
  }

  /** Moves groups, one at a time, as long as one brings the shares nearer to each other; every fold keeps both classes. */
  even(): void {
    for (let hasMoved = true; hasMoved; ) {
      hasMoved = false;
      for (let group = 0; group < this.#groups.length; group++) {
        for (let fold = 0; fold < this.#held.length; fold++) hasMoved = this.#move(group, fold) || hasMoved;
      }
    }
  }

  #move(group: number, to: number): boolean {
    const from = this.foldOf(group);
    if (from === to) return false;
    const before = this.#spread();
    this.#add(group, from, -1);
    this.#add(group, to, 1);
    if (this.#spread() < before - tolerance && this.#hasBoth(from)) {
      this.#foldOf[group] = to;
      return true;
    }
    this.#add(group, to, -1);
    this.#add(group, from, 1);
    return false;
  }

  #hasBoth(fold: number): boolean {
    const [normal, pneumonia] = this.#held[fold] as Counts;
    return normal > 0 && pneumonia > 0;
  }

  #add(group: number, fold: number, sign: 1 | -1): void {
    const counts = this.#groups[group] as Counts;
    const held = this.#held[fold] as [number, number];
    for (const label of [0, 1] as const) held[label] += sign * counts[label];
  }

  /** The standard deviation over the folds of the share of a class that a fold holds; mean of both classes. */
  #spread(): number {
    const folds = this.#held.length;
    let spread = 0;
    for (const label of [0, 1] as const) {
      let squares = 0;
      for (const held of this.#held) squares += (held[label] / this.#totals[label] - 1 / folds) ** 2;
      spread += Math.sqrt(squares / folds);
    }
    return spread / 2;
  }
}

/** Below what rounding leaves. */
const tolerance = 1e-12;

/** @throws AppError OPTION_INVALID */
export function requireFolds(folds: number): void {
  if (Number.isInteger(folds) && folds >= foldRange.min && folds <= foldRange.max) return;
  throw new AppError("OPTION_INVALID", {
    place: "folds",
    rule: `a whole number from ${foldRange.min} to ${foldRange.max}`,
    received: `${folds}`,
  });
}

function requireGroups(groups: ReadonlyMap<string, Counts>, folds: number): void {
  for (const label of [0, 1] as const) {
    const holding = [...groups.values()].filter((counts) => counts[label] > 0).length;
    if (holding >= folds) continue;
    throw new AppError("DATASET_FEW_PATIENTS", {
      place: `${folds} folds`,
      rule: `need ${folds} patients at least with an image of ${classNames[label]}, so that each fold can have one`,
      received: `${holding}`,
      remedy: "Ask for fewer folds, or add images of other patients",
    });
  }
}

/** Where a few patients have most of a class's images. */
function requireBothInEach(held: readonly Counts[]): void {
  const lacking = held.findIndex((counts) => Math.min(...counts) === 0);
  if (lacking === -1) return;
  throw new AppError("DATASET_FEW_PATIENTS", {
    place: `${held.length} folds`,
    rule: "need patients of both classes in each",
    received: `${(held[lacking] as Counts).map((n, label) => `${n} ${classNames[label as Label]}`).join(" and ")} images in one`,
    remedy: "Ask for fewer folds, or add images of other patients",
  });
}
