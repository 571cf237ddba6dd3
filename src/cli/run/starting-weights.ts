// The weights a training starts from, as its arguments ask.
import { AppError } from "../../core/errors.js";
import { loadPretrained } from "../../interchange/load-pretrained.js";
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

/** @throws AppError as `loadPretrained`; OPTION_INVALID for published weights of a model that has none */
export async function startingWeights(
  { weights, fresh, seed }: RunArguments,
  entry: ZooEntry,
  graph: ModelGraph,
): Promise<StartingWeights> {
  if (weights === "none") return { weights: initialWeights(graph, seed), origin: randomWeights };
  if (weights === "pretrained") {
    throw new AppError(
      "OPTION_INVALID",
      `--weights: ${entry.title} needs a file of its published weights, or "none". Received "${weights}".`,
    );
  }
  const { firstHeadLayer } = entry;
  const loaded = await loadPretrained({ graph, firstHeadLayer, place: weights, fresh, seed });
  const { source, sha256, freshLayers } = loaded.provenance;
  return { weights: loaded.weights, origin: { title: source, sha256, fresh: freshLayers } };
}
