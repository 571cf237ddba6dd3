// What decoding gives: the grey picture, and what its file says that matters.
import type { GrayImage } from "./gray-image.js";
import type { ImageWarning } from "./image-warning.js";

export interface Radiograph {
  readonly image: GrayImage;
  /** What a reader of its score should know; empty for JPEG and PNG, which say nothing of themselves. */
  readonly warnings: readonly ImageWarning[];
  /** The patient's, by a DICOM header; absent where nothing says it. Kept out of every result. */
  readonly ageYears?: number;
}
