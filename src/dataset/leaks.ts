// What makes a test easier than it should be: an image or a person on both sides of a split, or one image in both classes.
import { AppError } from "../core/errors.js";
import { groupDuplicates, patientsAcrossSplits } from "./duplicates.js";
import type { Sample } from "./sample.js";

/** What a training does where it finds some: it stops, or goes on because the user says so. */
export const leakPolicies = ["refuse", "accept"] as const;
export type LeakPolicy = (typeof leakPolicies)[number];

/** An image as it was read; its sample's split is what it is used for, whatever folder it lies in. */
export interface UsedImage {
  readonly sample: Sample;
  readonly sha256: string;
}

/**
 * Sentences, one for each kind that there is, with how many and the first of them.
 * @param images with the split that each is used as
 */
export function leaksIn(images: readonly UsedImage[]): readonly string[] {
  const patients = patientsAcrossSplits(images.map(({ sample }) => sample));
  const copies = groupDuplicates(images.map(({ sample, sha256 }) => [sample, sha256] as const));
  const acrossSplits = copies.filter(({ acrossSplits }) => acrossSplits);
  const acrossClasses = copies.filter(({ acrossClasses }) => acrossClasses);
  return [
    ...told(patients.length, "patient", "in two splits", patients[0]?.names),
    ...told(acrossSplits.length, "image", "in two splits", acrossSplits[0]?.names),
    ...told(acrossClasses.length, "image", "in both classes", acrossClasses[0]?.names),
  ];
}

const told = (n: number, what: string, where: string, names: readonly string[] = []): readonly string[] =>
  n === 0 ? [] : [`${n} ${what}${n === 1 ? "" : "s"} ${where}, such as ${names.slice(0, 2).join(" and ")}`];

/** @throws AppError DATASET_LEAKS */
export function refuseLeaks(place: string, images: readonly UsedImage[]): void {
  const leaks = leaksIn(images);
  if (leaks.length === 0) return;
  throw new AppError("DATASET_LEAKS", {
    place,
    rule: "no image and no patient may be in two splits, and no image in both classes: results would be too good",
    received: leaks.join("; "),
    remedy: 'Remove or move them; set leaks to "accept" to go on all the same',
  });
}
