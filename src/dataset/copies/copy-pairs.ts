// Pairs of images to be looked at: of each group of copies two that tell why it matters, and the pairs across parts that come nearest to being
// copies and are none. Whoever doubts the limit sees both sides of it.
import type { Sample } from "../sample.js";
import { eachClosePair } from "./close-hashes.js";
import type { CopyGroup } from "./find-copies.js";
import { lookBytes } from "./look.js";
import { hashLimit, perceptualHashes } from "./perceptual-hash.js";
import { detailsOf, similarity, similarityLimit } from "./similarity.js";

/** Two images beside each other. */
export interface CopyPair {
  /** Positions in the images that were looked at. */
  readonly positions: readonly [number, number];
  /** "apart": below the limit, shown because no pair across parts is nearer. */
  readonly kind: "equal files" | "near copies" | "apart";
  /** Correlation of the two images' details, -1 to 1; null where one of them has none. */
  readonly similarity: number | null;
}

/** What pairs are made of. */
export interface LookedAt {
  readonly samples: readonly Sample[];
  readonly sha256: readonly string[];
  /** [n, 32, 32] */
  readonly looks: Uint8Array;
}

/** How many pairs that are no copies are kept. */
const keptApart = 12;

/** @param groups as `findCopies` groups these images */
export function copyPairs(images: LookedAt, groups: readonly CopyGroup[]): readonly CopyPair[] {
  const pairs = groups.map((group): CopyPair => {
    const positions = tellingPair(group, images.samples);
    const [a, b] = positions;
    const isEqual = images.sha256[a] === images.sha256[b];
    return { positions, kind: isEqual ? "equal files" : "near copies", similarity: similarityOf(images, a, b) };
  });
  return [...pairs, ...nearestApart(images)];
}

/** Two on different sides of a split; else two of different classes; else the first two. */
function tellingPair(group: CopyGroup, samples: readonly Sample[]): readonly [number, number] {
  const [first = 0, second = 0] = group;
  const { split, label } = samples[first] as Sample;
  const other =
    group.find((position) => samples[position]?.split !== split) ??
    group.find((position) => samples[position]?.label !== label);
  return [first, other ?? second];
}

function nearestApart(images: LookedAt): readonly CopyPair[] {
  const { samples, looks } = images;
  const nearest: CopyPair[] = [];
  eachClosePair(perceptualHashes(looks), hashLimit, (a, b) => {
    if (samples[a]?.split === samples[b]?.split) return;
    const found = similarityOf(images, a, b);
    if (found === null || found >= similarityLimit) return;
    if (nearest.length === keptApart && found <= (nearest.at(-1)?.similarity ?? -1)) return;
    nearest.push({ positions: a < b ? [a, b] : [b, a], kind: "apart", similarity: found });
    nearest.sort((one, other) => (other.similarity ?? -1) - (one.similarity ?? -1));
    nearest.length = Math.min(nearest.length, keptApart);
  });
  return nearest;
}

function similarityOf({ looks }: LookedAt, a: number, b: number): number | null {
  const [one, other] = [a, b].map((i) => detailsOf(looks.subarray(i * lookBytes, (i + 1) * lookBytes)));
  return one == null || other == null ? null : similarity(one, other);
}
