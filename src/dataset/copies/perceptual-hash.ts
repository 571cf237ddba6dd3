// A perceptual hash: 64 bits of an image's coarse shapes, of which copies share nearly all. It only proposes pairs: chests resemble each
// other, and similarity.ts decides. After Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010 (pHash).
import { lookBytes, lookSide } from "./look.js";

/** Bits in which copies may differ; decision 38 says how it was found. */
export const hashLimit = 10;

/** Frequencies 1 to 8 across and down; the mean brightness, 0, is left out. */
const frequencies = 8;

/** cosines[u * 32 + x]: the discrete cosine transform's weight of pixel x at frequency u + 1. */
const cosines = Float64Array.from({ length: frequencies * lookSide }, (_, i) => {
  const frequency = Math.floor(i / lookSide) + 1;
  return Math.cos((Math.PI * frequency * ((i % lookSide) + 0.5)) / lookSide);
});

/**
 * The hashes of looks, two words each ([n, 2]): a bit for each of 8x8 frequencies, set where it is stronger than the median of all.
 * @param looks [n, 32, 32]
 */
export function perceptualHashes(looks: Uint8Array): Uint32Array {
  const n = Math.floor(looks.length / lookBytes);
  const hashes = new Uint32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const strengths = transform(looks.subarray(i * lookBytes, (i + 1) * lookBytes));
    const sorted = Float64Array.from(strengths).sort();
    const median = ((sorted[31] as number) + (sorted[32] as number)) / 2; // of 64
    for (const [bit, strength] of strengths.entries()) {
      const word = 2 * i + (bit >> 5);
      if (strength > median) hashes[word] = (hashes[word] as number) | (1 << (bit & 31));
    }
  }
  return hashes;
}

/** The look's 8x8 lowest frequencies, [8, 8], first along rows, then along columns. */
function transform(look: Uint8Array): Float64Array {
  const rows = new Float64Array(lookSide * frequencies); // [y, u]
  for (let y = 0; y < lookSide; y++) {
    for (let u = 0; u < frequencies; u++) {
      let sum = 0;
      for (let x = 0; x < lookSide; x++) {
        sum += (look[y * lookSide + x] as number) * (cosines[u * lookSide + x] as number);
      }
      rows[y * frequencies + u] = sum;
    }
  }
  const strengths = new Float64Array(frequencies * frequencies); // [v, u]
  for (let v = 0; v < frequencies; v++) {
    for (let u = 0; u < frequencies; u++) {
      let sum = 0;
      for (let y = 0; y < lookSide; y++) {
        sum += (rows[y * frequencies + u] as number) * (cosines[v * lookSide + y] as number);
      }
      strengths[v * frequencies + u] = sum;
    }
  }
  return strengths;
}

/** How many bits of a word are set (Warren, "Hacker's Delight", 5-1). */
export function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
