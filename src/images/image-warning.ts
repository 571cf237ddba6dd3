// What a reader of a radiograph's score should know although the image could be read: an unusual view, a window that had
// to be guessed. Data, not text on a terminal; no message ever holds a value that could name or describe a patient.

/** Every warning with one line on when it is given. docs/dicom.md has the list for users. */
export const imageWarningCatalogue = {
  VIEW_LATERAL: "the file says that it is a lateral view",
  FOR_PROCESSING: "the pixels are meant for further processing, not for reading",
  AGE_OUTSIDE: "the patient is not between 1 and 5 years old",
  MODALITY_OTHER: "the modality is not CR, DX or a secondary capture of one",
  BODY_PART_OTHER: "the file says that another part of the body than the chest was examined",
  ANNOTATION_BURNED_IN: "text is burned into the pixels",
  PIXELS_NOT_SQUARE: "the pixels are not square",
  WINDOW_AUTOMATIC: "neither VOI LUT nor window is usable, so the grey values' own range was taken",
  WINDOW_INVALID: "a window or its function breaks the standard",
  VOI_LUT_INVALID: "a VOI LUT breaks the standard",
  MODALITY_LUT_INVALID: "a modality LUT or a rescale slope breaks the standard",
  HEADER_INCOMPLETE: "the file lacks its preamble or the header that says how it is encoded",
  ENCODING_MISMATCH: "the pixels or the attributes are encoded otherwise than the file says",
} as const;

/**
 * Raise the number when a warning is given in other cases than before: caches keep the codes of warnings. A new code
 * changes it by itself.
 */
export const imageWarningsVersion = `warnings 1: ${Object.keys(imageWarningCatalogue).join()}`;

/** The stable name of a warning; docs/dicom.md lists them. */
export type ImageWarningCode = keyof typeof imageWarningCatalogue;

/** What a DICOM file says of itself that speaks against using its score. */
export interface ImageWarning {
  readonly code: ImageWarningCode;
  /** A sentence for the user, without the file's name and without data of the patient. */
  readonly message: string;
}
