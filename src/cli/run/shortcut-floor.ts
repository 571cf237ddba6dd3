// What classifiers reach that cannot see lungs: logistic regression on 32x32 thumbnails, on their outer frame alone, on
// the size of the file alone. A network must beat them clearly, or it has learned exposure and framing.
import { stat } from "node:fs/promises";
import { inParallel } from "../../dataset/in-parallel.js";
import { evaluate } from "../../evaluation/evaluate.js";
import {
  type FeatureRows,
  scoreLogisticRegression,
  trainLogisticRegression,
} from "../../evaluation/logistic-regression.js";
import type { Prediction } from "../../evaluation/prediction.js";
import { resizeArea } from "../../images/resize.js";
import type { ComparisonRow } from "../../report/report-input.js";
import type { PixelArray } from "../../training/image-batch.js";

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
export interface FloorPart {
  readonly features: FeatureRows;
  readonly labels: readonly (0 | 1)[];
}

/** P(pneumonia) of each test image by logistic regression on the training images, [test images]. */
export function floorScores(training: FloorPart, test: FloorPart): Float64Array {
  return scoreLogisticRegression(trainLogisticRegression(training.features, training.labels), test.features);
}

/** Logistic regression on thumbnails, trained on one set, measured on another at threshold 0.5. */
export function thumbnailFloor(training: LabelledPixels, test: LabelledPixels): ComparisonRow {
  const part = (of: LabelledPixels): FloorPart => ({ features: thumbnails(of), labels: of.labels });
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
    source: "trained on the same images; sees no lung detail",
    accuracy: metrics.accuracy.value,
    sensitivity: metrics.sensitivity.value,
    specificity: metrics.specificity.value,
    auc: metrics.auc.value,
  };
}

export const thumbnailTitle = `${side}x${side} pixels`;
export const frameTitle = `Outer ${(100 * frameWidth) / side} % only`;
export const fileSizeTitle = "File size only";

/** Grey values of the images at 32x32, [images, 1024]. */
export function thumbnails({ images, indices }: LabelledPixels): FeatureRows {
  const { pixels, size } = images;
  const columns = side * side;
  const data = new Float64Array(indices.length * columns);
  for (const [row, index] of indices.entries()) {
    const image = { width: size, height: size, data: pixels.subarray(index * size * size, (index + 1) * size * size) };
    data.set(resizeArea(image, side, side).data, row * columns);
  }
  return { columns, data };
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
