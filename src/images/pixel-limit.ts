// The rule for an option `maxPixels`, the same wherever there is one.
import { wholeNumber } from "../core/check-options.js";
import { maxPixelsRange } from "./image-limits.js";

export const aPixelLimit = wholeNumber(maxPixelsRange.min, maxPixelsRange.max);
