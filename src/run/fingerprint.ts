// By what a run and a comparison tell whether the images are those that were seen before: checksums of a whole part of a
// dataset. Settings such as the image size are not in them; they are compared on their own.
import { createHash } from "node:crypto";
import { compareText } from "../core/compare-text.js";
import type { LoadedImages } from "../dataset/load-images.js";

export interface Fingerprint {
  /** sha256 of the images' names, labels, parts and of their files' content, in their order. */
  readonly files: string;
  /** The same with the decoded pixels in place of the files: what runs kept before version 2 of provenance.json; empty where other processes have some. */
  readonly pixels: string;
}

/** What some of the images are used for. */
export type UsedPart = readonly [part: string, positions: Iterable<number>];

/** @param parts with positions in `images.loaded`, in the order in which they count */
export function fingerprint(images: LoadedImages, parts: readonly UsedPart[]): Fingerprint {
  const files = createHash("sha256");
  const pixels = createHash("sha256");
  const ordered = parts.flatMap(([part, positions]) => Array.from(positions, (position) => ({ part, position })));
  for (const { part, position } of ordered) {
    const { name, label } = images.loaded[position] as LoadedImages["loaded"][number];
    files.update(`${JSON.stringify([name, label, part, images.sha256[position]])}\n`);
    pixels.update(`${name}\n${label}\n${part}\n`);
  }
  if (images.rows !== undefined) return { files: files.digest("hex"), pixels: "" }; // not all of them are here
  const imageBytes = images.size * images.size;
  for (const { position } of ordered) {
    pixels.update(images.pixels.subarray(position * imageBytes, (position + 1) * imageBytes));
  }
  return { files: files.digest("hex"), pixels: pixels.digest("hex") };
}

/** Of images in any parts: equal for all models, seeds and folds that are trained on the same ones. */
export function imagesFingerprint(...parts: readonly Pick<LoadedImages, "loaded" | "sha256">[]): string {
  const lines = parts.flatMap(({ loaded, sha256 }) =>
    loaded.map(({ name, label }, i) => `${JSON.stringify([name, label, sha256[i]])}\n`),
  );
  return createHash("sha256").update(lines.sort(compareText).join("")).digest("hex");
}

export function testFingerprint(test: LoadedImages): Fingerprint {
  return fingerprint(test, [["test", test.loaded.keys()]]);
}

/** Whether a run's checksum is of these images, whichever version of the program kept it. */
export function isOf(sha256: string, { files, pixels }: Fingerprint): boolean {
  return sha256 === files || sha256 === pixels;
}
