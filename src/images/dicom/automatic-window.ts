// A window from the grey values themselves, for images that come without one: from their 0.5th to their 99.5th
// percentile, so that a few burned-in or dead pixels do not decide; pixel padding (PS3.3 C.7.5.1.1.2) is left out.
import type { Attributes } from "./attributes.js";
import type { Window } from "./window.js";

/** Share of the pixels that may lie beyond each end. */
const tail = 0.005;

/** How often each stored value occurs; `counts[i]` is for the value `i + low`. */
export interface Histogram {
  readonly counts: Uint32Array;
  readonly low: number;
}

export function automaticWindow(
  histogram: Histogram,
  isPadding: (stored: number) => boolean,
  apply: (stored: number) => number,
): Window {
  const levels: { value: number; count: number }[] = [];
  for (const [i, count] of histogram.counts.entries()) {
    const stored = i + histogram.low;
    if (count > 0 && !isPadding(stored)) levels.push({ value: apply(stored), count });
  }
  levels.sort((a, b) => a.value - b.value);
  const total = levels.reduce((sum, { count }) => sum + count, 0);
  const low = percentile(levels, total * tail);
  const high = percentile(levels, total * (1 - tail));
  return { function: "LINEAR_EXACT", center: (low + high) / 2, width: Math.max(high - low, Number.MIN_VALUE) };
}

/** The value at which `rank` pixels are reached. */
function percentile(levels: readonly { readonly value: number; readonly count: number }[], rank: number): number {
  let seen = 0;
  for (const { value, count } of levels) {
    seen += count;
    if (seen > rank) return value;
  }
  return levels.at(-1)?.value ?? 0;
}

/** Which stored values stand for "no image here". */
export function paddingTest(attributes: Attributes, isSigned: boolean): (stored: number) => boolean {
  const asStored = (word: number) => (isSigned ? (word << 16) >> 16 : word);
  const first = attributes.word("PixelPaddingValue");
  if (first === undefined) return () => false;
  const last = attributes.word("PixelPaddingRangeLimit") ?? first;
  const [low, high] = [asStored(first), asStored(last)].sort((a, b) => a - b) as [number, number];
  return (stored) => stored >= low && stored <= high;
}
