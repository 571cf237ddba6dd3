// An image at 32x32 pixels, whatever its size: by this look copies are told. It is made as an image is decoded and kept beside its
// pixels, so that it does not depend on the size that a model is trained at.
import type { GrayImage } from "../../images/gray-image.js";
import { resizeArea } from "../../images/resize.js";

/** Raise when the same image gives another look: caches hold looks. */
export const lookVersion = "look 1";

/** Pixels of a side. */
export const lookSide = 32;
/** Bytes of one look. */
export const lookBytes = lookSide * lookSide;

/** [32, 32], 8-bit grey: the mean over each part of the image. */
export const lookOf = (image: GrayImage): Uint8Array => resizeArea(image, lookSide, lookSide).data;
