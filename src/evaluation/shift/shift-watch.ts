// Whether the images that a model meets are distributed as those that its threshold was set on, without labels: Pearson's test of
// homogeneity over ten cells of each column, corrected by Holm. Of a whole set, or of the last so many images of a stream.
import { fewestMet, type ReferenceColumn, type ReferenceSet } from "../../core/reference-set.js";
import { patientWeights } from "../clusters.js";
import { holmAdjusted } from "../holm.js";
import { homogeneityP } from "../homogeneity.js";
import { knownPatients, type MetImageOfPatient } from "./describe-reference.js";
import { type MetImage, type ReferenceName, referenceNames, referenceValue } from "./reference-columns.js";

/** How often sets that are alike are called different: once in a hundred. */
export const alarmLevel = 0.01;

/** Whether a model's threshold was set on images like these. */
export interface ShiftAlarm {
  /** At least one column differs. Where the sets are alike this is so in at most `level` of them. */
  readonly isRaised: boolean;
  readonly level: number;
  /** The smallest of the columns' p-values, adjusted for their number. */
  readonly p: number;
  /** What the threshold was set on. */
  readonly reference: Pick<ReferenceSet, "of" | "images" | "patients">;
  /** Images that were met. */
  readonly images: number;
  /** Null where they are not known: each image then counts as a patient's only one, and several of one patient make false alarms likelier. */
  readonly patients: number | null;
  readonly columns: readonly AlarmColumn[];
}

/** One number of each image, in both sets. */
export interface AlarmColumn {
  readonly name: ReferenceName;
  /** How much of one set would have to move to make it the other, 0..1; small sets of one kind differ by chance. */
  readonly distance: number;
  /** Chance that an image here has a higher value than one there: 0.5 where it is as likely to have a lower one. */
  readonly higher: number;
  /** Adjusted by Holm. */
  readonly p: number;
  readonly isDifferent: boolean;
}

/** Why there is no alarm to be had. */
export type NoAlarm =
  /** What the threshold was set on was not kept: a file by others, by an earlier version, or a fixed threshold. */
  | "not kept"
  /** Fewer than 20 images or patients, here or there. */
  | "too few";

/** Counts images as they come, in little memory: places among the reference's values, nothing of an image itself. */
export class ShiftWatch {
  readonly #reference: ReferenceSet;
  readonly #columns: readonly (ReferenceColumn & { readonly name: ReferenceName })[];
  /** By column, the weight of images up to each value and above all: [columns][values + 1]. */
  readonly #counts: readonly Float64Array[];
  /** The last images' places, [window, columns]; null where all are kept in mind. */
  readonly #places: Uint8Array | null;
  readonly #window: number;
  #images = 0;
  #weight = 0;

  /** @param window how many of the last images are looked at; all by default */
  constructor(reference: ReferenceSet, window = Number.POSITIVE_INFINITY) {
    this.#reference = reference;
    this.#columns = referenceNames.flatMap((name) => {
      const column = reference.columns[name];
      return column === undefined ? [] : [{ ...column, name }];
    });
    this.#counts = this.#columns.map(({ values }) => new Float64Array(values.length + 1));
    this.#window = window;
    this.#places = Number.isFinite(window) ? new Uint8Array(window * this.#columns.length) : null;
  }

  /** Images that are looked at. */
  get images(): number {
    return Math.min(this.#images, this.#window);
  }

  /** @param weight its part of its patient, where others of that patient come too */
  add(image: MetImage, weight = 1): void {
    const from = (this.#images % this.#window) * this.#columns.length;
    const isFull = this.#images >= this.#window;
    for (const [c, { name, values }] of this.#columns.entries()) {
      const counts = this.#counts[c] as Float64Array;
      const value = referenceValue(name, image);
      const found = values.findIndex((limit) => value <= limit);
      const place = found === -1 ? values.length : found;
      if (this.#places !== null) {
        const old = this.#places[from + c] as number;
        if (isFull) counts[old] = (counts[old] as number) - 1;
        this.#places[from + c] = place;
      }
      counts[place] = (counts[place] as number) + weight;
    }
    this.#images++;
    if (!isFull) this.#weight += weight;
  }

  /** @param patients whose images were added, where that is known */
  verdict(patients: number | null = null): ShiftAlarm | NoAlarm {
    const there = this.#reference.patients ?? this.#reference.images;
    if (this.#columns.length === 0) return "not kept";
    if (Math.min(this.#weight, there) < fewestMet) return "too few";
    const compared = this.#columns.map(({ shares }, c) => compare(shares, there, this.#counts[c] as Float64Array));
    const adjusted = holmAdjusted(compared.map(({ p }) => p));
    const columns = this.#columns.map(({ name }, c): AlarmColumn => {
      const p = adjusted[c] as number;
      return { ...(compared[c] as Compared), name, p, isDifferent: p <= alarmLevel };
    });
    const { of, images, patients: known } = this.#reference;
    return {
      isRaised: columns.some(({ isDifferent }) => isDifferent),
      level: alarmLevel,
      p: Math.min(...adjusted),
      reference: { of, images, patients: known },
      images: this.images,
      patients,
      columns,
    };
  }
}

type Compared = Pick<AlarmColumn, "distance" | "higher" | "p">;

/** Cells hold about a tenth of both sets; of fewer than 50 images a fifth, so that none is nearly empty. */
const cellsOf = (images: number): number => (images < 50 ? 5 : 10);

/**
 * @param shares of the reference at or below each value. @param there how many it weighs. @param here weights up to each value, and
 *   above all
 */
function compare(shares: readonly number[], there: number, here: Float64Array): Compared {
  const total = here.reduce((sum, weight) => sum + weight, 0);
  const least = (there + total) / cellsOf(total);
  const [first, second]: [number[], number[]] = [[0], [0]];
  let before = 0;
  for (const [i, weight] of here.entries()) {
    const share = shares[i] ?? 1;
    const last = first.length - 1;
    first[last] = (first[last] as number) + (share - before) * there;
    second[last] = (second[last] as number) + weight;
    before = share;
    // Rounding of shares must not keep a full cell open.
    if (first[last] + second[last] >= least * (1 - 1e-3)) {
      first.push(0);
      second.push(0);
    }
  }
  // What is left behind the last full cell belongs to it.
  const [rest, restHere] = [first.pop(), second.pop()] as [number, number];
  if (first.length > 0) {
    first.push((first.pop() as number) + rest);
    second.push((second.pop() as number) + restHere);
  }
  let [below, higher, distance] = [0, 0, 0];
  for (const [i, count] of first.entries()) {
    const [p, q] = [count / there, (second[i] as number) / total];
    higher += q * (below + p / 2);
    below += p;
    distance += Math.abs(p - q) / 2;
  }
  return { distance, higher, p: homogeneityP(first, second) };
}

/** Of a whole set of images, by patient where each image's is known. */
export function shiftAlarm(
  reference: ReferenceSet | undefined,
  images: readonly MetImageOfPatient[],
): ShiftAlarm | NoAlarm {
  if (reference === undefined) return "not kept";
  const watch = new ShiftWatch(reference);
  const weights = patientWeights(images);
  for (const [i, image] of images.entries()) watch.add(image, weights[i]);
  return watch.verdict(knownPatients(images));
}
