// What a set of images amounts to, without one of them being in it: distributions, and a drawn sample of a few numbers per
// image for the two-sample test. No name, no patient, no pixel. A run folder keeps it of the training images.
import type { Sex } from "../../core/fact-cells.js";
import { Random } from "../../core/random.js";
import { quantile } from "../bootstrap.js";
import { inSteps, type TraitName, testedTraits, traitNames } from "./traits.js";

/** One image of a set that is described. */
export interface DescribedImage {
  readonly traits: Readonly<Record<TraitName, number>>;
  /** 0 = NORMAL, 1 = PNEUMONIA. */
  readonly label: 0 | 1;
  /** Of each patient at most one image is drawn; null where nobody knows, then the image stands alone. */
  readonly patient: string | null;
  readonly ageYears?: number | undefined;
  readonly sex?: Sex | undefined;
}

/** How a number is distributed over the images. */
export interface Distribution {
  /** Images of which it is known. */
  readonly n: number;
  readonly mean: number;
  /** Standard deviation, divided by n. */
  readonly sd: number;
  /** Quantiles 0.05, 0.25, 0.5, 0.75 and 0.95. */
  readonly quantiles: readonly [number, number, number, number, number];
}

/** A set of images in numbers. */
export interface SetSummary {
  readonly images: number;
  /** Share of images of pneumonia, 0..1. */
  readonly pneumonia: number;
  readonly traits: Readonly<Record<TraitName, Distribution>>;
  /** In years; null where no image's age is known. */
  readonly ages: Distribution | null;
  /** Images by sex; null where it is known of none. */
  readonly sexes: Readonly<Record<Sex | "unknown", number>> | null;
}

/** How a set counts its images by sex. */
export const sexesOfSets = ["F", "M", "O", "unknown"] as const;

/** What the two-sample test sees: rows in random order, in whole steps of each trait. */
export interface TraitSample {
  readonly columns: readonly TraitName[];
  /** [images, columns]. */
  readonly rows: readonly (readonly number[])[];
  /** Of each row. */
  readonly labels: readonly (0 | 1)[];
}

export interface SetDescription extends SetSummary {
  readonly sample: TraitSample;
}

/** Images drawn of each class. */
const mostPerClass = 250;

/** @param images at least one */
export function describeSet(images: readonly DescribedImage[], seed: number): SetDescription {
  return { ...summariseSet(images), sample: drawSample(images, seed) };
}

function summariseSet(images: readonly DescribedImage[]): SetSummary {
  const distributions = traitNames.map((name) => [name, distributionOf(images.map(({ traits }) => traits[name]))]);
  const ages = images.flatMap(({ ageYears }) => ageYears ?? []);
  const withSex = (wanted: Sex | undefined) => images.filter(({ sex }) => sex === wanted).length;
  const sexes = { F: withSex("F"), M: withSex("M"), O: withSex("O"), unknown: withSex(undefined) };
  return {
    images: images.length,
    pneumonia: images.filter(({ label }) => label === 1).length / images.length,
    traits: Object.fromEntries(distributions) as Record<TraitName, Distribution>,
    ages: ages.length === 0 ? null : distributionOf(ages),
    sexes: sexes.unknown === images.length ? null : sexes,
  };
}

/** Of at least one value, with six decimals: rounding leaves less behind where all values are one. */
function distributionOf(values: readonly number[]): Distribution {
  const n = values.length;
  const sorted = Float64Array.from(values).sort();
  const mean = values.reduce((sum, value) => sum + value / n, 0);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / n, 0);
  const short = (value: number) => Number(value.toFixed(6));
  const at = (share: number) => short(quantile(sorted, share));
  return {
    n,
    mean: short(mean),
    sd: short(Math.sqrt(variance)),
    quantiles: [at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)],
  };
}

/** At most 250 of each class, of each patient one, in an order that tells nothing. */
function drawSample(images: readonly DescribedImage[], seed: number): TraitSample {
  const left = { 0: mostPerClass, 1: mostPerClass };
  const seen = new Set<string>();
  const drawn = Random.of(seed, "set description")
    .shuffled(images)
    .filter(({ label, patient }) => {
      if (left[label] === 0 || (patient !== null && seen.has(patient))) return false;
      if (patient !== null) seen.add(patient);
      left[label]--;
      return true;
    });
  return {
    columns: testedTraits,
    rows: drawn.map(({ traits }) => testedTraits.map((name) => inSteps(name, traits[name]))),
    labels: drawn.map(({ label }) => label),
  };
}
