// Augmentation of whole batches: every image is warped and exposed in its own way, drawn from streams that belong to
// one seed, purpose and epoch. What is drawn stands in augmentation.ts and intensity.ts.
import { Random } from "../core/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { type AugmentationSettings, drawTransform, studyAugmentation } from "./augmentation.js";
import { warpImages } from "./image-batch.js";
import { changeIntensity, drawIntensity, exposureVariation, type IntensitySettings } from "./intensity.js";

export interface AugmenterSettings {
  /** Null leaves the geometry as it is. */
  readonly augmentation: AugmentationSettings | null;
  /** Null leaves grey values as they are. */
  readonly intensity: IntensitySettings | null;
}

/** What a training may be augmented with, by the names the command line takes. */
export const augmentations = {
  none: { augmentation: null, intensity: null },
  study: { augmentation: studyAugmentation, intensity: null },
  exposure: { augmentation: studyAugmentation, intensity: exposureVariation },
} as const satisfies Readonly<Record<string, AugmenterSettings>>;

export type AugmentationName = keyof typeof augmentations;
export const augmentationNames = Object.keys(augmentations) as AugmentationName[];

export class Augmenter {
  readonly #settings: AugmenterSettings;
  readonly #geometry: Random;
  readonly #exposure: Random;

  /** @param stream seed, purpose and epoch: what tells this stream of draws from all others */
  constructor(settings: AugmenterSettings, ...stream: readonly (string | number)[]) {
    this.#settings = settings;
    this.#geometry = Random.of(...stream);
    this.#exposure = Random.of(...stream, "exposure");
  }

  /** The images [n, 1, h, w] with grey values 0..255, changed; takes the streams' next n draws. */
  apply(images: Tensor): Tensor {
    const { augmentation, intensity } = this.#settings;
    const [count, , height, width] = images.shape as [number, number, number, number];
    const each = Array.from({ length: count });
    const warped =
      augmentation === null
        ? images
        : warpImages(
            images,
            each.map(() => drawTransform(this.#geometry, augmentation, { height, width })),
          );
    if (intensity === null) return warped;
    return changeIntensity(
      warped,
      each.map(() => drawIntensity(this.#exposure, intensity)),
    );
  }
}
