// What classifiers reach that cannot see lungs: logistic regression on 32x32 thumbnails, on their outer frame alone, on
// how strong the image's detail is, on the size of the file. A network must beat them clearly, or it has learned exposure,
// processing and framing.
import { stat } from "node:fs/promises";
import { inParallel } from "../dataset/in-parallel.js";
import { evaluate } from "../evaluation/evaluate.js";
import {
  type FeatureRows,
  scoreLogisticRegression,
  trainLogisticRegression,
} from "../evaluation/logistic-regression.js";
import type { Prediction } from "../evaluation/prediction.js";
import type { GrayImage } from "../images/gray-image.js";
import { resizeArea, resizeBilinear } from "../images/resize.js";
import type { ComparisonRow } from "../report/report-input.js";
import type { PixelArray } from "../training/image-batch.js";

const side = 32;
/** An eighth of the side: 12.5 % on each edge. */
const frameWidth = side / 8;

/** Images with their labels; those of `images` at `indices` are used. */
export interface LabelledPixels {
  readonly images: PixelArray;
  readonly indices: Int32Array;
  readonly labels: readonly (0 | 1)[];
}

/** What a floor is told of a set of images: a few numbers of each. */
export interface LabelledFeatures {
  readonly features: FeatureRows;
  readonly labels: readonly (0 | 1)[];
}

/** P(pneumonia) of each test image by logistic regression on the training images, [test images]. */
export function floorScores(training: LabelledFeatures, test: LabelledFeatures): Float64Array {
  return scoreLogisticRegression(trainLogisticRegression(training.features, training.labels), test.features);
}

/** Logistic regression on thumbnails, trained on one set, measured on another at threshold 0.5. */
export function thumbnailFloor(training: LabelledPixels, test: LabelledPixels): ComparisonRow {
  const part = (of: LabelledPixels): LabelledFeatures => ({ features: thumbnails(of), labels: of.labels });
  const scores = floorScores(part(training), part(test));
  const rows: Prediction[] = test.labels.map((label, i) => ({
    name: `${i}`,
    patient: `${i}`,
    label,
    score: scores[i] as number,
  }));
  const { metrics } = evaluate(rows, { resamples: 1 });
  return {
    title: `Logistic regression on ${thumbnailTitle}`,
    source: "trained on all of train/; sees no more than a thumbnail",
    accuracy: metrics.accuracy.value,
    sensitivity: metrics.sensitivity.value,
    specificity: metrics.specificity.value,
    auc: metrics.auc.value,
  };
}

export const thumbnailTitle = `${side}x${side} pixels`;
export const frameTitle = `Outer ${(100 * frameWidth) / side} % only`;
export const detailTitle = "Strength of detail only";
export const fileSizeTitle = "File size only";

/** Grey values of the images at 32x32, [images, 1024]. */
export function thumbnails(part: LabelledPixels): FeatureRows {
  const columns = side * side;
  const data = new Float64Array(part.indices.length * columns);
  for (const [row, image] of imagesOf(part).entries()) data.set(resizeArea(image, side, side).data, row * columns);
  return { columns, data };
}

/**
 * Logarithm of the mean square of what is finer than a 32nd of the side, [images, 1]: no place, no shape, one number for
 * how crisp a machine made the image.
 */
export function detailStrengths(part: LabelledPixels): FeatureRows {
  const data = imagesOf(part).map((image) => {
    const { width, height } = image;
    const coarse = resizeBilinear(resizeArea(image, side, side), width, height).data;
    const sum = image.data.reduce((total, value, i) => total + (value - (coarse[i] as number)) ** 2, 0);
    return Math.log(sum / (width * height) + 1);
  });
  return { columns: 1, data: Float64Array.from(data) };
}

function imagesOf({ images, indices }: LabelledPixels): GrayImage[] {
  const { pixels, size } = images;
  return Array.from(indices, (index) => ({
    width: size,
    height: size,
    data: pixels.subarray(index * size * size, (index + 1) * size * size),
  }));
}

/** The thumbnails' pixels within 12.5 % of an edge, [images, 448]. */
export function frames({ columns, data }: FeatureRows): FeatureRows {
  const isOutside = (place: number) => place < frameWidth || place >= side - frameWidth;
  const kept = Array.from({ length: columns }, (_, pixel) => pixel).filter(
    (pixel) => isOutside(pixel % side) || isOutside(Math.floor(pixel / side)),
  );
  const rows = data.length / columns;
  const frame = Float64Array.from({ length: rows * kept.length }, (_, i) => {
    const row = Math.floor(i / kept.length);
    return data[row * columns + (kept[i % kept.length] as number)] as number;
  });
  return { columns: kept.length, data: frame };
}

/** Logarithm of each file's bytes, [files, 1]. Throws system errors. */
export async function fileSizes(paths: readonly string[]): Promise<FeatureRows> {
  const data = new Float64Array(paths.length);
  await inParallel(paths, 64, async (path, i) => {
    data[i] = Math.log(Math.max(1, (await stat(path)).size));
  });
  return { columns: 1, data };
}
