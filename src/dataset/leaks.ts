// What makes a test easier than it should be: an image, a copy of it or a person on both sides of a split, or one image in both classes.
import { AppError } from "../core/errors.js";
import type { CopyGroup } from "./copies/find-copies.js";
import { nearCopies } from "./copies/near-copies.js";
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
 * @param copies as `findCopies` groups these images
 */
export function leaksIn(images: readonly UsedImage[], copies: readonly CopyGroup[]): readonly string[] {
  const patients = patientsAcrossSplits(images.map(({ sample }) => sample));
  const equal = groupDuplicates(images.map(({ sample, sha256 }) => [sample, sha256] as const));
  const [acrossSplits, acrossClasses] = [
    equal.filter((group) => group.acrossSplits),
    equal.filter((group) => group.acrossClasses),
  ];
  const near = nearCopies(images, copies);
  return [
    ...told(patients.length, "patient", "in two splits", patients[0]?.names),
    ...told(acrossSplits.length, "image", "in two splits", acrossSplits[0]?.names),
    ...told(acrossClasses.length, "image", "in both classes", acrossClasses[0]?.names),
    ...told(near.acrossSplits.images, "image", "with a near copy in another split", near.acrossSplits.example),
    ...told(near.acrossClasses.images, "image", "with a near copy in the other class", near.acrossClasses.example),
  ];
}

const told = (n: number, what: string, where: string, names: readonly string[] = []): readonly string[] =>
  n === 0 ? [] : [`${n} ${what}${n === 1 ? "" : "s"} ${where}, such as ${names.slice(0, 2).join(" and ")}`];

/** @throws AppError DATASET_LEAKS */
export function refuseLeaks(place: string, images: readonly UsedImage[], copies: readonly CopyGroup[]): void {
  const leaks = leaksIn(images, copies);
  if (leaks.length === 0) return;
  throw new AppError("DATASET_LEAKS", {
    place,
    rule: "no image, no copy of it and no patient may be in two splits, and no image in both classes: results would be too good",
    received: leaks.join("; "),
    remedy: 'Remove or move them; set leaks to "accept" to go on all the same',
  });
}
