// What is known of one labelled radiograph before its pixels are read.
import type { Sex } from "../core/fact-cells.js";

/** Class names as the Kaggle tree spells its folders. Label 1 is PNEUMONIA, so every model's sigmoid is P(pneumonia). */
export const classNames = ["NORMAL", "PNEUMONIA"] as const;
export type ClassName = (typeof classNames)[number];
/** 0 = NORMAL, 1 = PNEUMONIA. */
export type Label = 0 | 1;

/** The three parts of the published dataset's tree. */
export const splitNames = ["train", "val", "test"] as const;
/** One part of the dataset's tree: "train", "val" or "test". */
export type SplitName = (typeof splitNames)[number];

export interface Sample {
  /** Absolute path of the image file. */
  readonly path: string;
  /** Path inside the dataset with forward slashes, unique in it: the sample's name in every table. */
  readonly name: string;
  readonly split: SplitName;
  readonly label: Label;
  /** Who is on it: two images of one key show one person. Null where nobody knows; such an image is never called a patient. */
  readonly patient: string | null;
  /** What else is known of it; a folder tells nothing. */
  readonly facts?: ImageFacts;
}

/** What a manifest may say of an image beside its label. */
export interface ImageFacts {
  /** The examination that it belongs to; studies of different patients may share a name. */
  readonly study?: string;
  readonly ageYears?: number;
  readonly sex?: Sex;
  /** As DICOM's ViewPosition: "PA", "AP", "LL", …; in capitals. */
  readonly view?: string;
  /** An ISO 8601 date, "2024-03-14". */
  readonly acquired?: string;
  /** Where it was made, such as a hospital. */
  readonly source?: string;
  /** What was found, finer than the label: "bacterial", "viral", … */
  readonly finding?: string;
  /** Cells of other columns by the column's name; only those that are not empty. */
  readonly others?: Readonly<Record<string, string>>;
}
