// What a threshold was measured to do, as model files carry it.

/** A proportion or AUC with its 95 % interval; null where there was nothing to divide by. */
export interface MeasuredValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Images in the denominator. */
  readonly n: number;
}

/** "local": patients that the model was recalibrated on, each left out in turn. */
export const operationSplits = ["test", "validation", "local"] as const;
/** One of `operationSplits`. */
export type OperationSplit = (typeof operationSplits)[number];

/** What the model's threshold amounts to on one split of its dataset. */
export interface MeasuredOperation {
  readonly split: OperationSplit;
  /** Scores of at least this were called pneumonia. */
  readonly threshold: number;
  readonly images: number;
  /** Wilson's intervals, by patient. */
  readonly sensitivity: MeasuredValue;
  readonly specificity: MeasuredValue;
  /** Obuchowski's interval, by patient. */
  readonly auc: MeasuredValue;
}

/** Whether a value read from a file is one: every field is there with its type. */
export function isMeasuredOperation(value: unknown): value is MeasuredOperation {
  const operation = (value ?? {}) as Partial<MeasuredOperation>;
  return (
    operationSplits.some((split) => split === operation.split) &&
    Number.isFinite(operation.threshold) &&
    Number.isInteger(operation.images) &&
    [operation.sensitivity, operation.specificity, operation.auc].every(isMeasuredValue)
  );
}

function isMeasuredValue(value: unknown): value is MeasuredValue {
  const measured = (value ?? {}) as Partial<MeasuredValue>;
  const isShare = (share: unknown) => share === null || (typeof share === "number" && share >= 0 && share <= 1);
  return [measured.value, measured.low, measured.high].every(isShare) && Number.isInteger(measured.n);
}
