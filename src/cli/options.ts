// Parsers of option values: each accepts what is in range and otherwise says the rule and what was received.
// They throw commander's InvalidArgumentError, which names the option in front of the message.
import { InvalidArgumentError } from "commander";
import { closest, distance } from "fastest-levenshtein";

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** Whether `min` itself is outside. */
  readonly aboveMin?: boolean;
}

/** A parser of a whole number in the range (both ends included). */
export function wholeNumber(range: NumberRange): (text: string) => number {
  return (text) => parse(text, range, /^[+-]?\d+$/, "a whole number");
}

/** A parser of a number in the range, such as 0.001 or 1e-3. */
export function decimalNumber(range: NumberRange): (text: string) => number {
  return (text) => parse(text, range, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, "a number");
}

/** A parser of one of several words; a near miss is named. */
export function oneOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    const near = closest(text, choices);
    const hint = distance(text, near) <= Math.ceil(near.length / 3) ? ` Did you mean "${near}"?` : "";
    throw new InvalidArgumentError(`Should be one of ${choices.join(", ")}. Received "${text}".${hint}`);
  };
}

function parse(text: string, range: NumberRange, form: RegExp, kind: string): number {
  const value = Number(text);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, aboveMin = false } = range;
  const inRange = value <= max && (aboveMin ? value > min : value >= min);
  if (form.test(text.trim()) && Number.isFinite(value) && inRange) return value;
  throw new InvalidArgumentError(`Should be ${kind}${rangeText(min, max, aboveMin)}. Received "${text}".`);
}

function rangeText(min: number, max: number, aboveMin: boolean): string {
  const low = aboveMin ? ` above ${min}` : ` of at least ${min}`;
  if (max === Number.POSITIVE_INFINITY) return min === Number.NEGATIVE_INFINITY ? "" : low;
  if (min === Number.NEGATIVE_INFINITY) return ` of at most ${max}`;
  return aboveMin ? ` above ${min} and up to ${max}` : ` from ${min} to ${max}`;
}
