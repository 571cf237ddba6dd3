// Geometry augmentation: random rotation, shift, zoom and flip with the distributions and the geometry of Keras'
// ImageDataGenerator (2.15).
import type { Random } from "../../core/random.js";
import * as ops from "../../tensor/operators.js";
import { Tensor } from "../../tensor/tensor.js";
import { drawnFor } from "../data-parallel/batch-share.js";
import type { Augmentation, AugmentationPart } from "./augmentation.js";

/** How far an image may be moved. Every value 0 switches its part off. */
export interface GeometrySettings {
  /** Largest rotation to either side, degrees; drawn uniformly. */
  readonly rotationDegrees: number;
  /** Largest relative zoom: factors are drawn uniformly from [1 - zoom, 1 + zoom], one per axis, independently. In [0, 1). */
  readonly zoom: number;
  /** Largest shift along the rows' direction (columns move), as a fraction of the width; drawn uniformly to either side. */
  readonly shiftX: number;
  /** Largest shift along the columns' direction (rows move), as a fraction of the height. */
  readonly shiftY: number;
  /** Probability of a left-right flip, in [0, 1]. */
  readonly flipProbability: number;
}

/** The study's settings (rotation_range 30, zoom_range 0.2, width and height shift 0.1, horizontal_flip). */
export const studyGeometry: GeometrySettings = {
  rotationDegrees: 30,
  zoom: 0.2,
  shiftX: 0.1,
  shiftY: 0.1,
  flipProbability: 0.5,
};

export const study: Augmentation = {
  summary: "rotation, zoom, shift, flip",
  sentence: "Training images are rotated, zoomed, shifted and flipped at random, as in the study.",
  parts: [geometryPart(studyGeometry)],
};

/** "±10 %". */
export function percent(share: number): string {
  return `±${Number((100 * share).toFixed(1))} %`;
}

export function geometryPart(settings: GeometrySettings): AugmentationPart {
  const { rotationDegrees, zoom, shiftX, shiftY, flipProbability } = settings;
  const shifts = shiftX === shiftY ? percent(shiftX) : `${percent(shiftX)} across, ${percent(shiftY)} along`;
  const flip = flipProbability === 0 ? "" : ", horizontal flip";
  return {
    description: `rotation ±${rotationDegrees}°, zoom ${1 - zoom} to ${1 + zoom} per axis, shifts ${shifts}${flip}`,
    stream: [],
    apply(images, random, share) {
      const [, , height, width] = images.shape as [number, number, number, number];
      const transforms = drawnFor(share, () => drawTransform(random, settings, { height, width }));
      return warpImages(images, transforms);
    },
  };
}

/**
 * One drawn transform. It maps places of the result to places of the source, as Keras does: a zoom above 1 therefore
 * shows more of the source, smaller. Keras' names: theta, tx, ty, zx, zy, flip_horizontal; x runs along the columns.
 */
export interface Transform {
  readonly rotationDegrees: number;
  /** Pixels. */
  readonly shiftX: number;
  /** Pixels. */
  readonly shiftY: number;
  readonly zoomX: number;
  readonly zoomY: number;
  /** Left-right, applied after everything else. */
  readonly flip: boolean;
}

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Draws one transform. Always takes the same number of values from `random`, so streams stay aligned whatever the settings.
 *
 * Keras takes tx from height_shift_range times the height although tx moves columns; with equal ranges and square
 * images, as in the study, that is the same distribution as here.
 */
export function drawTransform(random: Random, settings: GeometrySettings, size: ImageSize): Transform {
  const spread = (range: number) => random.uniform(-range, range);
  return {
    rotationDegrees: spread(settings.rotationDegrees),
    shiftX: spread(settings.shiftX) * size.width,
    shiftY: spread(settings.shiftY) * size.height,
    zoomX: 1 + spread(settings.zoom),
    zoomY: 1 + spread(settings.zoom),
    flip: random.uniform() < settings.flipProbability,
  };
}

/** Row-major 2x3: `[xx, xy, x1, yx, yy, y1]`, so that x_in = xx * x_out + xy * y_out + x1, and y_in likewise. */
export type AffineMatrix = readonly [number, number, number, number, number, number];

/**
 * The matrix for torch's `affine_grid_generator` and `grid_sampler`, both with align_corners = false, bilinear
 * interpolation and border padding: with it they give the image that Keras' `apply_transform` gives (fill_mode "nearest").
 *
 * In pixels from the centre (index - (size / 2 - 0.5)), source = rotation * shift * zoom * flip * result. With
 * align_corners = false, normalised coordinates are those pixels divided by size / 2, centre at 0, which is exactly
 * Keras' centre; so only the off-diagonal terms feel the aspect ratio. Outside, both clamp to the border pixel.
 */
export function inverseAffine(transform: Transform, height: number, width: number): AffineMatrix {
  const radians = (transform.rotationDegrees * Math.PI) / 180;
  const cos = Math.cos(radians);
  const sin = Math.sin(radians);
  const { shiftX, shiftY, zoomY } = transform;
  const zoomX = transform.flip ? -transform.zoomX : transform.zoomX;
  const halfWidth = width / 2;
  const halfHeight = height / 2;
  return [
    cos * zoomX,
    (-sin * zoomY * halfHeight) / halfWidth,
    (cos * shiftX - sin * shiftY) / halfWidth,
    (sin * zoomX * halfWidth) / halfHeight,
    cos * zoomY,
    (sin * shiftX + cos * shiftY) / halfHeight,
  ];
}

/** Each image [n, 1, h, w] under its own transform: bilinear, places outside take the nearest border pixel. */
function warpImages(images: Tensor, transforms: readonly Transform[]): Tensor {
  const [count, channels, height, width] = images.shape as [number, number, number, number];
  const matrices = transforms.flatMap((transform) => inverseAffine(transform, height, width));
  const theta = Tensor.fromArray(Float32Array.from(matrices), [count, 2, 3], images.device);
  const grid = ops.affineGridGenerator(theta, [count, channels, height, width], false);
  const bilinear = 0;
  const border = 1;
  return ops.gridSampler(images, grid, bilinear, border, false);
}
