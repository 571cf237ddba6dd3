// Exposure augmentation: detail, gamma, contrast and brightness, as if the image had been taken, processed and windowed
// otherwise. Part of the sound protocol: how strong an image's detail is tells the training classes apart by itself, and
// the published test images come from other machines than the training images (docs/study.md).
import type { Random } from "../../core/random.js";
import * as ops from "../../tensor/operators.js";
import { Tensor } from "../../tensor/tensor.js";
import { drawnFor } from "../data-parallel/batch-share.js";
import type { Augmentation, AugmentationPart } from "./augmentation.js";
import { geometryPart, percent, studyGeometry } from "./geometry.js";

/** What may happen to a training image's grey values, as a share of the whole range 0..1. Every value 0 switches its part off. */
export interface ExposureSettings {
  /** Gains of the detail are drawn from [1 / (1 + detail), 1 + detail], uniformly in their logarithm. */
  readonly detail: number;
  /** Exponents are drawn from [1 / (1 + gamma), 1 + gamma], uniformly in their logarithm. */
  readonly gamma: number;
  /** Factors about mid-grey are drawn uniformly from [1 - contrast, 1 + contrast]. */
  readonly contrast: number;
  /** Offsets are drawn uniformly from [-brightness, brightness]. */
  readonly brightness: number;
}

/** As far apart as radiographs of one view by different machines look. */
export const exposureVariation: ExposureSettings = { detail: 0.6, gamma: 0.5, contrast: 0.25, brightness: 0.1 };

export const exposure: Augmentation = {
  summary: "all of study and grey values",
  sentence:
    "Training images are rotated, zoomed, shifted and flipped at random, and vary in detail, gamma, contrast and brightness: other machines expose and process otherwise.",
  parts: [geometryPart(studyGeometry), exposurePart(exposureVariation)],
};

export function exposurePart(settings: ExposureSettings): AugmentationPart {
  const { detail, gamma, contrast, brightness } = settings;
  const factors = (range: number) => `${(1 / (1 + range)).toFixed(2)} to ${1 + range}`;
  return {
    description: `detail ${factors(detail)}, gamma ${factors(gamma)}, contrast ${percent(contrast)}, brightness ${percent(brightness)}`,
    stream: ["exposure"],
    apply(images, random, share) {
      const changes = drawnFor(share, () => drawExposure(random, settings));
      return changeExposure(images, changes);
    },
  };
}

/**
 * One drawn change, on grey values 0..1: first `coarse + gain * (value - coarse)`, where `coarse` is the image without what
 * is finer than a 28th of its side; then `(value ** exponent - 0.5) * factor + 0.5 + offset`; each kept within 0..1.
 */
export interface ExposureChange {
  readonly gain: number;
  readonly exponent: number;
  readonly factor: number;
  readonly offset: number;
}

/** Draws one change. Always takes four values from `random`, whatever the settings. */
export function drawExposure(random: Random, settings: ExposureSettings): ExposureChange {
  const spread = (range: number) => random.uniform(-range, range);
  return {
    gain: Math.exp(spread(Math.log1p(settings.detail))),
    exponent: Math.exp(spread(Math.log1p(settings.gamma))),
    factor: 1 + spread(settings.contrast),
    offset: spread(settings.brightness),
  };
}

/** Each image [n, 1, h, w] of grey values 0..255 under its own change; the result too is 0..255. */
export function changeExposure(images: Tensor, changes: readonly ExposureChange[]): Tensor {
  const { device } = images;
  const column = (values: readonly number[]) =>
    Tensor.fromArray(Float32Array.from(values), [changes.length, 1, 1, 1], device);
  const exponents = column(changes.map(({ exponent }) => exponent));
  const factors = column(changes.map(({ factor }) => 255 * factor));
  const offsets = column(changes.map(({ factor, offset }) => 255 * (0.5 - 0.5 * factor + offset)));
  const detailed = changeDetail(images, column(changes.map(({ gain }) => gain - 1)));
  const curved = ops.powTensorTensor(ops.mulScalar(detailed, 1 / 255), exponents);
  return ops.clamp(ops.addcmul(offsets, curved, factors), { min: 0, max: 255 }); // offset + curved * factor
}

/** Cells on a side of the coarse image. Eight pixels of 224: what is finer are ribs' edges, vessels and noise. */
const coarseCells = 28;

/** Each image [n, 1, h, w] with `extra` [n, 1, 1, 1] times its detail added, within 0..255. */
function changeDetail(images: Tensor, extra: Tensor): Tensor {
  const [, , height, width] = images.shape as [number, number, number, number];
  const cells = ops.adaptiveAvgPool2d(images, [coarseCells, coarseCells]); // [n, 1, 28, 28]
  const coarse = ops.upsampleBilinear2d(cells, [height, width], false); // [n, 1, h, w]
  const detail = ops.subTensor(images, coarse);
  return ops.clamp(ops.addcmul(images, detail, extra), { min: 0, max: 255 });
}
