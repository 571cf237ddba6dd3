// Brings two models' predictions of the same images into the same order, for the paired tests (McNemar, DeLong).
import { AppError } from "../core/errors.js";
import type { Prediction } from "./prediction.js";

/**
 * Both lists in the order of the first; rows are matched by split and name.
 * @throws AppError EVALUATION_INPUT where an image stands in one list only or carries another label there.
 */
export function pairByName(
  a: readonly Prediction[],
  b: readonly Prediction[],
): readonly [readonly Prediction[], readonly Prediction[]] {
  const keyOf = (row: Prediction) => `${row.split ?? ""}\n${row.name}`;
  const byName = new Map(b.map((row) => [keyOf(row), row]));
  const matched = a.map((row) => byName.get(keyOf(row)));
  const lost = a.find((row, i) => matched[i]?.label !== row.label);
  if (lost !== undefined || byName.size !== a.length) {
    const example = lost === undefined ? "" : `; the first image without its like is ${lost.name}`;
    throw new AppError("EVALUATION_INPUT", {
      place: "paired comparison",
      rule: "both models scored the same images with the same labels",
      received: `${a.length} and ${b.length} predictions${example}`,
      remedy: "Score one test set with both models",
    });
  }
  return [a, matched as readonly Prediction[]];
}
