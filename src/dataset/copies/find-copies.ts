// Which images are copies of each other: files of one content, and images that look alike (near copies: saved anew, resized, brightened).
// Copies of copies belong together.
import { eachClosePair } from "./close-hashes.js";
import { DisjointSets } from "./disjoint-sets.js";
import { lookBytes } from "./look.js";
import { hashLimit, perceptualHashes } from "./perceptual-hash.js";
import { detailsOf, similarity, similarityLimit } from "./similarity.js";

/** Images as they were read. */
export interface SeenImages {
  /** Of each image's file. */
  readonly sha256: readonly string[];
  /** [n, 32, 32] */
  readonly looks: Uint8Array;
}

/** Positions of two or more images that are copies of each other, in order. */
export type CopyGroup = readonly number[];

/** The groups in the order of their first image. */
export function findCopies({ sha256, looks }: SeenImages): readonly CopyGroup[] {
  const sets = new DisjointSets(sha256.length);
  const firsts = new Map<string, number>();
  for (const [i, digest] of sha256.entries()) {
    const first = firsts.get(digest);
    if (first === undefined) firsts.set(digest, i);
    else sets.join(first, i);
  }
  const distinct = [...firsts.values()];
  const lookAt = (i: number) => looks.subarray(i * lookBytes, (i + 1) * lookBytes);
  const seen = new Uint8Array(distinct.length * lookBytes);
  for (const [place, i] of distinct.entries()) seen.set(lookAt(i), place * lookBytes);
  const details = new Map<number, Float32Array | null>();
  const detailsAt = (i: number) => {
    const known = details.get(i);
    if (known !== undefined) return known;
    const made = detailsOf(lookAt(i));
    details.set(i, made);
    return made;
  };
  eachClosePair(perceptualHashes(seen), hashLimit, (placeA, placeB) => {
    const [a, b] = [distinct[placeA] as number, distinct[placeB] as number];
    if (sets.rootOf(a) === sets.rootOf(b)) return; // and of a thousand copies not each is compared with each
    const [detailsA, detailsB] = [detailsAt(a), detailsAt(b)];
    if (detailsA === null || detailsB === null) return;
    if (similarity(detailsA, detailsB) >= similarityLimit) sets.join(a, b);
  });
  return sets.groups();
}
