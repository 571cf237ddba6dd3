// Weights that make both classes count equally in the loss.
import { AppError } from "../core/errors.js";
import { classNames, type Label } from "./sample.js";

/** Loss weight of each label, indexed by it. */
export type ClassWeights = readonly [normal: number, pneumonia: number];

/**
 * n / (2 n_c) for each class c, as scikit-learn's "balanced": 1.9448 and 0.6730 on the published train set.
 * @throws AppError DATASET_ONE_CLASS unless both labels occur
 */
export function classWeights(labels: Iterable<Label>): ClassWeights {
  const counts = [0, 0] as [number, number];
  for (const label of labels) counts[label] += 1;
  const [normal, pneumonia] = counts;
  if (normal === 0 || pneumonia === 0) {
    throw new AppError("DATASET_ONE_CLASS", {
      place: "class weights",
      rule: "both classes must occur",
      received: `${normal} ${classNames[0]} and ${pneumonia} ${classNames[1]} images`,
      remedy: "Add images of the missing class",
    });
  }
  const total = normal + pneumonia;
  return [total / (2 * normal), total / (2 * pneumonia)];
}
