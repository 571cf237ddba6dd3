// Strict comparison of weights with the model they are for: every weight matched by layer, name and shape, or one
// error that lists all that is missing, extra or misshapen. There is no partial load.
import { AppError } from "../core/errors.js";
import type { ModelGraph } from "./model-graph.js";
import { type Shape, weightSpecsOf } from "./shapes.js";

/** How many differences an error lists before it only counts the rest. */
const listed = 12;

/**
 * @param found layer name -> weight name -> anything with a shape.
 * @param place where the weights come from, for the message: a path.
 * @throws AppError WEIGHTS_MISMATCH
 */
export function matchWeights(
  graph: ModelGraph,
  found: ReadonlyMap<string, ReadonlyMap<string, { readonly shape: Shape }>>,
  place: string,
): void {
  const expected = weightSpecsOf(graph);
  const differences: string[] = [];
  for (const [layer, specs] of expected) {
    const ofLayer = found.get(layer);
    for (const { name, shape } of specs) {
      const received = ofLayer?.get(name);
      if (received === undefined) differences.push(`${layer}/${name} [${shape.join(", ")}] is missing`);
      else if (received.shape.join() !== shape.join()) {
        differences.push(`${layer}/${name} should be [${shape.join(", ")}], is [${received.shape.join(", ")}]`);
      }
    }
  }
  for (const [layer, weights] of found) {
    const names = new Set(expected.get(layer)?.map((spec) => spec.name));
    for (const name of weights.keys()) if (!names.has(name)) differences.push(`${layer}/${name} is not in the model`);
  }
  if (differences.length === 0) return;
  const more = differences.length > listed ? `; and ${differences.length - listed} more` : "";
  throw new AppError(
    "WEIGHTS_MISMATCH",
    `${place}: the weights are those of model "${graph.name}", by layer, name and shape. Received differences: ` +
      `${differences.slice(0, listed).join("; ")}${more}. Use the file of this model, or the model of this file.`,
  );
}
