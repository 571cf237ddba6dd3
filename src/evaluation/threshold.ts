// How the threshold between normal and pneumonia is found: a policy with a name, applied to validation predictions, then frozen.
// The result says what was chosen, by which rule and on which rows, because a threshold without its origin cannot be judged.
import { AppError } from "../core/errors.js";
import type { ReachedRates, ToldThreshold } from "../core/threshold-origin.js";
import type { Scored } from "./prediction.js";
import { cumulativeCounts, rank } from "./ranking.js";

/** `fixed`: a number given by somebody, or the study's 0.5; `youden`: greatest sensitivity + specificity; the others: reach a target, then the best of the other. */
export type ThresholdPolicy =
  | { readonly kind: "fixed"; readonly value: number }
  | { readonly kind: "youden" }
  | { readonly kind: "sensitivity" | "specificity"; readonly target: number };

/** A threshold with its origin. Images with score >= `value` are called pneumonia. */
export interface ThresholdChoice extends ToldThreshold {
  readonly value: number;
  /** What it reached on the rows it was chosen on; null where it was not chosen on any here. */
  readonly reached: ReachedRates | null;
}

/** The study's threshold. */
export const studyThreshold: ThresholdChoice = fixedThreshold(0.5);

/** A threshold that was not chosen on data, such as the study's. */
export function fixedThreshold(value: number): ThresholdChoice {
  return { value, policy: String(value), chosenOn: null, reached: null };
}

/** A number that somebody gave: what it was chosen on, nobody here knows. */
export function givenThreshold(value: number): ThresholdChoice {
  return { ...fixedThreshold(value), givenBy: "user" };
}

/** Reads "0.5" (any number from 0 to 1), "youden", "sensitivity=0.95" or "specificity=0.9". @throws AppError OPTION_INVALID */
export function parseThresholdPolicy(text: string): ThresholdPolicy {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "youden") return { kind: "youden" };
  const target = /^(sensitivity|specificity)=(.+)$/.exec(trimmed);
  const value = parseShare(target?.[2] ?? trimmed);
  if (value === undefined || (target !== null && value === 0)) {
    throw new AppError("OPTION_INVALID", {
      place: "threshold",
      rule: 'a number from 0 to 1, "youden", "sensitivity=0.95" or "specificity=0.9"',
      received: JSON.stringify(text),
      remedy: "Write one of these",
    });
  }
  return target === null
    ? { kind: "fixed", value }
    : { kind: target[1] as "sensitivity" | "specificity", target: value };
}

/** The policy as `parseThresholdPolicy` reads it. */
export function formatThresholdPolicy(policy: ThresholdPolicy): string {
  switch (policy.kind) {
    case "fixed":
      return String(policy.value);
    case "youden":
      return "youden";
    case "sensitivity":
    case "specificity":
      return `${policy.kind}=${policy.target}`;
    default:
      return policy satisfies never;
  }
}

/**
 * Applies a policy to validation rows. The value lies halfway between two neighbouring scores, so that the last digits of
 * a score do not decide; of equally good places the one nearest 0.5 is taken.
 * @param chosenOn names the rows, e.g. "validation".
 * @throws AppError THRESHOLD_UNDEFINED where a class is missing and the policy needs it.
 */
export function chooseThreshold(policy: ThresholdPolicy, rows: readonly Scored[], chosenOn: string): ThresholdChoice {
  if (policy.kind === "fixed") {
    return policy.value === studyThreshold.value ? studyThreshold : givenThreshold(policy.value);
  }
  requireChoosable(policy, rows, chosenOn);
  const best = cutsBetweenScores(rows).reduce((a, b) => (isBetter(policy, b, a) ? b : a));
  const { value, ...reached } = best;
  return { value, policy: formatThresholdPolicy(policy), chosenOn, reached };
}

/**
 * Whether a policy can be applied to rows with these labels: known before anything is scored.
 * @throws AppError THRESHOLD_UNDEFINED where a class is missing and the policy needs it
 */
export function requireChoosable(
  policy: ThresholdPolicy,
  rows: readonly Pick<Scored, "label">[],
  chosenOn: string,
): void {
  const positives = rows.filter((row) => row.label === 1).length;
  if (policy.kind === "fixed" || (positives > 0 && positives < rows.length)) return;
  throw new AppError("THRESHOLD_UNDEFINED", {
    place: `threshold "${formatThresholdPolicy(policy)}" on ${chosenOn}`,
    rule: "both classes are needed",
    received: `${positives} pneumonia and ${rows.length - positives} normal images`,
    remedy: "Use a fixed threshold such as 0.5, or a validation part with both classes",
  });
}

interface Cut {
  readonly value: number;
  readonly n: number;
  readonly sensitivity: number;
  readonly specificity: number;
}

/** Every cut that classifies the rows differently, falling: above all scores (at most 1), between neighbours, at 0. */
function cutsBetweenScores(rows: readonly Scored[]): readonly Cut[] {
  const ranking = rank(rows);
  const { truePositives, falsePositives } = cumulativeCounts(ranking);
  const scores = ranking.thresholds;
  const last = scores.length - 1;
  const positives = truePositives[last] as number;
  const negatives = falsePositives[last] as number;
  // `above`: how many distinct scores lie at or above the cut.
  const cutAt = (above: number): Cut => ({
    value: above > last ? 0 : middle(scores[above] as number, above === 0 ? 1 : (scores[above - 1] as number)),
    n: rows.length,
    sensitivity: (above === 0 ? 0 : (truePositives[above - 1] as number)) / positives,
    specificity: (negatives - (above === 0 ? 0 : (falsePositives[above - 1] as number))) / negatives,
  });
  const lowest = scores[0] === 1 ? 1 : 0;
  return Array.from({ length: last + 2 - lowest }, (_, i) => cutAt(i + lowest));
}

/** A number above `low` and at most `high`. */
function middle(low: number, high: number): number {
  const value = low + (high - low) / 2;
  return value > low ? value : high;
}

function isBetter(policy: Exclude<ThresholdPolicy, { kind: "fixed" }>, a: Cut, b: Cut): boolean {
  for (const [x, y] of merits(policy, a).map((merit, i) => [merit, merits(policy, b)[i] as number] as const)) {
    // Sums of two quotients that are equal on paper may differ in the last bit.
    if (Math.abs(x - y) > 1e-12) return x > y;
  }
  return false;
}

/** What a policy wants, most important first; the higher the better. */
function merits(policy: Exclude<ThresholdPolicy, { kind: "fixed" }>, cut: Cut): readonly number[] {
  const nearHalf = -Math.abs(cut.value - 0.5);
  if (policy.kind === "youden") return [cut.sensitivity + cut.specificity, nearHalf];
  const other = policy.kind === "sensitivity" ? "specificity" : "sensitivity";
  return [Math.min(cut[policy.kind], policy.target), cut[other], cut[policy.kind], nearHalf];
}

function parseShare(text: string): number | undefined {
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return value >= 0 && value <= 1 ? value : undefined;
}
