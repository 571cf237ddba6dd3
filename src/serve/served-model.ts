// What the server needs of a model and of images: given to it from outside, so that it is tested without either.
import type { GrayImage } from "../images/gray-image.js";
import type { ImageLimits } from "../images/image-limits.js";
import type { ReadingContract } from "../model/reading-contract.js";

/** The model's contract; `operation` says what its threshold amounts to, test before validation. */
export type ServedContract = ReadingContract & { readonly operation?: readonly MeasuredOperation[] };

export interface MeasuredOperation {
  readonly split: "validation" | "test";
  readonly threshold: number;
  readonly images: number;
  readonly sensitivity: MeasuredValue;
  readonly specificity: MeasuredValue;
}

/** A proportion with its 95 % interval. */
export interface MeasuredValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/** A model that scores images and shows where it looked. */
export interface ServedModel {
  readonly contract: ServedContract;
  /** False for files by others, whose contract is assumed. */
  readonly hasContract: boolean;
  /** @param images grey bytes of n images, [n, imageSize, imageSize] */
  read(images: Uint8Array): Promise<ModelAnswer>;
}

export interface ModelAnswer {
  /** P(pneumonia) of each image, [n]. */
  readonly scores: Float32Array;
  /** Grad-CAM of each image and class, [n, 2, height, width] in label order, 0..1; null where the model gives none. */
  readonly heatmaps: HeatMaps | null;
}

export interface HeatMaps {
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** A finding about an image, for people (`message`) and for programs (`code`). */
export interface Finding {
  readonly code: string;
  readonly message: string;
}

/** An image's bytes to grey pixels. @throws AppError that names the image */
export type ReadRadiograph = (
  bytes: Uint8Array,
  options: { readonly name: string; readonly limits: ImageLimits },
) => Promise<{ readonly image: GrayImage; readonly warnings: readonly Finding[] }>;

/** Whether an image is one that the model was made for. */
export type CheckScope = (image: GrayImage) => ScopeFinding;

export interface ScopeFinding {
  readonly inScope: boolean;
  readonly findings: readonly Finding[];
}
