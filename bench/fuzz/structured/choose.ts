// What every generator of hostile files asks its random stream for.
import type { Random } from "../../../src/core/random.js";

export const pick = <T>(random: Random, from: readonly T[]): T => from[random.integer(from.length)] as T;

/** True once in `times`. */
export const once = (random: Random, times: number): boolean => random.integer(times) === 0;

/** Numbers of `bits` at which sizes, counts and offsets break, and now and then any other. */
export function hostileNumber(random: Random, bits: 8 | 16 | 32): number {
  const top = 2 ** bits - 1;
  if (once(random, 4)) return random.integer(top + 1);
  return pick(random, [0, 1, 2, 3, 7, 8, 9, top >>> 1, 2 ** (bits - 1), top - 1, top]);
}

export const randomBytes = (random: Random, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.integer(256));

/** One to `most` changes of a thing, each drawn from `changes`. */
export function changed<T>(
  thing: T,
  random: Random,
  changes: readonly ((thing: T, random: Random) => T)[],
  most = 3,
): T {
  let result = thing;
  for (let left = 1 + random.integer(most); left > 0; left--) result = pick(random, changes)(result, random);
  return result;
}

/** A list with one item left out, doubled, or changed places with another. */
export function reordered<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  if (result.length === 0) return result;
  const at = random.integer(result.length);
  const to = random.integer(result.length);
  const item = result[at] as T;
  switch (random.integer(3)) {
    case 0:
      result.splice(at, 1);
      break;
    case 1:
      result.splice(to, 0, item);
      break;
    default:
      result[at] = result[to] as T;
      result[to] = item;
  }
  return result;
}

/** A list in which one item, if there is any that fits, is replaced by what `change` makes of it. */
export function withOne<T>(
  items: readonly T[],
  random: Random,
  fits: (item: T) => boolean,
  change: (item: T) => T,
): T[] {
  const places = items.flatMap((item, at) => (fits(item) ? [at] : []));
  if (places.length === 0) return [...items];
  const place = pick(random, places);
  return items.map((item, at) => (at === place ? change(item) : item));
}

/** A copy in which the byte at `at`, if there is one, is another. */
export function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const result = bytes.slice();
  if (at < result.length) result[at] = value;
  return result;
}
