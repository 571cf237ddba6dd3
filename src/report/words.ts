// What the report says about policies and protocols in words a reader without the code understands.
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

/** Where a threshold comes from, in a few words: "youden, chosen on validation". */
export function shortOrigin({ policy, chosenOn }: Pick<ThresholdChoice, "policy" | "chosenOn">): string {
  if (chosenOn !== null) return `${policy}, chosen on ${chosenOn}`;
  return Number.isFinite(Number(policy)) ? "fixed beforehand" : policy;
}

/** Where a threshold comes from, as one sentence. */
export function thresholdOrigin(threshold: ThresholdChoice): string {
  const { chosenOn, reached } = threshold;
  if (chosenOn === null) {
    return `The threshold of ${thresholdText(threshold.value)} was fixed beforehand and has seen no data.`;
  }
  const there =
    reached === null
      ? ""
      : ` (${counted(reached.n, "image")}; there it reached sensitivity ${proportion(reached.sensitivity)} and specificity ${proportion(reached.specificity)})`;
  return (
    `The threshold of ${thresholdText(threshold.value)} was chosen on ${chosenOn}${there} as ${policyInWords(threshold)}, ` +
    (chosenOn.startsWith("test")
      ? "on the very images it is tested on: the numbers are too good."
      : "then frozen; the test images had no part in it.")
  );
}
