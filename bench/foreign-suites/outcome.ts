// How what a reader made of a file compares with the reference. Pure functions of what both said.
import type { Reference } from "./reference-index.js";

/** What a reader made of a file. */
export type Reading =
  | {
      readonly kind: "read";
      readonly ms: number;
      readonly warnings: readonly string[];
      /** Largest and mean difference of grey levels; undefined without reference pixels. */
      readonly difference?: Difference;
    }
  | { readonly kind: "refused"; readonly ms: number; readonly code: string; readonly message: string }
  /** Anything but an image or an AppError: a crash, a hang, an exception of a library. */
  | { readonly kind: "failed"; readonly ms: number; readonly what: string };

/** Infinite where the sizes differ. */
export interface Difference {
  readonly max: number;
  readonly mean: number;
}

export interface FileResult {
  readonly reference: Reference;
  /** What the product reads in Node. */
  readonly node: Reading;
  /** What its page reads. */
  readonly page: Reading;
  /** Of the stored values of a grey DICOM, before anything is windowed. */
  readonly stored?: Difference;
  /** Between Node's pixels and the page's; undefined unless both read the file. */
  readonly twins?: Difference;
}

export const outcomes = [
  "equal",
  "within_1",
  "differs",
  "refused_by_both",
  /** The reference read the file, but its decoder printed something about it. */
  "refused_noted",
  "refused_only_here",
  "read_only_here",
  "failed",
] as const;
export type Outcome = (typeof outcomes)[number];

export function outcomeOf(reading: Reading, { status, words }: Reference): Outcome {
  if (reading.kind === "failed") return "failed";
  if (reading.kind === "refused") {
    if (status !== "read") return "refused_by_both";
    return words === "" ? "refused_only_here" : "refused_noted";
  }
  if (reading.difference === undefined) return "read_only_here";
  const { max } = reading.difference;
  if (max === 0) return "equal";
  return max <= 1 ? "within_1" : "differs";
}

/** Whether Node and the page give other pixels, warn of other things, or only one of them reads the file. */
export function twinsDisagree({ node, page, twins }: FileResult): boolean {
  if (node.kind !== "read" || page.kind !== "read") return node.kind !== page.kind;
  return twins?.max !== 0 || `${[...node.warnings].sort()}` !== `${[...page.warnings].sort()}`;
}

/** Whether Node and the page both refuse the file, but with another code. */
export function twinsDifferInCode({ node, page }: FileResult): boolean {
  return node.kind === "refused" && page.kind === "refused" && node.code !== page.code;
}

/** Whether a file that libjpeg calls corrupt was read without a warning. */
export function isUnwarned(reading: Reading, { words }: Reference): boolean {
  return reading.kind === "read" && reading.warnings.length === 0 && /corrupt|premature/i.test(words);
}

/** Of two rows of pixels of equal length. */
export function differenceOf(values: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  if (values.length !== expected.length) return { max: Number.POSITIVE_INFINITY, mean: Number.POSITIVE_INFINITY };
  let [max, sum] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const apart = Math.abs((values[i] as number) - (expected[i] as number));
    if (apart > max) max = apart;
    sum += apart;
  }
  return { max, mean: sum / Math.max(1, values.length) };
}
