// An open model as everything above it sees it: grey images in, scores and heat maps out. For Node and browsers.
import { AppError } from "../core/errors.js";
import type { HeatMapBatch } from "../model/heat-map.js";
import type { ModelContract } from "../model/model-contract.js";
import type { Assumption } from "./foreign-model.js";

/** A model file in memory. */
export interface NamedBytes {
  /** For messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface InferenceModel {
  readonly contract: ModelContract;
  /** The file that was opened. */
  readonly file: string;
  /** False for files by Keras itself, whose scaling and threshold are then assumptions to be shown. */
  readonly hasContract: boolean;
  /** What such a file is taken for; null or absent where it says so itself. */
  readonly assumed?: Assumption | null;
  /**
   * @param images n grey images of `contract.imageSize`, row-major, [n, size, size]; many at once need much memory
   * @throws AppError OPTION_INVALID for another number of bytes, MODEL_INVALID when the model cannot be run
   */
  run(images: Uint8Array): Promise<ModelOutput>;
  /** Waits for what was asked for. */
  dispose(): Promise<void>;
}

/** What a model gave for one batch. */
export interface ModelOutput {
  /** P(pneumonia) as the model gives it, [n]. */
  readonly scores: Float32Array;
  /** Null where the model has none or none were asked for. */
  readonly heatMaps: HeatMapBatch | null;
}

/** @throws AppError OPTION_INVALID unless these are whole images, [n, size, size] */
export function checkImageBytes(images: Uint8Array, imageSize: number): void {
  if (images.length > 0 && images.length % imageSize ** 2 === 0) return;
  throw new AppError("OPTION_INVALID", {
    place: "images",
    rule: `whole images of ${imageSize} x ${imageSize} bytes`,
    received: `${images.length} bytes`,
    remedy: "Resize them to the contract's size",
  });
}
