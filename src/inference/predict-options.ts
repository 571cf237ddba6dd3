// What can be asked of `predict`, the same in Node and in the browser, and the refusal of what cannot.
import { AppError } from "../core/errors.js";
import { type HeatMapClass, heatMapClasses } from "../explain/heat-map-class.js";

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
  /** Ends the iteration with an error ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

const namedMaps = [...heatMapClasses, "both"] as const;

/**
 * @param hasMaps whether the classifier was opened with heat maps
 * @throws AppError OPTION_INVALID, NO_HEAT_MAP
 */
export function checkPredictOptions({ threshold, batchSize, heatMaps }: PredictOptions, hasMaps: boolean): void {
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
    throw optionInvalid("threshold", "a number from 0 to 1", threshold);
  }
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 1024)) {
    throw optionInvalid("batchSize", "a whole number from 1 to 1024", batchSize);
  }
  if (heatMaps === undefined || heatMaps === false) return;
  if (heatMaps !== true && !namedMaps.includes(heatMaps)) {
    throw optionInvalid("heatMaps", `true, false, ${namedMaps.join(", ")}`, heatMaps);
  }
  if (hasMaps) return;
  throw new AppError("NO_HEAT_MAP", {
    place: "heatMaps",
    rule: "the classifier was opened without heat maps",
    remedy: "Open it with them",
  });
}

export function optionInvalid(place: string, rule: string, received: unknown): AppError {
  return new AppError("OPTION_INVALID", { place, rule: `should be ${rule}`, received: JSON.stringify(received) });
}
