// From the cells in which samples lie to the stored values (PS3.5 section 8): the bits around the stored ones masked off
// and the sign extended. What a lossy codec gives beyond the range of the stored bits is overshoot at an edge, not other
// bits: it is clamped, for masked it would turn white into black.
import type { PixelFormat } from "./pixel-format.js";

type Bits = Pick<PixelFormat, "bitsStored" | "highBit" | "isSigned">;

/** In the smallest array that holds the values. */
export function maskSamples(
  samples: Uint8Array | Uint16Array,
  { bitsStored, highBit, isSigned }: Bits,
): Uint8Array | Uint16Array | Int16Array {
  const shift = highBit - bitsStored + 1;
  const unused = 32 - bitsStored;
  if (isSigned) return toSigned(samples, (sample) => (sample << (unused - shift)) >> unused);
  const isWhole = shift === 0 && bitsStored === 8 * samples.BYTES_PER_ELEMENT;
  if (isWhole) return samples;
  return samples.map((sample) => (sample << (unused - shift)) >>> unused);
}

/** For samples of `precision` bits by a lossy codec, two's complement where signed. */
export function clampSamples(
  samples: Uint8Array | Uint16Array,
  { bitsStored, highBit, isSigned }: Bits,
  precision: number,
): Uint8Array | Uint16Array | Int16Array {
  const isLow = highBit === bitsStored - 1;
  if (!isLow || precision <= bitsStored) return maskSamples(samples, { bitsStored, highBit, isSigned });
  if (!isSigned) {
    const largest = 2 ** bitsStored - 1;
    return samples.map((sample) => Math.min(sample, largest));
  }
  const [unused, low, high] = [32 - precision, -(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1];
  return toSigned(samples, (sample) => Math.max(low, Math.min(high, (sample << unused) >> unused)));
}

/** As Int16Array.from, which goes through an iterator and takes ten times as long. */
function toSigned(samples: Uint8Array | Uint16Array, convert: (sample: number) => number): Int16Array {
  const result = new Int16Array(samples.length);
  for (let i = 0; i < result.length; i++) result[i] = convert(samples[i] as number);
  return result;
}
