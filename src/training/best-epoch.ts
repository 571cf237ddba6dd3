// Which epoch's weights are the result: the latest whose validation AUC is within one standard error of the highest.
// Differences within that are chance; among equals later epochs, trained at lower rates, are steadier.

/** The highest validation AUC so far with its standard error. */
export interface HighestAuc {
  readonly auc: number;
  readonly error: number;
}

/** Null where an AUC is not defined. */
export interface MeasuredAuc {
  readonly auc: number | null;
  readonly aucError: number | null;
}

/** The highest after an epoch, null as long as there is none. */
export function higherAuc(highest: HighestAuc | null, { auc, aucError }: MeasuredAuc): HighestAuc | null {
  if (auc === null || (highest !== null && auc <= highest.auc)) return highest;
  return { auc, error: aucError ?? 0 };
}

/** Whether an epoch's weights are kept. @param highest that epoch's own AUC included */
export function isAmongBest({ auc }: MeasuredAuc, highest: HighestAuc | null): boolean {
  return highest === null || (auc !== null && auc >= highest.auc - highest.error);
}
