// Where a threshold comes from and what it is worth, in the words of every command that uses one.
import { type Classifier, type MeasuredValue, thresholdOrigin } from "../../index.js";

/** "given with --threshold, origin unknown", "the model's own: youden, chosen on validation", or that it is assumed. */
export function thresholdSource(
  { hasContract, contract }: Pick<Classifier, "hasContract" | "contract">,
  given?: number,
): string {
  if (given !== undefined) return "given with --threshold, origin unknown";
  if (!hasContract) return "assumed, for the file carries none";
  return `the model's own: ${thresholdOrigin(contract.threshold)}`;
}

/** "0.974 (0.954–0.986)". */
export function measuredText({ value, low, high }: MeasuredValue): string {
  const shown = (share: number) => share.toFixed(3);
  if (value === null) return "n/a";
  return low === null || high === null ? shown(value) : `${shown(value)} (${shown(low)}–${shown(high)})`;
}
