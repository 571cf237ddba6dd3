// For the report: where the model looked in the images that it got most wrong, and whether its maps pass the
// randomisation check on them.

import { overlay } from "../explain/overlay.js";
import type { RandomisationCheck } from "../explain/randomisation-check.js";
import { evenShares, lungsFrameText, whereItLooked } from "../explain/where-it-looked.js";
import { checkMaps } from "../inference/check-maps.js";
import type { InferenceModel } from "../inference/inference-model.js";
import { openTrainedModel } from "../inference/open-model.js";
import type { TrainedModel } from "../inference/read-trained-model.js";
import { gradCamLayerOf } from "../model/grad-cam-layer.js";
import { type HeatMapBatch, heatMapAt } from "../model/heat-map.js";
import type { LookedImage, MistakeImage, ReportInput } from "../report/report-input.js";

/**
 * The mistakes with their heat maps, for the class that was called, and how those were made; as they are where the model
 * gives no maps.
 * @param mistakes with images of the model's size
 * @throws AppError as `openTrainedModel` and `InferenceModel.run`
 */
export async function lookAtMistakes(
  model: TrainedModel,
  mistakes: readonly MistakeImage[],
  threads: number,
): Promise<Pick<ReportInput, "mistakes" | "heatMaps">> {
  const layer = gradCamLayerOf(model.graph);
  if (layer === null) return { mistakes };
  const check: CheckMaps = (images, maps) => checkMaps(model, images, maps, { threads });
  return lookThrough(() => openTrainedModel(model, { threads }), layer, mistakes, check);
}

type CheckMaps = (images: Uint8Array, maps: HeatMapBatch) => Promise<RandomisationCheck>;

/**
 * As `lookAtMistakes`, by a model that can be opened.
 * @param layer that its maps are made at
 * @param check none where its weights cannot be drawn again
 */
export async function lookThrough(
  open: () => Promise<InferenceModel>,
  layer: string,
  mistakes: readonly MistakeImage[],
  check?: CheckMaps,
): Promise<Pick<ReportInput, "mistakes" | "heatMaps">> {
  if (mistakes.length === 0) return { mistakes };
  const images = new Uint8Array(Buffer.concat(mistakes.map(({ image }) => image.data))); // [n, size, size]
  const opened = await open();
  const { heatMaps } = await opened.run(images).finally(() => opened.dispose());
  if (heatMaps === null) return { mistakes };
  const { height, width } = heatMaps;
  const made = { layer, height, width, frameText: lungsFrameText, evenShares };
  return {
    mistakes: mistakes.map((mistake, i) => ({ ...mistake, looked: lookedAt(mistake, heatMaps, i) })),
    heatMaps: check === undefined ? made : { ...made, check: await check(images, heatMaps) },
  };
}

/** A mistake was called the class that it is not. */
function lookedAt({ image, label }: MistakeImage, maps: HeatMapBatch, position: number): LookedImage {
  const map = heatMapAt(maps, position, label === 1 ? 0 : 1);
  const looked = whereItLooked(map);
  return {
    image: overlay(image, map),
    outsideFrame: looked?.outsideFrame ?? null,
    border: looked?.border ?? null,
  };
}
