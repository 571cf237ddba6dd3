// The row of predictions.csv: every metric and figure derives from these.
import type { Sex } from "../core/fact-cells.js";

/** A true label and the score a model gave it: all that most metrics read. */
export interface Scored {
  /** 0 = NORMAL, 1 = PNEUMONIA. */
  readonly label: 0 | 1;
  /** P(pneumonia), 0..1. */
  readonly score: number;
  /** The threshold of the model that gave the score, where rows of several models stand together; holds before a common one. */
  readonly threshold?: number;
}

/** What the dataset knew of an image beside its label and patient; each only where it is known. */
export interface PredictionFacts {
  /** The examination; studies of different patients may share a name. */
  readonly study?: string;
  readonly ageYears?: number;
  readonly sex?: Sex;
  /** As DICOM's ViewPosition: "PA", "AP", "LL", …; in capitals. */
  readonly view?: string;
  /** Where the image was made, such as a hospital. */
  readonly source?: string;
  /** What was found, finer than the label: "bacterial", "viral", … */
  readonly finding?: string;
}

export interface Prediction extends Scored, PredictionFacts {
  /** The image's path inside the dataset. */
  readonly name: string;
  /** Patient key: rows of one patient are resampled together in bootstraps. Null where nobody knows: then the row alone. */
  readonly patient: string | null;
  /** The part of the dataset the image stands in ("train", "val", "test"), where that is known. */
  readonly split?: string;
}
