// Which images train and which validate. `splitByPatients` and `splitByBlocks` keep every patient on one side;
// `officialSplit` is the study's own division, kept for comparison only.
import { compareText } from "../core/compare-text.js";
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { KeyOf } from "./copies/kept-together.js";
import { groupOf } from "./patient-key.js";
import { classNames, type Sample } from "./sample.js";

/** `patients`: drawn at random; `blocks`: neighbours in the numbering; `official`: the published val/ folder. */
export const validationPolicies = ["patients", "blocks", "official"] as const;
export type ValidationPolicy = (typeof validationPolicies)[number];

/**
 * From what it is known who is on an image. "known": from a manifest, or because the dataset is recognised; "names": from file
 * names as the published dataset has them, for which the user vouches; "unknown": from nothing, so images are split by image.
 */
export const patientSources = ["known", "names", "unknown"] as const;
export type PatientSource = (typeof patientSources)[number];

/**
 * Training and validation images with no patient on both sides (bacteria N and virus N count as one patient). By image where
 * patients are not known: then nobody can say so.
 */
export interface PatientSplit {
  readonly splitBy: "patient" | "image";
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
}

/** The dataset's own train/ and val/ folders: 16 validation images, one hospital's numbering, no viral case. */
export interface OfficialSplit {
  readonly splitBy: "official";
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
}

export interface SplitOptions {
  readonly seed: number;
  /** Share of each class's images to validate on, above 0 and at most 0.5; default 0.1. */
  readonly fraction?: number;
  /** What must not be divided; default the patient, or the image where nobody knows. */
  readonly keyOf?: KeyOf | undefined;
}

/**
 * The division that a policy names.
 * @throws AppError as the policy's own function; DATASET_PATIENTS_UNKNOWN where it would be by image and nobody asked for that
 */
export function splitBy(
  policy: ValidationPolicy,
  samples: readonly Sample[],
  options: SplitOptions & { readonly patients: PatientSource },
): PatientSplit | OfficialSplit {
  if (policy === "official") return officialSplit(samples);
  const notTest = samples.filter(({ split }) => split !== "test");
  if (options.patients !== "unknown") requirePatients(samples);
  return policy === "patients" ? splitByPatients(notTest, options) : splitByBlocks(notTest, options);
}

/**
 * Divides images by patient, stratified by class, seeded; both sides keep the order given. The counts of a class come
 * as near to the fraction as whole patients allow; each class has at least one patient on each side.
 * @throws AppError OPTION_INVALID, DATASET_ONE_CLASS, DATASET_FEW_PATIENTS
 */
export function splitByPatients(samples: readonly Sample[], options: SplitOptions): PatientSplit {
  return holdOut(samples, options, (groups, fraction) => {
    const order = Random.of(options.seed, "validation split").shuffled([...groups.keys()].sort(compareText));
    const wanted = countLabels(samples).map((n) => fraction * n);
    const held = [0, 0];
    const chosen: string[] = [];
    for (const name of order) {
      const counts = groups.get(name) as readonly number[];
      if (distance(held, counts, wanted) >= distance(held, [0, 0], wanted)) continue;
      chosen.push(name);
      for (const label of [0, 1]) held[label] = (held[label] as number) + (counts[label] as number);
    }
    return chosen;
  });
}

/**
 * As `splitByPatients`, but each series of patient numbers (`IM`, `NORMAL2-IM`, `person`) gives one run of neighbours
 * that begins at a seeded place: children who came at other times than those that train, as the test's did.
 * @throws AppError OPTION_INVALID, DATASET_ONE_CLASS, DATASET_FEW_PATIENTS
 */
export function splitByBlocks(samples: readonly Sample[], options: SplitOptions): PatientSplit {
  return holdOut(samples, options, (groups, fraction) => {
    const chosen: string[] = [];
    for (const [series, members] of seriesOf(groups)) {
      const sizeOf = (name: string) => (groups.get(name) as readonly number[]).reduce((sum, n) => sum + n, 0);
      const wanted = fraction * members.reduce((sum, name) => sum + sizeOf(name), 0);
      let place = Random.of(options.seed, "validation block", series).integer(members.length);
      for (let held = 0; held < wanted; place++) {
        const name = members[place % members.length] as string;
        held += sizeOf(name);
        chosen.push(name);
      }
    }
    return chosen;
  });
}

/** Patient groups by their series, each in the order of its numbers; groups without a number are a series of their own. */
function seriesOf(groups: Groups): Map<string, string[]> {
  const series = new Map<string, string[]>();
  for (const name of [...groups.keys()].sort(byNumber)) {
    const key = numbered.exec(name)?.[1] ?? "";
    series.set(key, [...(series.get(key) ?? []), name]);
  }
  return series;
}

