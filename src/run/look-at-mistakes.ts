// For the report: where the model looked in the images that it got most wrong, and whether its maps pass the
// randomisation check on them.
import { overlay } from "../explain/overlay.js";
import { evenShares, lungsFrameText, whereItLooked } from "../explain/where-it-looked.js";
import { checkMaps } from "../inference/check-maps.js";
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
  if (mistakes.length === 0 || layer === null) return { mistakes };
  const images = new Uint8Array(Buffer.concat(mistakes.map(({ image }) => image.data))); // [n, size, size]
  const opened = await openTrainedModel(model, { threads });
  const { heatMaps } = await opened.run(images).finally(() => opened.dispose());
  if (heatMaps === null) return { mistakes };
  const check = await checkMaps(model, images, heatMaps, { threads });
  const { height, width } = heatMaps;
  return {
    mistakes: mistakes.map((mistake, i) => ({ ...mistake, looked: lookedAt(mistake, heatMaps, i) })),
    heatMaps: { layer, height, width, frameText: lungsFrameText, evenShares, check },
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
