// What is known of one labelled radiograph before its pixels are read.

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
  /** Patient key from the file name, e.g. `bacteria:23`, `IM:115`, `NORMAL2-IM:383`; the file's own name if it tells nothing. */
  readonly patient: string;
}
