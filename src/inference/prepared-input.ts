// One image that was asked about, decoded and prepared, or the reason why not. An image that cannot be read is a result too:
// it never ends the work. Who decodes is up to Node or the browser.
import { AppError, messageOf } from "../core/errors.js";
import { type ImageTraits, imageTraits } from "../images/appearance.js";
import type { GrayImage } from "../images/gray-image.js";
import { resize } from "../images/resize.js";
import type { ModelContract } from "../model/model-contract.js";
import type { PredictOptions } from "./predict-options.js";
import { type DecodedImage, type PreparedImage, prepareImage } from "./prepare-image.js";
import type { FailedResult } from "./result.js";

/** An image in memory, under the name that its result bears. */
export interface ImageBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface PreparedInput extends PreparedImage {
  readonly kind: "prepared";
  readonly name: string;
  /** The radiograph as it is shown, where it was asked for. */
  readonly shown: GrayImage | undefined;
  /** Where they were asked for. */
  readonly traits: ImageTraits | undefined;
}

/** Longer side of a radiograph that is shown: a full one has 20 MB as PNG. */
const longestSide = 1024;

/** Never rejects: what `decode` throws becomes a failed result. */
export async function prepareInput(
  name: string,
  decode: () => Promise<DecodedImage>,
  contract: Pick<ModelContract, "imageSize" | "interpolation" | "trainedOn">,
  { images = false, traits: wantsTraits = false }: Pick<PredictOptions, "images" | "traits">,
): Promise<PreparedInput | FailedResult> {
  try {
    const decoded = await decode();
    const shown = images ? shownSize(decoded.image) : undefined;
    const prepared = prepareImage(decoded, contract);
    const traits = wantsTraits ? traitsOf(prepared, decoded, contract) : undefined;
    return { kind: "prepared", name, ...prepared, shown, traits };
  } catch (thrown) {
    if (thrown instanceof AppError) return { kind: "failed", name, error: thrown };
    const facts = { place: name, rule: `cannot be decoded: ${messageOf(thrown)}`, remedy: "Replace the file" };
    return { kind: "failed", name, error: new AppError("IMAGE_UNREADABLE", facts, { cause: thrown }) };
  }
}

/** By which sets of images are compared. */
export const traitsOf = (
  { pixels: data }: PreparedImage,
  { image }: DecodedImage,
  { imageSize: side }: Pick<ModelContract, "imageSize">,
): ImageTraits => imageTraits({ width: side, height: side, data }, image);

function shownSize(image: GrayImage): GrayImage {
  const share = longestSide / Math.max(image.width, image.height);
  if (share >= 1) return image;
  const side = (length: number) => Math.max(1, Math.round(length * share));
  return resize(image, side(image.width), side(image.height), "area");
}
