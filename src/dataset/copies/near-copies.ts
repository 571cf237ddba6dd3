// Near copies as a dataset's check and a training tell them: groups of images that look alike and are not files of one content.
import type { Sample } from "../sample.js";
import type { CopyGroup } from "./find-copies.js";

/** Images that look alike: one picture in several files, such as saved anew, resized or brightened. */
export interface NearCopyGroup {
  /** Two or more, in dataset order; files of equal content may be among them. */
  readonly names: readonly string[];
  readonly acrossSplits: boolean;
  readonly acrossClasses: boolean;
}

/** Groups of near copies, and how many of their images have one where it should not be. */
export interface NearCopies {
  readonly groups: readonly NearCopyGroup[];
  readonly acrossSplits: CrossingCopies;
  readonly acrossClasses: CrossingCopies;
}

/** Images of groups that cross a border. */
export interface CrossingCopies {
  readonly images: number;
  /** Two on different sides; none where there are no images. */
  readonly example: readonly string[];
}

/** @param copies positions in `images`; groups of equal files alone are left out */
export function nearCopies(
  images: readonly { readonly sample: Sample; readonly sha256: string }[],
  copies: readonly CopyGroup[],
): NearCopies {
  const groups = copies
    .map((group) => group.map((position) => images[position] as (typeof images)[number]))
    .filter((group) => new Set(group.map(({ sha256 }) => sha256)).size > 1)
    .map((group) => group.map(({ sample }) => sample));
  const [bySplit, byLabel] = [(sample: Sample) => sample.split, (sample: Sample) => sample.label];
  return {
    groups: groups.map((group) => ({
      names: group.map(({ name }) => name),
      acrossSplits: across(group, bySplit),
      acrossClasses: across(group, byLabel),
    })),
    acrossSplits: crossing(groups, bySplit),
    acrossClasses: crossing(groups, byLabel),
  };
}

const across = (group: readonly Sample[], sideOf: (sample: Sample) => unknown): boolean =>
  new Set(group.map(sideOf)).size > 1;

function crossing(groups: readonly (readonly Sample[])[], sideOf: (sample: Sample) => unknown): CrossingCopies {
  const found = groups.filter((group) => across(group, sideOf));
  const [first] = found[0] ?? [];
  const other = found[0]?.find((sample) => sideOf(sample) !== sideOf(first as Sample));
  return {
    images: found.reduce((sum, { length }) => sum + length, 0),
    example: [first, other].flatMap((sample) => sample?.name ?? []),
  };
}
