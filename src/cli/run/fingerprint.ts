// By what a run and a comparison tell whether the images are those that were seen before: checksums of a whole part of a
// dataset. Settings such as the image size are not in them; they are compared on their own.
import { createHash } from "node:crypto";
import type { LoadedImages } from "../../dataset/load-images.js";

export interface Fingerprint {
  /** sha256 of the images' names, labels, parts and of their files' content, in their order. */
  readonly files: string;
  /** The same with the decoded pixels in place of the files: what runs kept before version 2 of provenance.json. */
  readonly pixels: string;
}

/** @param partOf what the image at a position of `images.loaded` is used for */
export function fingerprint(images: LoadedImages, partOf: (position: number) => string): Fingerprint {
  const files = createHash("sha256");
  const pixels = createHash("sha256");
  for (const [position, { name, label }] of images.loaded.entries()) {
    const part = partOf(position);
    files.update(`${JSON.stringify([name, label, part, images.sha256[position]])}\n`);
    pixels.update(`${name}\n${label}\n${part}\n`);
  }
  return { files: files.digest("hex"), pixels: pixels.update(images.pixels).digest("hex") };
}

export function testFingerprint(test: LoadedImages): Fingerprint {
  return fingerprint(test, () => "test");
}

/** Whether a run's checksum is of these images, whichever version of the program kept it. */
export function isOf(sha256: string, { files, pixels }: Fingerprint): boolean {
  return sha256 === files || sha256 === pixels;
}
