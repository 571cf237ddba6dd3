// The weights a training starts from, as its arguments ask.
import { AppError } from "../../core/errors.js";
import { loadPretrained } from "../../interchange/load-pretrained.js";
import { pretrainedFile } from "../../interchange/weight-download/pretrained-cache.js";
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

/**
 * @param weightsFolder where fetched weights are kept
 * @throws AppError as `loadPretrained` and `pretrainedFile`; OPTION_INVALID for published weights of another width
 */
export async function startingWeights(
  { weights, fresh, seed, alpha }: RunArguments,
  entry: ZooEntry,
  graph: ModelGraph,
  weightsFolder: string,
): Promise<StartingWeights> {
  if (weights === "none") return { weights: initialWeights(graph, seed), origin: randomWeights };
  const isPublished = weights === "pretrained";
  if (isPublished && alpha !== 1) {
    throw new AppError(
      "OPTION_INVALID",
      `--weights: those that are fetched for ${entry.title} are of --alpha 1. Received --alpha ${alpha}. Give a file with --weights, or "none".`,
    );
  }
  const place = isPublished ? await pretrainedFile(entry, weightsFolder) : weights;
  const { firstHeadLayer, pretrained } = entry;
  const names = pretrained?.otherNames === undefined ? {} : { otherNames: pretrained.otherNames };
  const loaded = await loadPretrained({ graph, firstHeadLayer, place, fresh, seed, ...names });
  const { source, sha256, freshLayers } = loaded.provenance;
  const title = isPublished ? `${pretrained?.title}: ${source}` : source;
  return { weights: loaded.weights, origin: { title, sha256, fresh: freshLayers } };
}
