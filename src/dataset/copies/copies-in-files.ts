// The copies among files, for those who do not need their pixels otherwise: reads and decodes every one.
import { throwIfAborted } from "../../core/aborted.js";
import { loadImages } from "../load-images.js";
import type { Sample } from "../sample.js";
import { findCopies } from "./find-copies.js";
import { type JoinedCopies, joinedCopies, type KeyOf, keysWithCopies } from "./kept-together.js";
import { lookBytes } from "./look.js";

/** How many images are decoded between two looks at the signal. */
const portion = 200;

/**
 * What must not be divided, and what copies changed about it. Files that cannot be read count as nobody's copy.
 * @throws what the signal says
 */
export async function copiesInFiles(
  samples: readonly Sample[],
  { signal, place }: { readonly signal: AbortSignal | undefined; readonly place: string },
): Promise<{ readonly keyOf: KeyOf; readonly joined: JoinedCopies }> {
  const read: Sample[] = [];
  const sha256: string[] = [];
  const looks = new Uint8Array(samples.length * lookBytes);
  for (let from = 0; from < samples.length; from += portion) {
    throwIfAborted(signal, place);
    const images = await loadImages(samples.slice(from, from + portion), { size: 1, cacheFolder: null });
    looks.set(images.looks, read.length * lookBytes);
    read.push(...images.loaded);
    sha256.push(...images.sha256);
  }
  const copies = findCopies({ sha256, looks });
  return { keyOf: keysWithCopies(read, copies), joined: joinedCopies(read, copies) };
}
