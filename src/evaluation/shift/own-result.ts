// What a run reached on its own test images: what its results elsewhere are measured against.

/** A measure with its 95 % interval, proportions 0..1; null where there was nothing to divide by. */
export interface OwnValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** At the model's threshold. */
export interface OwnResult {
  readonly auc: OwnValue;
  readonly sensitivity: OwnValue;
  readonly specificity: OwnValue;
  readonly threshold: number;
  /** Share of pneumonia among the test images, 0..1. */
  readonly pneumonia: number;
}
