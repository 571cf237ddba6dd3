// The third answer: a band of scores in which a model says "unsure", and the one rule by which a score is called. For contracts, for
// evaluation, for whoever shows an answer.

/** What a band may be set to cover. */
export const coverageRange = { min: 0.5, max: 0.999 } as const;

/** What an image is called. */
export type Call = "NORMAL" | "PNEUMONIA" | "UNSURE";

/** Scores that images of either class have, as far as patients with known answers tell. */
export interface UnsureBand {
  /** Share of each class that is to be answered right or left open, 0.5..1. */
  readonly coverage: number;
  /** From this score on an image may be one of pneumonia. */
  readonly pneumoniaFrom: number;
  /** Up to this score, itself included, it may be a normal one. Below `pneumoniaFrom` where the classes hardly overlap. */
  readonly normalUpTo: number;
  /** Whose scores it was set on: "validation", or the local images by name. */
  readonly setOn: string;
  /** Whether these are patients of the place where the model is used: elsewhere nothing is calibrated. */
  readonly isLocal: boolean;
  /** Of each class; images, where `arePatientsKnown` is false. */
  readonly patients: { readonly normal: number; readonly pneumonia: number };
  readonly arePatientsKnown: boolean;
}

/**
 * What a score is called. Images outside the band are called as the threshold says; where the threshold itself lies outside, the band
 * reaches to it, so that no answer contradicts either.
 *
 * @example
 * const { threshold, unsure } = classifier.contract;
 * console.log(callOf(0.4, threshold.value, unsure)); // "NORMAL", "PNEUMONIA" or "UNSURE"
 */
export function callOf(score: number, threshold: number, band?: UnsureBand): Call {
  const isPneumonia = score >= threshold;
  if (band !== undefined) {
    const mayBePneumonia = isPneumonia || score >= band.pneumoniaFrom;
    const mayBeNormal = !isPneumonia || score <= band.normalUpTo;
    if (mayBePneumonia && mayBeNormal) return "UNSURE";
  }
  return isPneumonia ? "PNEUMONIA" : "NORMAL";
}

/**
 * The scores that are called unsure; null where none is.
 *
 * @example
 * const { threshold, unsure } = classifier.contract;
 * if (unsure !== undefined) console.log(unsureScores(unsure, threshold.value)); // { from: 0.28, to: 0.63 }
 */
export function unsureScores(
  { pneumoniaFrom, normalUpTo }: UnsureBand,
  threshold: number,
): { readonly from: number; readonly to: number } | null {
  const [from, to] = [Math.min(pneumoniaFrom, threshold), Math.max(normalUpTo, threshold)];
  return from === threshold && normalUpTo < threshold ? null : { from, to };
}

/**
 * What the third answer promises, and whether it is calibrated.
 *
 * @example
 * const { unsure } = classifier.contract;
 * // "Of each class 90% are to be answered right or left open, calibrated on 40 patients (20 with pneumonia) of ward (local)."
 * if (unsure !== undefined) console.log(unsureText(unsure));
 */
export function unsureText({ coverage, setOn, isLocal, patients, arePatientsKnown }: UnsureBand): string {
  const people = `${patients.normal + patients.pneumonia} ${arePatientsKnown ? "patients" : "images"} (${patients.pneumonia} with pneumonia)`;
  const share = `${Number((100 * coverage).toFixed(1))}%`;
  return isLocal
    ? `Of each class ${share} are to be answered right or left open, calibrated on ${people} of ${setOn}.`
    : `Of each class ${share} were to be answered right or left open on the ${people} of ${setOn}; uncalibrated for images of any other place.`;
}

/** Whether a value read from a file is one: every field is there with its type. */
export function isUnsureBand(value: unknown): value is UnsureBand {
  const found = (value ?? {}) as Partial<UnsureBand>;
  const isShare = (share: unknown) => Number.isFinite(share) && (share as number) >= 0 && (share as number) <= 1;
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0;
  return (
    [found.coverage, found.pneumoniaFrom, found.normalUpTo].every(isShare) &&
    typeof found.setOn === "string" &&
    typeof found.isLocal === "boolean" &&
    [found.patients?.normal, found.patients?.pneumonia].every(isCount) &&
    typeof found.arePatientsKnown === "boolean"
  );
}
