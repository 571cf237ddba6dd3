// Strict comparison of weights with the model they are for: every weight matched by layer, name and shape, or one
// error that lists all that is missing, extra or misshapen. Deliberate partial loads are `match-pretrained.ts`.
import { AppError } from "../core/errors.js";
import type { ModelGraph } from "./model-graph.js";
import { type Shape, weightSpecsOf } from "./shapes.js";

/** How many differences an error lists before it only counts the rest. */
const listed = 12;

/** Weight name -> anything with a shape. */
export type DeclaredLayer = ReadonlyMap<string, { readonly shape: Shape }>;

/**
 * @param found layer name -> weight name -> anything with a shape.
 * @param place where the weights come from, for the message: a path.
 * @throws AppError WEIGHTS_MISMATCH
 */
export function matchWeights(graph: ModelGraph, found: ReadonlyMap<string, DeclaredLayer>, place: string): void {
  const expected = weightSpecsOf(graph);
  const differences: string[] = [];
  for (const [layer, specs] of expected) differences.push(...layerDifferences(layer, specs, found.get(layer)));
  for (const [layer, weights] of found) {
    if (expected.has(layer)) continue;
    for (const name of weights.keys()) differences.push(`${layer}/${name} is not in the model`);
  }
  if (differences.length === 0) return;
  const rule = `the weights are those of model "${graph.name}", by layer, name and shape`;
  throw mismatch({ place, rule, remedy: "Use the file of this model, or the model of this file" }, differences);
}

/** What is missing, misshapen or extra in one layer, a phrase each. */
export function layerDifferences(
  layer: string,
  specs: readonly { readonly name: string; readonly shape: Shape }[],
  received: DeclaredLayer | undefined,
): readonly string[] {
  const differences: string[] = [];
  for (const { name, shape } of specs) {
    const weight = received?.get(name);
    if (weight === undefined) differences.push(`${layer}/${name} [${shape.join(", ")}] is missing`);
    else if (weight.shape.join() !== shape.join()) {
      differences.push(`${layer}/${name} should be [${shape.join(", ")}], is [${weight.shape.join(", ")}]`);
    }
  }
  const names = new Set(specs.map((spec) => spec.name));
  for (const name of received?.keys() ?? []) {
    if (!names.has(name)) differences.push(`${layer}/${name} is not in the model`);
  }
  return differences;
}

interface Mismatch {
  readonly place: string;
  readonly rule: string;
  /** A sentence on what the file probably is, where one suggests itself. */
  readonly reason?: string | undefined;
  readonly remedy: string;
}

/** WEIGHTS_MISMATCH with the first differences and the number of the others. */
export function mismatch({ place, rule, reason, remedy }: Mismatch, differences: readonly string[]): AppError {
  const more = differences.length > listed ? `; and ${differences.length - listed} more` : "";
  return new AppError("WEIGHTS_MISMATCH", {
    place,
    rule: reason === undefined ? rule : `${rule}. ${reason}`,
    received: `differences: ${differences.slice(0, listed).join("; ")}${more}`,
    remedy,
  });
}
