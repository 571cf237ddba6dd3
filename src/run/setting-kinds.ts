// The kinds of value a setting may have: the rule in words, and how a value comes from JSON, plain JavaScript or a text.
// A kind is where what comes from outside becomes a type; nothing behind it checks again.
import { coverageRange } from "../core/unsure-band.js";
import { type Fold, foldRange, foldText, parseFold } from "../dataset/folds.js";
import { formatThresholdPolicy, parseThresholdPolicy, type ThresholdPolicy } from "../evaluation/threshold.js";
import { pixelRanges, statedScaling } from "../inference/pixel-range.js";
import { parseTrainablePart, type TrainablePart, trainablePartText } from "../model/trainable-part.js";

/** As a setting stands in args.json, in the API's calls and in reports. */
export type PlainValue = string | number | readonly string[];

export interface SettingKind<Value, Plain extends PlainValue = PlainValue> {
  /** What a value is: "a whole number from 2 to 4096". */
  readonly rule: string;
  /** The words that may be given, where these are few. */
  readonly choices?: readonly string[];
  /** Undefined for what breaks the rule. */
  readonly parse: (given: unknown) => Value | undefined;
  readonly toPlain: (value: Value) => Plain;
  /** What `parse` takes, from a word of a command line. */
  readonly fromText: (text: string) => unknown;
}

export interface NumberRange {
  readonly min: number;
  /** Whether `min` itself is outside. */
  readonly aboveMin?: boolean;
  readonly max: number;
}

export const wholeNumber = (range: NumberRange): SettingKind<number, number> => ({
  ...decimalNumber(range),
  rule: `a whole number from ${range.min} to ${range.max}`,
  parse: (given) => (Number.isSafeInteger(given) && isWithin(range, given as number) ? (given as number) : undefined),
  fromText: (text) => (/^[+-]?\d+$/.test(text.trim()) ? Number(text) : text),
});

/** Both ends included unless `aboveMin`. */
export const decimalNumber = (range: NumberRange): SettingKind<number, number> => ({
  rule: range.aboveMin
    ? `a number above ${range.min}, at most ${range.max}`
    : `a number from ${range.min} to ${range.max}`,
  parse: (given) => (typeof given === "number" && isWithin(range, given) ? given : undefined),
  toPlain: (value) => value,
  fromText: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text),
});

const isWithin = ({ min, aboveMin, max }: NumberRange, value: number): boolean =>
  value <= max && (aboveMin ? value > min : value >= min);

export const oneOf = <Choice extends string>(choices: readonly Choice[]): SettingKind<Choice, Choice> => ({
  rule: choices.length === 2 ? choices.join(" or ") : `one of ${choices.join(", ")}`,
  choices,
  parse: (given) => choices.find((choice) => choice === given),
  toPlain: (value) => value,
  fromText: (text) => text,
});

export const text = (rule: string): SettingKind<string, string> => ({
  rule,
  parse: (given) => (typeof given === "string" && given !== "" ? given : undefined),
  toPlain: (value) => value,
  fromText: (given) => given,
});

/** How a backbone wants its pixels, or "model" for the registry's models, which say so themselves. */
export const pixelsOrModel: SettingKind<string, string> = {
  rule: `"model", one of ${pixelRanges.join(", ")}, or a mean and a deviation such as mean=0.5307,std=0.2583`,
  choices: ["model", ...pixelRanges],
  parse: (given) =>
    typeof given === "string" && (given === "model" || statedScaling(given) !== undefined) ? given : undefined,
  toPlain: (value) => value,
  fromText: (given) => given,
};

export const layerNames: SettingKind<readonly string[], readonly string[]> = {
  rule: "a list of layer names",
  parse: (given) =>
    Array.isArray(given) && given.every((name) => typeof name === "string" && name !== "") ? given : undefined,
  toPlain: (value) => value,
  fromText: (given) => [given],
};

export const trainablePart: SettingKind<TrainablePart, string> = {
  rule: '"all", "head", "last=" and a whole number from 1, or the name of the first layer that learns',
  parse: fromWords(parseTrainablePart),
  toPlain: trainablePartText,
  fromText: (given) => given,
};

export const thresholdPolicy: SettingKind<ThresholdPolicy, string> = {
  rule: 'a number from 0 to 1, "youden", "sensitivity=0.95" or "specificity=0.9"',
  parse: (given) => fromWords(parseThresholdPolicy)(typeof given === "number" ? String(given) : given),
  toPlain: formatThresholdPolicy,
  fromText: (given) => given,
};

/** Null for none. */
export const coverageOrNone: SettingKind<number | null, number | string> = {
  rule: `"none", or a number from ${coverageRange.min} to ${coverageRange.max}`,
  parse: (given) => (given === "none" ? null : decimalNumber(coverageRange).parse(given)),
  toPlain: (coverage) => coverage ?? "none",
  fromText: (given) => (given === "none" ? given : decimalNumber(coverageRange).fromText(given)),
};

/** Null for none. */
export const foldOrNone: SettingKind<Fold | null, string> = {
  rule: `"none", or a fold and their number, such as 2/5, of at most ${foldRange.max}`,
  parse: (given) => (given === "none" ? null : typeof given === "string" ? parseFold(given) : undefined),
  toPlain: (fold) => (fold === null ? "none" : foldText(fold)),
  fromText: (given) => given,
};

/** A parser that throws, as one that gives undefined. */
function fromWords<Value>(parse: (text: string) => Value): (given: unknown) => Value | undefined {
  return (given) => {
    if (typeof given !== "string" || given === "") return undefined;
    try {
      return parse(given);
    } catch {
      return undefined;
    }
  };
}
