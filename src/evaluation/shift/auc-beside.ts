// The AUC here beside the one that the run reached on its own test images: whether it has fallen by more than chance.
import type { Estimate } from "../estimate.js";
import type { OwnResult } from "./class-share.js";

export interface AucBeside {
  /** Of the run's own test images, with DeLong's interval; null where there is none. */
  readonly own: { readonly value: number; readonly low: number | null; readonly high: number | null };
  readonly here: Estimate;
  /** The whole interval here lies below the run's own value. */
  readonly isLower: boolean;
}

/** Null where one of the two is not known. */
export function besideOwnAuc(own: OwnResult | null, here: Estimate): AucBeside | null {
  if (own === null || own.auc.value === null || here.value === null) return null;
  const { value, low, high } = own.auc;
  return { own: { value, low, high }, here, isLower: here.interval !== null && here.interval.high < value };
}
