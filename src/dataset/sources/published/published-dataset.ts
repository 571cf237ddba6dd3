// What is known of a published dataset: by which files it is recognised, and what its columns say of each image.
import type { ImageFacts, Label, SplitName } from "../../sample.js";
import type { LabelRow } from "../label-rows.js";

export interface PublishedDataset {
  /** As a user names it: "nih". */
  readonly name: string;
  readonly title: string;
  readonly files: readonly LabelFile[];
  /** What images are called in the label files, from a file's path with forward slashes. */
  readonly keyOfFile: (path: string) => string;
  /** Its images are DICOM files, whose headers say more of the patients than the label files do. */
  readonly isDicom?: true;
  /**
   * Every image of the label files, once.
   * @param files paths by role; of the roles that recognise the dataset at least one
   * @throws AppError LABELS_INVALID, FILE_MISSING
   */
  readonly images: (files: ReadonlyMap<string, string>) => AsyncIterable<PublishedImage>;
}

/** A file of the publisher's, looked for in the folder and two below it. */
export interface LabelFile {
  readonly role: string;
  readonly name: RegExp;
  /** Columns by which a file of labels is known to be the dataset's; absent for files that say more of its images. */
  readonly recognisedBy?: readonly string[];
}

export interface PublishedImage {
  readonly key: string;
  /** Why an image is neither normal nor pneumonia, or has a label that its publisher calls uncertain. */
  readonly label: Label | "uncertain" | { readonly leftOut: string };
  /** Lateral and other views are left out: the models are made for frontal ones. */
  readonly isFrontal: boolean;
  readonly patient: string | null;
  readonly split: SplitName | null;
  readonly facts: ImageFacts;
  /** Where the label stands. */
  readonly row: LabelRow;
}

export const otherFindings = { leftOut: "other findings, neither pneumonia nor normal" } as const;
export const noLabel = { leftOut: "nothing said of pneumonia, and not said to be normal" } as const;

/** The last name of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** The last name without what follows its last dot: datasets are passed on as DICOM, PNG and JPEG. */
export const stemOf = (path: string): string => nameOf(path).replace(/\.[^.]*$/, "");

/** Years that can be; undefined for the impossible ones that published files have. */
export function yearsOf(text: string): number | undefined {
  const years = /^\d+(\.\d+)?Y?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  return years <= 130 ? years : undefined;
}

const letters: Readonly<Record<string, "F" | "M" | "O">> = { f: "F", female: "F", m: "M", male: "M", o: "O" };

/** Undefined for "Unknown" and blanks. */
export const sexOf = (text: string): "F" | "M" | "O" | undefined => letters[text.toLowerCase()];

type Maybe<Facts> = { readonly [Name in keyof Facts]: Facts[Name] | undefined };

/** Only what is known. */
export const factsOf = (facts: Maybe<ImageFacts>): ImageFacts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== ""));
