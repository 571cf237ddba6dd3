// What can be said of a model of the registry without training it: facts, parameters, layers.
import { checkArgument } from "../core/check-options.js";
import type { ModelGraph } from "../model/model-graph.js";
import { type ParameterCounts, parameterCounts, summaryText } from "../model/summary.js";
import { withTrainablePart } from "../model/trainable-part.js";
import { findModel } from "../model/zoo/registry.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";

/** A model of the registry with its layers in words. */
export interface ModelDescription extends Omit<ZooEntry, "build"> {
  /** With the layers frozen that the default protocol freezes. */
  readonly parameters: ParameterCounts;
  /** Layer by layer, as Keras prints a model. */
  readonly summary: string;
}

/**
 * A model of the registry with its parameters and layers.
 *
 * @example
 * console.log(describeModel("custom").summary);
 *
 * @throws AppError MODEL_UNKNOWN
 */
export function describeModel(name: string, models?: readonly ZooEntry[]): ModelDescription {
  checkArgument("name", name, { rule: "a model's name", holds: (value) => typeof value === "string" });
  const { build, ...facts } = findModel(name, models);
  const graph = asTrained({ build, ...facts });
  return { ...facts, parameters: parameterCounts(graph), summary: summaryText(graph) };
}

function asTrained(entry: ZooEntry): ModelGraph {
  return withTrainablePart(entry.build(), entry.transfer.sound.trainable, entry.firstHeadLayer);
}
