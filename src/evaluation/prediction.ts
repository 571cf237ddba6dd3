// The row of predictions.csv: every metric and figure derives from these.

export interface Prediction {
  /** The image's path inside the dataset. */
  readonly name: string;
  /** Patient key: rows of one patient are resampled together in bootstraps. */
  readonly patient: string;
  /** 0 = NORMAL, 1 = PNEUMONIA. */
  readonly label: 0 | 1;
  /** P(pneumonia), 0..1. */
  readonly score: number;
}
