// The weights a training starts from, as its arguments ask.
import { AppError } from "../../core/errors.js";
import { initialWeights } from "../../model/initial-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { WeightMap } from "../../model/weights.js";
import { randomWeights, type WeightsOrigin } from "../../model/weights-origin.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import type { RunArguments } from "./run-arguments.js";

export interface StartingWeights {
  readonly weights: WeightMap;
  readonly origin: WeightsOrigin;
}

/** @throws AppError OPTION_INVALID for published weights of a model that has none */
export async function startingWeights(
  args: RunArguments,
  entry: ZooEntry,
  graph: ModelGraph,
): Promise<StartingWeights> {
  if (args.weights === "none") return { weights: initialWeights(graph, args.seed), origin: randomWeights };
  throw new AppError("OPTION_INVALID", `--weights: ${entry.title} takes "none". Received "${args.weights}".`);
}
