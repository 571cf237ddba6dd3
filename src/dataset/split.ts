// Which images train and which validate. `splitTrainValidation` keeps every patient on one side; `publishedSplit` is
// the study's own division, kept for comparison only.
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { conservativeGroup } from "./patient-key.js";
import { classNames, type Sample } from "./sample.js";

/** Training and validation images with no patient on both sides (bacteria N and virus N count as one patient). */
export interface PatientSplit {
  readonly splitBy: "patient";
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
}

/** The dataset's own train/ and val/ folders: 16 validation images, one hospital's numbering, no viral case. */
export interface PublishedSplit {
  readonly splitBy: "published";
  readonly training: readonly Sample[];
  readonly validation: readonly Sample[];
}

export interface SplitOptions {
  readonly seed: number;
  /** Share of each class's images to validate on, above 0 and at most 0.5; default 0.1. */
  readonly fraction?: number;
}

/**
 * Divides images by patient, stratified by class, seeded; both sides keep the order given. The counts of a class come
 * as near to the fraction as whole patients allow; each class has at least one patient on each side.
 * @throws AppError OPTION_INVALID, DATASET_ONE_CLASS, DATASET_FEW_PATIENTS
 */
export function splitTrainValidation(samples: readonly Sample[], options: SplitOptions): PatientSplit {
  const fraction = options.fraction ?? 0.1;
  if (!(fraction > 0 && fraction <= 0.5)) {
    throw new AppError("OPTION_INVALID", `validation fraction: must be above 0 and at most 0.5. Received ${fraction}.`);
  }
  const groups = groupByPatient(samples);
  const totals = countLabels(samples);
  requireBothClasses(totals, "train/");
  const wanted = totals.map((n) => fraction * n);
  const held = [0, 0];
  const chosen = new Set<string>();
  const take = (name: string, counts: readonly number[]) => {
    chosen.add(name);
    for (const label of [0, 1]) held[label] = (held[label] as number) + (counts[label] as number);
  };
  const order = Random.of(options.seed, "validation split").shuffled([...groups.keys()].sort());
  for (const name of order) {
    const counts = groups.get(name) as readonly number[];
    if (distance(held, counts, wanted) < distance(held, [0, 0], wanted)) take(name, counts);
  }
  for (const label of [0, 1] as const) {
    if (held[label] !== 0) continue;
    const candidates = order.filter((name) => (groups.get(name)?.[label] ?? 0) > 0);
    const smallest = candidates.sort((a, b) => (groups.get(a)?.[label] ?? 0) - (groups.get(b)?.[label] ?? 0))[0];
    if (smallest !== undefined) take(smallest, groups.get(smallest) as readonly number[]);
  }
  const isHeld = (sample: Sample) => chosen.has(conservativeGroup(sample.patient));
  const training = samples.filter((sample) => !isHeld(sample));
  for (const [label, left] of countLabels(training).entries()) {
    if (left > 0) continue;
    throw new AppError(
      "DATASET_FEW_PATIENTS",
      `train/${classNames[label]}: images of two patients at least are needed to validate by patient. Received those of one. Add images or use the study protocol.`,
    );
  }
  return { splitBy: "patient", training, validation: samples.filter(isHeld) };
}

/**
 * The study's division: train/ and val/ as published.
 * @throws AppError DATASET_LAYOUT when either is absent
 */
export function publishedSplit(samples: readonly Sample[]): PublishedSplit {
  const training = samples.filter((sample) => sample.split === "train");
  const validation = samples.filter((sample) => sample.split === "val");
  if (training.length === 0 || validation.length === 0) {
    throw new AppError(
      "DATASET_LAYOUT",
      `study protocol: needs images in train/ and in val/. Received ${training.length} and ${validation.length}. Use the Kaggle copy of the data, or the sound protocol.`,
    );
  }
  return { splitBy: "published", training, validation };
}

/** Patient group -> its number of images per label. */
function groupByPatient(samples: readonly Sample[]): Map<string, [number, number]> {
  const groups = new Map<string, [number, number]>();
  for (const { patient, label } of samples) {
    const name = conservativeGroup(patient);
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
  throw new AppError(
    "DATASET_ONE_CLASS",
    `${place}: both classes must occur. Received ${counts[0]} ${classNames[0]} and ${counts[1]} ${classNames[1]} images. Add images of the missing class.`,
  );
}

function distance(held: readonly number[], more: readonly number[], wanted: readonly number[]): number {
  return wanted.reduce((sum, n, label) => sum + Math.abs((held[label] ?? 0) + (more[label] ?? 0) - n), 0);
}
