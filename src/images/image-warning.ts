// What a reader of a radiograph's score should know although the image could be read: an unusual view, a window that had
// to be guessed. Data, not text on a terminal; no message ever holds a value that could name or describe a patient.
import { type HeaderWarningCode, headerWarnings } from "./dicom/header-warnings.js";

/** Given while pixels and their encoding are read. */
const decodingWarnings = {
  WINDOW_AUTOMATIC: "neither VOI LUT nor window is usable, so the grey values' own range was taken",
  WINDOW_INVALID: "a window or its function breaks the standard",
  VOI_LUT_INVALID: "a VOI LUT breaks the standard",
  MODALITY_LUT_INVALID: "a modality LUT or a rescale slope breaks the standard",
  HEADER_INCOMPLETE: "the file lacks its preamble or the header that says how it is encoded",
  ENCODING_MISMATCH: "the pixels or the attributes are encoded otherwise than the file says",
} as const;

/** Given when a score is asked for, by what the model was trained on. */
const scoringWarnings = {
  AGE_OUTSIDE: "the patient is younger or older than everybody whom the model was trained on",
} as const;

/** Names a warning about an image; docs/dicom.md says when each is given. */
export type ImageWarningCode = HeaderWarningCode | keyof typeof decodingWarnings | keyof typeof scoringWarnings;

/** Every warning with one line on when it is given. docs/dicom.md has the list for users. */
export const imageWarningCatalogue: Readonly<Record<ImageWarningCode, string>> = {
  ...(Object.fromEntries(Object.entries(headerWarnings).map(([code, { when }]) => [code, when])) as Record<
    HeaderWarningCode,
    string
  >),
  ...decodingWarnings,
  ...scoringWarnings,
};

/**
 * Raise the number when a warning is given in other cases than before: caches keep the codes of warnings. A new code
 * changes it by itself.
 */
export const imageWarningsVersion = warningsVersion(imageWarningCatalogue);

export function warningsVersion(catalogue: Readonly<Record<string, string>>): string {
  return `warnings 2: ${Object.keys(catalogue).join()}`;
}

/** What a DICOM file says of itself that speaks against using its score. */
export interface ImageWarning {
  readonly code: ImageWarningCode;
  /** A sentence for the user, without the file's name and without data of the patient. */
  readonly message: string;
}
