// The randomisation check of a trained model on some images: its maps beside those of the same network with weights drawn
// again.

import {
  compareMaps,
  judgeRandomisation,
  type MapAgreement,
  type Randomisation,
  type RandomisationCheck,
  randomDraws,
  randomisedWeights,
} from "../explain/randomisation-check.js";
import { gradCamLayerOf } from "../model/grad-cam-layer.js";
import type { HeatMapBatch } from "../model/heat-map.js";
import { type OpenModelOptions, openTrainedModel } from "./open-model.js";
import type { TrainedModel } from "./read-trained-model.js";

/** Images that are enough to tell; each goes through the network six times more. */
export const mostChecked = 16;

/**
 * @param images grey, [n, size, size]
 * @param maps of these images by the trained model
 * @throws AppError as `openTrainedModel` and `InferenceModel.run`
 */
export async function checkMaps(
  model: TrainedModel,
  images: Uint8Array,
  maps: HeatMapBatch,
  options: Pick<OpenModelOptions, "threads" | "runtime" | "heatMapMethod"> = {},
): Promise<RandomisationCheck> {
  const agreement = async (randomised: Randomisation, seed: number): Promise<MapAgreement> => {
    const target = gradCamLayerOf(model.graph) ?? model.graph.output;
    const weights = randomisedWeights(model.graph, model.weights, target, { randomised, seed });
    const opened = await openTrainedModel({ ...model, weights }, options);
    const { heatMaps } = await opened.run(images).finally(() => opened.dispose());
    return heatMaps === null ? { agreement: null, images: 0, chance: null } : compareMaps(maps, heatMaps);
  };
  const draws = { head: [] as MapAgreement[], all: [] as MapAgreement[] };
  for (let seed = 1; seed <= randomDraws; seed++) {
    for (const randomised of ["head", "all"] as const) draws[randomised].push(await agreement(randomised, seed));
  }
  return judgeRandomisation(draws);
}
