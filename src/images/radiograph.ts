// What every decoder of a whole file gives: grey pixels and what a reader of their score should know.
import type { GrayImage } from "./gray-image.js";
import type { ImageWarning } from "./image-warning.js";

export interface Radiograph {
  readonly image: GrayImage;
  readonly warnings: readonly ImageWarning[];
}
