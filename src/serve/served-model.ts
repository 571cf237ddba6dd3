// What the server needs of a model and of images: given to it from outside, so that it is tested without either.
import type { GrayImage } from "../images/gray-image.js";
import type { ImageLimits } from "../images/image-limits.js";
import type { ScopeCheck } from "../images/out-of-scope/check-scope.js";
import type { Radiograph } from "../images/read-radiograph.js";
import type { ModelReader } from "../inference/open-model.js";

/** A model that scores images and shows where it looked. */
export type ServedModel = Pick<ModelReader, "contract" | "hasContract" | "read">;

/** An image's bytes to grey pixels. @throws AppError that names the image */
export type ReadRadiograph = (
  bytes: Uint8Array,
  options: { readonly name: string; readonly limits: ImageLimits },
) => Promise<Radiograph>;

/** Whether an image is one that the model was made for. */
export type CheckScope = (image: GrayImage) => ScopeCheck;
