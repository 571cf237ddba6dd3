// What plain JavaScript hands over as options becomes what the types say, or is refused: unknown names and wrong values alike.
import { AppError } from "./errors.js";
import { didYouMean } from "./nearest.js";

/** What a value is, in words that follow "should be", and whether one is. */
export interface OptionRule {
  readonly rule: string;
  readonly holds: (value: unknown) => boolean;
}

/** One rule for each option of an interface, so that the compiler finds the one that was forgotten. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

export const aBoolean: OptionRule = { rule: "true or false", holds: (value) => typeof value === "boolean" };
export const aFunction: OptionRule = { rule: "a function", holds: (value) => typeof value === "function" };
export const anObject: OptionRule = {
  rule: "an object",
  holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};
export const aPath: OptionRule = { rule: "a path", holds: (value) => typeof value === "string" && value !== "" };
export const aList: OptionRule = { rule: "a list", holds: (value) => Array.isArray(value) };
export const aListOfPaths: OptionRule = {
  rule: "a list of paths",
  holds: (value) => Array.isArray(value) && value.every(aPath.holds),
};
export const aSignal: OptionRule = { rule: "an AbortSignal", holds: (value) => value instanceof AbortSignal };
export const aFraction: OptionRule = {
  rule: "a number from 0 to 1",
  holds: (value) => typeof value === "number" && value >= 0 && value <= 1,
};

export const wholeNumber = (min: number, max: number): OptionRule => ({
  rule: `a whole number from ${min} to ${max}`,
  holds: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
});

export const oneOf = (choices: readonly unknown[]): OptionRule => ({
  rule: choices.length === 2 ? choices.join(" or ") : `one of ${choices.join(", ")}`,
  holds: (value) => choices.includes(value),
});

/**
 * Undefined stands for an option that is not given.
 * @param place what takes the options, such as "openClassifier"
 * @param required options without which it cannot be done
 * @throws AppError OPTION_INVALID
 */
export function checkOptions<Options extends object>(
  place: string,
  given: Options,
  rules: OptionRules<Options>,
  required: readonly (keyof Options & string)[] = [],
): void {
  if (!anObject.holds(given)) throw invalid(place, "takes its options as an object", given);
  const names = Object.keys(rules);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new AppError("OPTION_INVALID", {
      place,
      rule: names.length === 1 ? `its only option is ${names[0]}` : `its options are ${names.join(", ")}`,
      received: `"${unknown}"`,
      remedy: didYouMean(unknown, names) ?? "Correct its name or omit it",
    });
  }
  for (const [name, { rule, holds }] of Object.entries<OptionRule>(rules)) {
    const value: unknown = given[name as keyof Options];
    const isMissing = value === undefined && !required.some((needed) => needed === name);
    if (!isMissing && !holds(value)) throw invalid(name, `should be ${rule}`, value);
  }
}

/** @throws AppError OPTION_INVALID */
export function checkArgument(name: string, value: unknown, { rule, holds }: OptionRule): void {
  if (!holds(value)) throw invalid(name, `should be ${rule}`, value);
}

function invalid(place: string, rule: string, value: unknown): AppError {
  return new AppError("OPTION_INVALID", { place, rule, received: received(value) });
}

/** Short, and never the content of something large: `"two"`, `3`, `an object`. */
function received(value: unknown): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : /^[aeiou]/.test(typeof value) ? `an ${typeof value}` : `a ${typeof value}`;
}
