// Seeded random numbers. Every consumer derives its own stream by name (`Random.of(seed, "augment", epoch)`), so a
// resumed run needs no stored generator state: seed and epoch are enough. Not for cryptography.
import { createHash } from "node:crypto";

/** xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018). */
export class Random {
  readonly #state: Uint32Array;

  private constructor(state: Uint32Array) {
    this.#state = state;
  }

  /** The stream named by the parts: equal parts give equal streams, different parts independent ones. */
  static of(...parts: readonly (string | number)[]): Random {
    const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
    return new Random(Uint32Array.from([0, 4, 8, 12], (offset) => digest.readUInt32LE(offset)));
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** A number in [low, high), uniform, with 53 random bits. */
  uniform(low = 0, high = 1): number {
    const unit = ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
    return low + (high - low) * unit;
  }

  /** A whole number in [0, below), uniform. */
  integer(below: number): number {
    return Math.floor(this.uniform(0, below));
  }

  /** A number from the normal distribution (Box and Muller, 1958). */
  normal(mean = 0, standardDeviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + standardDeviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A new array with the items in random order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = result[i] as T;
      result[i] = result[j] as T;
      result[j] = held;
    }
    return result;
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
