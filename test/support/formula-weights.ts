// Weights, images and labels from whole-number formulas, equal bit for bit to test/golden/make/formula_weights.py:
// golden training runs need to store neither.

/** murmur3's finaliser over index * 0x9E3779B1 + salt * 0x85EBCA77 (mod 2^32); a whole number in [0, 2^32). */
export function hash32(index: number, salt: number): number {
  let h = (Math.imul(index, 0x9e3779b1) + Math.imul(salt, 0x85ebca77)) | 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

/** Uniform in +-sqrt(6 / (fan in + fan out)), Keras' layout [..., in, out], row-major. */
export function formulaKernel(shape: readonly number[], salt: number): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const receptive = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  const limit = Math.sqrt(6 / (((shape.at(-2) ?? 1) + (shape.at(-1) ?? 1)) * receptive));
  return new Float32Array(count).map((_, index) => signedUnit(index, salt) * limit);
}

/** Uniform in centre +- spread. */
export function formulaSpread(length: number, salt: number, centre: number, spread: number): Float32Array {
  return new Float32Array(length).map((_, index) => centre + signedUnit(index, salt) * spread);
}

/** In (-1, 1). */
const signedUnit = (index: number, salt: number): number => 2 * ((hash32(index, salt) + 0.5) / 4294967296) - 1;

/** 1 (pneumonia) for about 70 % of the samples, else 0. */
export function formulaLabel(sample: number): 0 | 1 {
  return hash32(sample, 7) % 10 < 7 ? 1 : 0;
}

/** Grey values 0-255, [size, size]: 4x4 blocks of noise on a vertical ramp; label 1 adds a bright diamond somewhere. */
export function formulaImage(sample: number, size: number): Uint8Array {
  const centreRow = hash32(sample, 8) % size;
  const centreColumn = hash32(sample, 9) % size;
  const hasSpot = formulaLabel(sample) === 1;
  return Uint8Array.from({ length: size * size }, (_, pixel) => {
    const row = Math.floor(pixel / size);
    const column = pixel % size;
    const block = Math.floor(row / 4) * 1000 + Math.floor(column / 4) + sample * 1_000_000;
    const ground = 40 + (hash32(block, 101) >>> 25) + Math.floor((row * 40) / size);
    const distance = Math.abs(row - centreRow) + Math.abs(column - centreColumn);
    return Math.min(255, ground + (hasSpot ? Math.max(0, 60 - 4 * distance) : 0));
  });
}
