// Where a threshold comes from and what it is worth, in the words of every command that uses one.
import { type Estimate, formatEstimate } from "../../evaluation/estimate.js";
import { thresholdOrigin } from "../../evaluation/threshold.js";
import type { ModelReader } from "../../inference/open-model.js";
import type { MeasuredValue } from "../../model/model-contract.js";

/** "given with --threshold", "the model's own: youden, chosen on validation", or that it is assumed. */
export function thresholdSource(
  { hasContract, contract }: Pick<ModelReader, "hasContract" | "contract">,
  given?: number,
): string {
  if (given !== undefined) return "given with --threshold";
  if (!hasContract) return "assumed, for the file carries none";
  return `the model's own: ${thresholdOrigin(contract.threshold)}`;
}

/** "0.974 (0.954–0.986)". */
export function measuredText({ value, low, high, n }: MeasuredValue): string {
  const interval: Estimate["interval"] =
    low === null || high === null ? null : { low, high, level: 0.95, method: "wilson" };
  return formatEstimate({ value, interval, n });
}
