// What a file's header says of it that makes a score of any model doubtful: view, modality, body part, processing.
// One row each: the catalogue, caches and the API's schema follow from the table. Such attributes are optional and often
// wrong, so they warn and never refuse. Values from the file are not repeated, except those of short closed lists: any text
// field can hold a patient's name.
import type { Attributes } from "./attributes.js";

export interface HeaderWarning {
  /** For the catalogue, in one line: when it is given. */
  readonly when: string;
  /** A sentence for the user where the header calls for one, without data of the patient. */
  readonly messageFor: (header: Attributes) => string | undefined;
}

const lateralViews = ["LL", "RL", "LLD", "RLD", "LATERAL", "LAT", "XTABLE LAT"];
/** Computed and digital radiography, secondary captures and what archives call "other". */
const radiographModalities = ["CR", "DX", "RG", "OT", "SC", ""];
const otherModalities = ["CT", "MR", "US", "MG", "NM", "PT", "XA", "RF", "IO", "PX", "ES", "XC", "SR", "SEG", "DOC"];
const chestParts = /CHEST|THORA|LUNG/;

/** The rows in the order in which warnings are told. */
export const headerWarnings = {
  VIEW_LATERAL: {
    when: "the file says that it is a lateral view",
    messageFor: (header) =>
      lateralViews.includes(header.text("ViewPosition"))
        ? "The file says that it is a lateral view; the models were trained on frontal ones."
        : undefined,
  },
  FOR_PROCESSING: {
    when: "the pixels are meant for further processing, not for reading",
    messageFor: (header) =>
      header.text("PresentationIntentType") === "FOR PROCESSING"
        ? "The pixels are FOR PROCESSING; the models were trained on images as shown to readers."
        : undefined,
  },
  MODALITY_OTHER: {
    when: "the modality is not CR, DX or a secondary capture of one",
    messageFor(header) {
      const modality = header.text("Modality");
      if (radiographModalities.includes(modality)) return undefined;
      const what = otherModalities.includes(modality) ? modality : "another one";
      return `The modality should be CR, DX or a secondary capture; the file says ${what}.`;
    },
  },
  BODY_PART_OTHER: {
    when: "the file says that another part of the body than the chest was examined",
    messageFor(header) {
      const bodyPart = header.text("BodyPartExamined");
      return bodyPart !== "" && !chestParts.test(bodyPart)
        ? "The file says that another part of the body than the chest was examined."
        : undefined;
    },
  },
  ANNOTATION_BURNED_IN: {
    when: "text is burned into the pixels",
    messageFor: (header) =>
      header.text("BurnedInAnnotation") === "YES"
        ? "Text is burned into the pixels; it can name the patient and sway the score."
        : undefined,
  },
  PIXELS_NOT_SQUARE: {
    when: "the pixels are not square",
    messageFor: (header) =>
      hasSquarePixels(header) ? undefined : "The pixels are not square; the image is resized as if they were.",
  },
} as const satisfies Readonly<Record<string, HeaderWarning>>;

export type HeaderWarningCode = keyof typeof headerWarnings;

/** The table's warnings of a header. */
export function warningsOf<Code extends string>(header: Attributes, table: Readonly<Record<Code, HeaderWarning>>) {
  return Object.entries<HeaderWarning>(table).flatMap(([code, { messageFor }]) => {
    const message = messageFor(header);
    return message === undefined ? [] : [{ code: code as Code, message }];
  });
}

function hasSquarePixels(attributes: Attributes): boolean {
  for (const keyword of ["PixelAspectRatio", "PixelSpacing", "ImagerPixelSpacing"] as const) {
    const [vertical = 1, horizontal = 1] = attributes.decimals(keyword);
    if (vertical > 0 && horizontal > 0) return Math.abs(vertical / horizontal - 1) < 0.01;
  }
  return true;
}
