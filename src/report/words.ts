// What the report says about policies and protocols in words a reader without the code understands.
import { missedTarget } from "../core/threshold-origin.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import type { ThresholdChoice } from "../evaluation/threshold.js";
import { counted, percent, proportion, thresholdText } from "./numbers.js";

/** A threshold's policy as a sentence part: "the highest specificity with a sensitivity of at least 95 %". */
export function policyInWords({ policy }: ThresholdChoice): string {
  const target = /^(sensitivity|specificity)=(.+)$/.exec(policy);
  if (target !== null) {
    const wanted = target[1] as string;
    const other = wanted === "sensitivity" ? "specificity" : "sensitivity";
    return `the highest ${other} that leaves a ${wanted} of at least ${percentOf(Number(target[2]))}`;
  }
  if (policy === "youden") return "the greatest sum of sensitivity and specificity (Youden's index)";
  return Number.isFinite(Number(policy)) ? `fixed at ${policy} beforehand` : policy;
}

/** A target as written by people: "95%", "97.5%". */
const percentOf = (value: number) => percent(value, Number.isInteger(Math.round(1e6 * value) / 1e4) ? 0 : 1);

/** Where a threshold comes from, and what speaks against it. */
export function thresholdSentence({
  threshold,
  thresholdOptima,
}: Pick<Evaluation, "threshold" | "thresholdOptima">): string {
  const { chosenOn, reached, givenBy } = threshold;
  const value = thresholdText(threshold.value);
  if (givenBy !== undefined) {
    const warning = optimumWarning(thresholdOptima);
    return `The threshold of ${value} was given by the user; its origin is unknown.${warning === undefined ? "" : ` ${warning}`}`;
  }
  if (chosenOn === null) return `The threshold of ${value} was fixed beforehand and has seen no data.`;
  const missed = missedTarget(threshold);
  const there =
    reached === null
      ? ""
      : ` (${counted(reached.n, "image")}; there it reached sensitivity ${proportion(reached.sensitivity)} and specificity ${proportion(reached.specificity)})`;
  const policy = missed === undefined ? policyInWords(threshold) : `the nearest to "${threshold.policy}", ${missed}`;
  return (
    `The threshold of ${value} was chosen on ${chosenOn}${there} as ${policy}, ` +
    (chosenOn.startsWith("test")
      ? "on the very images it is tested on: the numbers are too good."
      : "then frozen; the test images had no part in it.")
  );
}

/** Undefined where there is nothing to warn of. */
export function optimumWarning(optima: readonly string[]): string | undefined {
  if (optima.length === 0) return undefined;
  const list = new Intl.ListFormat("en", { type: "disjunction" }).format(optima);
  return `On these very images no other threshold has a higher ${list}: if it was chosen on them, the numbers are too good.`;
}
