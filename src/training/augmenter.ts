// Augmentation of whole batches: every image is warped and exposed in its own way, drawn from streams that belong to
// one seed, purpose and epoch. What is drawn stands in augmentation.ts and intensity.ts.
import { Random } from "../core/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { type AugmentationSettings, drawTransform } from "./augmentation.js";
import { warpImages } from "./image-batch.js";
import { changeIntensity, drawIntensity, type IntensitySettings } from "./intensity.js";

export interface AugmenterSettings {
  readonly augmentation: AugmentationSettings;
  /** Null leaves grey values as they are. */
  readonly intensity: IntensitySettings | null;
}

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
    const warped = warpImages(
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
