// All pairs of 64-bit hashes that differ in few bits, without comparing all with all. Of four bands of 16 bits one at least differs in a
// quarter of the bits at most, so hashes are sorted into buckets by each band, and only buckets of such bands are compared: multi-index
// hashing, Norouzi, Punjani and Fleet, "Fast Exact Search in Hamming Space", 2014.
import { bitCount } from "./perceptual-hash.js";

const bands = 4;
const bandValues = 1 << 16;

/**
 * Tells each pair once, in no particular order.
 * @param hashes [n, 2]: two words of 32 bits each
 * @param limit bits in which a pair may differ, at most
 */
export function eachClosePair(hashes: Uint32Array, limit: number, tell: (a: number, b: number) => void): void {
  const inBand = Math.floor(limit / bands);
  const masks = masksUpTo(inBand);
  for (let band = 0; band < bands; band++) {
    const { starts, members } = bucketsOf(hashes, band);
    const compare = (first: number, second: number) => {
      const [from, to] = [starts[second] as number, starts[second + 1] as number];
      for (let i = starts[first] as number; i < (starts[first + 1] as number); i++) {
        const a = members[i] as number;
        const [low, high] = [hashes[2 * a] as number, hashes[2 * a + 1] as number];
        for (let j = first === second ? i + 1 : from; j < to; j++) {
          const b = members[j] as number;
          const lowBits = low ^ (hashes[2 * b] as number);
          const highBits = high ^ (hashes[2 * b + 1] as number);
          if (bitCount(lowBits) + bitCount(highBits) > limit) continue;
          if (!isToldBefore(lowBits, highBits, band, inBand)) tell(a, b);
        }
      }
    };
    for (let value = 0; value < bandValues; value++) {
      if (starts[value] === starts[value + 1]) continue;
      for (const mask of masks) {
        const other = value ^ mask;
        if (other >= value) compare(value, other);
      }
    }
  }
}

/** Whether an earlier band of the pair was close enough already. */
function isToldBefore(lowBits: number, highBits: number, band: number, inBand: number): boolean {
  for (let earlier = 0; earlier < band; earlier++) {
    const differing = ((earlier < 2 ? lowBits : highBits) >>> (16 * (earlier & 1))) & 0xffff;
    if (bitCount(differing) <= inBand) return true;
  }
  return false;
}

/** Positions sorted by their band's value: those of value v stand at `starts[v]` to `starts[v + 1]`. */
function bucketsOf(hashes: Uint32Array, band: number): { starts: Uint32Array; members: Uint32Array } {
  const n = hashes.length / 2;
  const bandOf = (i: number) => ((hashes[2 * i + (band >> 1)] as number) >>> (16 * (band & 1))) & 0xffff;
  const starts = new Uint32Array(bandValues + 1);
  for (let i = 0; i < n; i++) starts[bandOf(i) + 1] = (starts[bandOf(i) + 1] as number) + 1;
  for (let value = 0; value < bandValues; value++) {
    starts[value + 1] = (starts[value + 1] as number) + (starts[value] as number);
  }
  const next = starts.slice();
  const members = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const value = bandOf(i);
    members[next[value] as number] = i;
    next[value] = (next[value] as number) + 1;
  }
  return { starts, members };
}

/** All words of 16 bits with at most that many set. */
function masksUpTo(bits: number): readonly number[] {
  return Array.from({ length: bandValues }, (_, mask) => mask).filter((mask) => bitCount(mask) <= bits);
}
