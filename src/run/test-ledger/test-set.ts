// By what a ledger knows a test set again: checksums of its images, whatever their names, folders and order are. Nothing leads back from
// them to an image, a name or a patient.
import { createHash } from "node:crypto";
import { compareText } from "../../core/compare-text.js";
import type { LoadedImages } from "../../dataset/load-images.js";

/** A test set by its images' checksums. */
export interface TestSet {
  /** sha256 of the images' own, sorted. */
  readonly sha256: string;
  readonly images: number;
  /** The first digits of the smallest of the images' checksums, 64 at most: two sets that share images mostly share some of these. */
  readonly smallest: readonly string[];
}

/** Of how many images a set keeps some digits, and how many. */
const kept = { images: 64, digits: 12 } as const;

export function testSetOf({ sha256 }: Pick<LoadedImages, "sha256">): TestSet {
  const sorted = [...sha256].sort(compareText);
  return {
    sha256: createHash("sha256").update(sorted.join("\n")).digest("hex"),
    images: sorted.length,
    smallest: [...new Set(sorted.map((digest) => digest.slice(0, kept.digits)))].slice(0, kept.images),
  };
}

/** Whether two sets surely have an image in common; that they have none can be said of small sets only. */
export function shareImages(one: TestSet, other: TestSet): boolean {
  const known = new Set(other.smallest);
  return one.smallest.some((digits) => known.has(digits));
}

export function isTestSet(value: unknown): value is TestSet {
  const { sha256, images, smallest } = (value ?? {}) as Partial<TestSet>;
  return typeof sha256 === "string" && Number.isInteger(images) && Array.isArray(smallest);
}
