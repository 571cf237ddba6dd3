// What a classifier reaches that cannot see lungs: logistic regression on 32x32 thumbnails. A network must beat it
// clearly, or it has learned exposure and framing.
import { evaluate } from "../../evaluation/evaluate.js";
import { scoreLogisticRegression, trainLogisticRegression } from "../../evaluation/logistic-regression.js";
import type { Prediction } from "../../evaluation/prediction.js";
import { resizeArea } from "../../images/resize.js";
import type { ComparisonRow } from "../../report/report-input.js";
import type { PixelArray } from "../../training/image-batch.js";

const side = 32;

/** Images with their labels; all of `images` at `indices` are used. */
export interface LabelledPixels {
  readonly images: PixelArray;
  readonly indices: Int32Array;
  readonly labels: readonly (0 | 1)[];
}

/** Trained on one set, measured on another at threshold 0.5. */
export function thumbnailFloor(training: LabelledPixels, test: LabelledPixels): ComparisonRow {
  const model = trainLogisticRegression(thumbnails(training), training.labels);
  const scores = scoreLogisticRegression(model, thumbnails(test));
  const rows: Prediction[] = test.labels.map((label, i) => ({
    name: `${i}`,
    patient: `${i}`,
    label,
    score: scores[i] as number,
  }));
  const { metrics } = evaluate(rows, { resamples: 1 });
  return {
    title: `Logistic regression on ${side}x${side} pixels`,
    source: "trained on the same images; sees no lung detail",
    accuracy: metrics.accuracy.value,
    sensitivity: metrics.sensitivity.value,
    specificity: metrics.specificity.value,
    auc: metrics.auc.value,
  };
}

function thumbnails({ images, indices }: LabelledPixels): { columns: number; data: Float64Array } {
  const { pixels, size } = images;
  const columns = side * side;
  const data = new Float64Array(indices.length * columns);
  for (const [row, index] of indices.entries()) {
    const image = { width: size, height: size, data: pixels.subarray(index * size * size, (index + 1) * size * size) };
    data.set(resizeArea(image, side, side).data, row * columns);
  }
  return { columns, data };
}
