// From a decoded radiograph to what a model takes, with what speaks against using its score. For Node and browsers: command
// line, server, page and evaluation prepare images here and nowhere else, so that they give one score.
import type { GrayImage } from "../images/gray-image.js";
import type { ImageWarning } from "../images/image-warning.js";
import { checkScope, type ScopeCheck, scopeView } from "../images/out-of-scope/check-scope.js";
import { resize } from "../images/resize.js";
import { type ModelContract, trainedAges } from "../model/model-contract.js";

/** A decoded image with what its file says of it. */
export interface DecodedImage {
  readonly image: GrayImage;
  /** What a DICOM file says of itself; other formats say nothing. */
  readonly warnings: readonly ImageWarning[];
}

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
  { image, warnings }: DecodedImage,
  { imageSize, interpolation, trainedOn }: Pick<ModelContract, "imageSize" | "interpolation" | "trainedOn">,
): PreparedImage {
  const resized = resize(image, imageSize, imageSize, interpolation);
  const told = warnings.filter(({ code }) => code !== "AGE_OUTSIDE" || isOfChildren(trainedOn));
  return { pixels: resized.data, warnings: told, scope: checkScope(scopeView(image, resized, interpolation)) };
}

/** A model that learnt from others than the published children is not warned of their absence. */
function isOfChildren(trainedOn: ModelContract["trainedOn"]): boolean {
  const ages = trainedAges(trainedOn);
  return ages !== null && ages[0] >= 1 && ages[1] <= 5;
}
