// From a decoded radiograph to what a model takes, with what speaks against using its score. For Node and browsers: command
// line, server, page and evaluation prepare images here and nowhere else, so that they give one score.
import type { ImageWarning } from "../images/image-warning.js";
import { checkScope, type ScopeCheck, scopeView } from "../images/out-of-scope/check-scope.js";
import type { Radiograph } from "../images/radiograph.js";
import { resize } from "../images/resize.js";
import type { ModelContract } from "../model/model-contract.js";
import { ageOutside } from "./age-outside.js";

/** A decoded image with what its file says of it. */
export type DecodedImage = Radiograph;

/** What is told beside a score. */
export interface Remarks {
  readonly warnings: readonly ImageWarning[];
  /** Whether the image looks like an upright frontal chest radiograph; it is scored all the same. */
  readonly scope: ScopeCheck;
}

export interface PreparedImage extends Remarks {
  /** As the model takes it, [imageSize, imageSize]. */
  readonly pixels: Uint8Array;
}

export function prepareImage(
  { image, warnings, ageYears }: DecodedImage,
  { imageSize, interpolation, trainedOn }: Pick<ModelContract, "imageSize" | "interpolation" | "trainedOn">,
): PreparedImage {
  const resized = resize(image, imageSize, imageSize, interpolation);
  const told = [...warnings, ...ageOutside(ageYears, trainedOn)];
  return { pixels: resized.data, warnings: told, scope: checkScope(scopeView(image, resized, interpolation)) };
}
