// What can be asked of `predict`, the same in Node and in the browser, and the refusal of what cannot.
import {
  aBoolean,
  aFraction,
  aSignal,
  checkOptions,
  type OptionRules,
  oneOf,
  wholeNumber,
} from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { type HeatMapClass, heatMapClasses } from "../explain/heat-map-class.js";
import { aPixelLimit } from "../images/pixel-limit.js";

/** How images are scored, and what comes with their scores. */
export interface PredictOptions {
  /** Scores of at least this are called pneumonia; default the model's own. 0..1. */
  readonly threshold?: number | undefined;
  /** Images that go through the network together, 1..1024; default 4 in Node, 1 in a browser. */
  readonly batchSize?: number | undefined;
  /**
   * Whether results carry a heat map, and for which class: true means the class that was called. "both" adds
   * `heatMaps` with one for each class. Default false.
   */
  readonly heatMaps?: boolean | HeatMapClass | "both" | undefined;
  /** Whether results carry the radiograph as it is shown, its longer side 1024 pixels at most. Default false. */
  readonly images?: boolean | undefined;
  /** Whether results carry the pixels that the model was given. Default false. */
  readonly pixels?: boolean | undefined;
  /** Whether results carry the numbers by which sets of images are compared, as `watchShift` takes them. Default false. */
  readonly traits?: boolean | undefined;
  /**
   * Pixels that an image may have, 10,000..1,000,000,000; default 100 million. Larger ones, and ones that take too much
   * memory or time in proportion to it, are failed results.
   */
  readonly maxPixels?: number | undefined;
  /** Ends the iteration with an error ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

const optionRules: OptionRules<PredictOptions> = {
  threshold: aFraction,
  batchSize: wholeNumber(1, 1024),
  heatMaps: oneOf([true, false, ...heatMapClasses, "both"]),
  images: aBoolean,
  pixels: aBoolean,
  traits: aBoolean,
  maxPixels: aPixelLimit,
  signal: aSignal,
};

/**
 * @param hasMaps whether the classifier was opened with heat maps
 * @throws AppError OPTION_INVALID, NO_HEAT_MAP
 */
export function checkPredictOptions(options: PredictOptions, hasMaps: boolean): void {
  checkOptions("predict", options, optionRules);
  if (hasMaps || options.heatMaps === undefined || options.heatMaps === false) return;
  throw new AppError("NO_HEAT_MAP", {
    place: "heatMaps",
    rule: "the classifier was opened without heat maps",
    remedy: "Open it with them",
  });
}
