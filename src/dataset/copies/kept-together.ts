// What must not be divided: a patient's images, those of patients whose images are copies of each other, and copies of which nobody knows
// whose they are.
import { compareText } from "../../core/compare-text.js";
import { groupOf } from "../patient-key.js";
import type { Sample } from "../sample.js";
import { DisjointSets } from "./disjoint-sets.js";
import type { CopyGroup } from "./find-copies.js";

/** The key of what a sample stays with. */
export type KeyOf = (sample: Pick<Sample, "patient" | "name">) => string;

/**
 * As `groupOf`, but with one key for all that copies join: the first of theirs. Where no copies are, divisions are as they were
 * without this. Samples that were not looked at keep their own key.
 * @param samples those that the groups' positions mean
 */
export function keysWithCopies(samples: readonly Sample[], copies: readonly CopyGroup[]): KeyOf {
  const keys = samples.map(groupOf);
  const ordered = [...new Set(keys)].sort(compareText);
  const places = new Map(ordered.map((key, place) => [key, place]));
  const placeAt = (position: number) => places.get(keys[position] as string) as number; // every sample's key is there
  const sets = new DisjointSets(ordered.length);
  for (const group of copies) {
    for (const position of group) sets.join(placeAt(group[0] as number), placeAt(position));
  }
  return (sample) => {
    const key = groupOf(sample);
    const place = places.get(key);
    return place === undefined ? key : (ordered[sets.rootOf(place)] as string);
  };
}

/** What copies changed. */
export interface JoinedCopies {
  /** Groups of copies that would not have stayed together otherwise. */
  readonly groups: number;
  /** The images in them. */
  readonly images: number;
}

/** Only groups across patients, or across images whose patient nobody knows. */
export function joinedCopies(samples: readonly Sample[], copies: readonly CopyGroup[]): JoinedCopies {
  const joining = copies.filter(
    (group) => new Set(group.map((position) => groupOf(samples[position] as Sample))).size > 1,
  );
  return { groups: joining.length, images: joining.reduce((sum, { length }) => sum + length, 0) };
}

/** A sentence with their numbers; undefined where there are none. */
export function joinedCopiesText({ groups, images }: JoinedCopies): string | undefined {
  if (groups === 0) return undefined;
  return `${images} images in ${groups} ${groups === 1 ? "group" : "groups"} are copies of each other, by content or look, and were kept together.`;
}