const numbered = /^(.+):(\d+)$/;

function byNumber(a: string, b: string): number {
  return Number(numbered.exec(a)?.[2] ?? 0) - Number(numbered.exec(b)?.[2] ?? 0) || compareText(a, b);
}

type Choice = (groups: Groups, fraction: number) => readonly string[];

/** The images of the chosen patient groups validate; a class that they lack gets its smallest group. */
function holdOut(samples: readonly Sample[], options: SplitOptions, choose: Choice): PatientSplit {
  const { fraction = 0.1, keyOf = groupOf } = options;
  if (!(fraction > 0 && fraction <= 0.5)) {
    throw new AppError("OPTION_INVALID", {
      place: "fraction",
      rule: "must be above 0 and at most 0.5",
      received: `${fraction}`,
    });
  }
  requireBothClasses(countLabels(samples), "train/");
  const groups = groupByKey(samples, keyOf);
  const chosen = new Set(choose(groups, fraction));
  const order = Random.of(options.seed, "validation split").shuffled([...groups.keys()].sort(compareText));
  for (const label of [0, 1] as const) {
    const imagesOf = (name: string) => groups.get(name)?.[label] ?? 0;
    if ([...chosen].some((name) => imagesOf(name) > 0)) continue;
    const smallest = order.filter((name) => imagesOf(name) > 0).sort((a, b) => imagesOf(a) - imagesOf(b))[0];
    if (smallest !== undefined) chosen.add(smallest);
  }
  const isHeld = (sample: Sample) => chosen.has(keyOf(sample));
  const training = samples.filter((sample) => !isHeld(sample));
  for (const [label, left] of countLabels(training).entries()) {
    if (left > 0) continue;
    throw new AppError("DATASET_FEW_PATIENTS", {
      place: `train/${classNames[label]}`,
      rule: "images of two patients at least are needed to validate by patient",
      received: "those of one",
      remedy: "Add images of other patients",
    });
  }
  const splitBy = samples.some(({ patient }) => patient === null) ? "image" : "patient";
  return { splitBy, training, validation: samples.filter(isHeld) };
}

/**
 * The study's division: train/ and val/ as published.
 * @throws AppError DATASET_LAYOUT when either is absent
 */
export function officialSplit(samples: readonly Sample[]): OfficialSplit {
  const training = samples.filter((sample) => sample.split === "train");
  const validation = samples.filter((sample) => sample.split === "val");
  if (training.length === 0 || validation.length === 0) {
    throw new AppError("DATASET_LAYOUT", {
      place: "study protocol",
      rule: "needs images in train/ and in val/",
      received: `${training.length} and ${validation.length}`,
      remedy: "Use the Kaggle copy of the data, or the sound protocol",
    });
  }
  return { splitBy: "official", training, validation };
}

/** @throws AppError DATASET_PATIENTS_UNKNOWN */
export function requirePatients(samples: readonly Sample[]): void {
  const unknown = samples.filter(({ patient }) => patient === null);
  const [first] = unknown;
  if (first === undefined) return;
  throw new AppError("DATASET_PATIENTS_UNKNOWN", {
    place: "split by patient",
    rule: "needs to know who is on each image, or one person's images train and test",
    received: `${unknown.length} of ${samples.length} images without a patient, such as ${first.name}`,
    remedy:
      'List the images in a manifest with a column "patient". Where nobody knows, set patients to "unknown": reports then say ' +
      "that images were split by image",
  });
}

/** Key of what stays together -> its number of images per label. */
type Groups = ReadonlyMap<string, readonly [number, number]>;

function groupByKey(samples: readonly Sample[], keyOf: KeyOf): Groups {
  const groups = new Map<string, [number, number]>();
  for (const sample of samples) {
    const { label } = sample;
    const name = keyOf(sample);
    const counts = groups.get(name) ?? [0, 0];
    counts[label] += 1;
    groups.set(name, counts);
  }
  return groups;
}

function countLabels(samples: readonly Sample[]): [number, number] {
  const counts: [number, number] = [0, 0];
  for (const { label } of samples) counts[label] += 1;
  return counts;
}

function requireBothClasses(counts: readonly [number, number], place: string): void {
  if (counts[0] > 0 && counts[1] > 0) return;
  throw new AppError("DATASET_ONE_CLASS", {
    place,
    rule: "both classes must occur",
    received: `${counts[0]} ${classNames[0]} and ${counts[1]} ${classNames[1]} images`,
    remedy: "Add images of the missing class",
  });
}

function distance(held: readonly number[], more: readonly number[], wanted: readonly number[]): number {
  return wanted.reduce((sum, n, label) => sum + Math.abs((held[label] ?? 0) + (more[label] ?? 0) - n), 0);
}
