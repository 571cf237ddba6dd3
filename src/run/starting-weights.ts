// The weights a training starts from, as its settings ask.
import { AppError, factsOf } from "../core/errors.js";
import { loadPretrained } from "../interchange/load-pretrained.js";
import { pretrainedFile } from "../interchange/weight-download/pretrained-cache.js";
import { initialWeights } from "../model/initial-weights.js";
import { type TrainablePart, trainablePartText } from "../model/trainable-part.js";
import type { WeightMap } from "../model/weights.js";
import { randomWeights, type WeightsOrigin } from "../model/weights-origin.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import type { Stage } from "../training/stages.js";
import { runStages } from "./run-stages.js";
import type { RunSettings } from "./settings.js";

export interface StartingWeights {
  readonly weights: WeightMap;
  readonly origin: WeightsOrigin;
}

/**
 * @param weightsFolder where fetched weights are kept
 * @throws AppError as `loadPretrained` and `pretrainedFile`; OPTION_INVALID for published weights of another width, and for
 *   fresh layers that would stay random
 */
export async function startingWeights(
  settings: RunSettings,
  entry: ZooEntry,
  weightsFolder: string,
): Promise<StartingWeights> {
  const { weights, fresh, seed, alpha } = settings;
  const stages = runStages(settings, entry);
  const [{ graph }] = stages;
  if (weights === "none") return { weights: initialWeights(graph, seed), origin: randomWeights };
  const isPublished = weights === "pretrained";
  if (isPublished && alpha !== 1) {
    throw new AppError("OPTION_INVALID", {
      place: "weights",
      rule: `those that are fetched for ${entry.title} are of width 1`,
      received: `alpha ${alpha}`,
      remedy: 'Name a file, or "none"',
    });
  }
  const place = isPublished ? await pretrainedFile(entry, weightsFolder) : weights;
  const { firstHeadLayer, pretrained } = entry;
  const names = pretrained?.otherNames === undefined ? {} : { otherNames: pretrained.otherNames };
  const loaded = await loadPretrained({ graph, firstHeadLayer, place, fresh, seed, ...names }).catch(
    (thrown: unknown) => {
      throw withWords(thrown);
    },
  );
  const { source, sha256, freshLayers } = loaded.provenance;
  const title = isPublished ? `${pretrained?.title}: ${source}` : source;
  refuseFrozenFresh(fresh, stages, settings.trainFrom);
  return { weights: loaded.weights, origin: { title, sha256, fresh: freshLayers } };
}

/** A random layer that no stage trains spoils what all others have learned, and nothing would show it. */
function refuseFrozenFresh(
  fresh: readonly string[],
  stages: readonly [Stage, ...Stage[]],
  trainFrom: TrainablePart,
): void {
  const learning = new Set(stages.flatMap(({ graph }) => graph.nodes.filter((node) => node.trainable)).map(nameOf));
  const frozen = stages[0].graph.nodes.map(nameOf).filter((layer) => fresh.includes(layer) && !learning.has(layer));
  if (frozen.length === 0) return;
  throw new AppError("OPTION_INVALID", {
    place: "fresh",
    rule: "a layer that starts at random learns",
    received: `${frozen.join(", ")}, frozen by trainFrom ${trainablePartText(trainFrom)}`,
    remedy: `Give trainFrom ${frozen[0]}, or an earlier layer`,
  });
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** Other tools take words such as "imagenet" for weights: here they would be a file that is not there. */
function withWords(thrown: unknown): unknown {
  if (!(thrown instanceof AppError) || thrown.code !== "FILE_MISSING") return thrown;
  const remedy = 'Check the path: weights are a file, "pretrained" for the published ones, or "none"';
  return new AppError(thrown.code, { ...factsOf(thrown), remedy }, { cause: thrown });
}
