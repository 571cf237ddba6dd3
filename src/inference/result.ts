// What becomes of an image that a model is asked about: a score with all that belongs beside it, or an error. The same in
// Node, in the browser and behind the server.
import { AppError } from "../core/errors.js";
import { type Call, callOf, type UnsureBand } from "../core/unsure-band.js";
import { isPositive } from "../evaluation/confusion.js";
import { type HeatMapClass, labelOfMap } from "../explain/heat-map-class.js";
import type { ImageTraits } from "../images/appearance.js";
import type { GrayImage } from "../images/gray-image.js";
import { type HeatMap, type HeatMapBatch, heatMapAt } from "../model/heat-map.js";
import type { ModelContract } from "../model/model-contract.js";
import type { Remarks } from "./prepare-image.js";

/**
 * What became of one image. `kind` tells which: a score with all that belongs beside it, or an error. A bad image never ends
 * the work.
 */
export type Result = ScoredResult | FailedResult;

/** An image that was scored. */
export interface ScoredResult extends Remarks {
  readonly kind: "scored";
  /** As the image was named; for files in a folder the path below it. */
  readonly name: string;
  /** The model's score, 0..1, higher for pneumonia: no chance that a patient has it. */
  readonly score: number;
  /** PNEUMONIA from the threshold on; UNSURE only where the model has a band of scores for that. */
  readonly label: Call;
  readonly threshold: number;
  /** Where the model looked; absent where no map was asked for, null where the model gives none. */
  readonly heatMap?: ClassHeatMap | null;
  /** One for each class; present where "both" were asked for, null where the model gives none. */
  readonly heatMaps?: ClassHeatMaps | null;
  /** The radiograph as it is shown, its longer side 1024 pixels at most; present where it was asked for. */
  readonly image?: GrayImage;
  /** The grey pixels that the model was given, [imageSize, imageSize]; present where they were asked for. */
  readonly pixels?: Uint8Array;
  /** How bright, rich in contrast, sharp, … and how large it is; present where it was asked for. */
  readonly traits?: ImageTraits;
}

/** An image that could not be read, with the reason; `error.code` is one of docs/errors.md. */
export interface FailedResult {
  readonly kind: "failed";
  readonly name: string;
  readonly error: AppError;
}

/** Grad-CAM for one class, 0..1: where the model looked, not where a disease is. */
export interface ClassHeatMap extends HeatMap {
  readonly class: "NORMAL" | "PNEUMONIA";
}

/** A heat map for each class. */
export type ClassHeatMaps = Readonly<Record<"NORMAL" | "PNEUMONIA", HeatMap>>;

/** What the model gave for one image. */
export interface ImageOutput {
  /** P(pneumonia). */
  readonly score: number;
  /** Of this one image, [1, 2, height, width]; null where the model gives none. */
  readonly heatMaps: HeatMapBatch | null;
}

export interface ResultOptions {
  readonly classes: ModelContract["classes"];
  readonly threshold: number;
  readonly unsure?: UnsureBand | undefined;
  /** The class whose heat map is wanted, or "both"; undefined for none. */
  readonly heatMaps: HeatMapClass | "both" | undefined;
}

/**
 * @param file the model's, for messages
 * @throws AppError MODEL_INVALID when the model gives no probability
 */
export function scoredResult(
  name: string,
  { score, heatMaps }: ImageOutput,
  remarks: Remarks,
  { classes, threshold, unsure, heatMaps: wanted }: ResultOptions,
  file: string,
): ScoredResult {
  if (!(score >= 0 && score <= 1)) {
    throw new AppError("MODEL_INVALID", {
      place: file,
      rule: "a model gives a probability from 0 to 1",
      received: `${score} for ${name}`,
      remedy: "Its weights are broken: train, export or copy it again",
    });
  }
  const isCalled = isPositive(score, threshold);
  const { warnings, scope } = remarks;
  const result = {
    kind: "scored",
    name,
    score,
    label: callOf(score, threshold, unsure),
    threshold,
    warnings,
    scope,
  } as const;
  if (wanted === undefined) return result;
  if (heatMaps === null) return { ...result, heatMap: null, ...(wanted === "both" && { heatMaps: null }) };
  const label = labelOfMap(wanted === "both" ? "called" : wanted, isCalled);
  const heatMap = { ...heatMapAt(heatMaps, 0, label), class: classes[label] };
  if (wanted !== "both") return { ...result, heatMap };
  return { ...result, heatMap, heatMaps: { NORMAL: heatMapAt(heatMaps, 0, 0), PNEUMONIA: heatMapAt(heatMaps, 0, 1) } };
}
