// What the server needs of a model and of images: given to it from outside, so that it is tested without either.
import type { ImageLimits } from "../images/image-limits.js";
import type { InferenceModel } from "../inference/inference-model.js";
import type { DecodedImage } from "../inference/prepare-image.js";

/** A model that scores images and shows where it looked. */
export type ServedModel = Pick<InferenceModel, "contract" | "hasContract" | "run">;

/** An image's bytes to grey pixels. @throws AppError that names the image */
export type DecodeRadiograph = (
  bytes: Uint8Array,
  options: { readonly name: string; readonly limits: Partial<ImageLimits>; readonly signal?: AbortSignal | undefined },
) => Promise<DecodedImage>;
