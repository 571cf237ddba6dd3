// What the server needs of a model and of images: given to it from outside, so that it is tested without either.
import type { GrayImage } from "../images/gray-image.js";
import type { ImageLimits } from "../images/image-limits.js";
import type { ModelReader } from "../reading/open-reader.js";

/** A model that scores images and shows where it looked. */
export type ServedModel = Pick<ModelReader, "contract" | "hasContract" | "read">;

/** A finding about an image, for people (`message`) and for programs (`code`). */
export interface Finding {
  readonly code: string;
  readonly message: string;
}

/** An image's bytes to grey pixels. @throws AppError that names the image */
export type ReadRadiograph = (
  bytes: Uint8Array,
  options: { readonly name: string; readonly limits: ImageLimits },
) => Promise<{ readonly image: GrayImage; readonly warnings: readonly Finding[] }>;

/** Whether an image is one that the model was made for. */
export type CheckScope = (image: GrayImage) => ScopeFinding;

export interface ScopeFinding {
  readonly inScope: boolean;
  readonly findings: readonly Finding[];
  /** From the images the model was made for; 1 is the limit. */
  readonly distance: number;
}
