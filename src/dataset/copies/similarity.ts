// Whether two images are one picture: the correlation of what stands out from its surroundings (ribs, edges of heart and diaphragm). What
// all chests have in common, bright outside and dark lungs, is taken away first; plain pixels of any two correlate by 0.8.
import { lookBytes, lookSide } from "./look.js";

/** From here on two images are called copies. Decision 38 says how it was found; tests and bench/near-copies.ts hold it. */
export const similarityLimit = 0.85;

/** Surroundings reach so many pixels to each side. */
const reach = 2;
/** Grey levels, added to the local contrast: below it noise would count as much as ribs. */
const noise = 4;
/** Below this standard deviation from the surroundings, in grey levels, there is nothing to compare; radiographs have 7 and more. */
const leastDetail = 1;

/**
 * A look's details: deviation from the surroundings' mean by their contrast, of mean 0 and length 1 ([32, 32]).
 * Null for an image without any, such as a blank one.
 */
export function detailsOf(look: Uint8Array): Float32Array | null {
  const means = surroundings(new Float64Array(look));
  const squares = new Float64Array(lookBytes);
  for (let i = 0; i < lookBytes; i++) squares[i] = ((look[i] as number) - (means[i] as number)) ** 2;
  if (sumOf(squares) < lookBytes * leastDetail ** 2) return null;
  const contrasts = surroundings(squares);
  const details = new Float64Array(lookBytes);
  for (let i = 0; i < lookBytes; i++) {
    details[i] = ((look[i] as number) - (means[i] as number)) / (Math.sqrt(contrasts[i] as number) + noise);
  }
  const mean = sumOf(details) / lookBytes;
  for (let i = 0; i < lookBytes; i++) squares[i] = ((details[i] as number) - mean) ** 2;
  const length = Math.sqrt(sumOf(squares));
  const scaled = new Float32Array(lookBytes);
  for (let i = 0; i < lookBytes; i++) scaled[i] = ((details[i] as number) - mean) / length;
  return scaled;
}

/** The correlation of two images' details, -1 to 1. */
export function similarity(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < lookBytes; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The mean of the 5x5 pixels around each, of fewer at the border: along rows, then along columns. */
function surroundings(values: Float64Array): Float64Array {
  const across = new Float64Array(lookBytes);
  for (let at = 0; at < lookBytes; at++) {
    const x = at % lookSide;
    const from = at - Math.min(reach, x);
    const to = at + Math.min(reach, lookSide - 1 - x);
    let sum = 0;
    for (let i = from; i <= to; i++) sum += values[i] as number;
    across[at] = sum / (to - from + 1);
  }
  const around = new Float64Array(lookBytes);
  for (let at = 0; at < lookBytes; at++) {
    const x = at % lookSide;
    const from = Math.max(x, at - reach * lookSide);
    const to = Math.min(lookBytes - 1, at + reach * lookSide);
    let sum = 0;
    let rows = 0;
    for (let i = from; i <= to; i += lookSide, rows++) sum += across[i] as number;
    around[at] = sum / rows;
  }
  return around;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}
