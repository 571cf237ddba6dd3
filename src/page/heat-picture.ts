// A heat map of a few cells as a coloured, partly transparent picture to lay over the radiograph, in the colours of
// `explain`. The model saw the image stretched to a square, so stretching the picture over the radiograph puts every cell
// where it belongs.
import { heatColour, heatCover } from "../explain/heat-colours.js";
import { resizeHeatMap } from "../explain/resize-heat-map.js";
import type { HeatMap } from "../model/heat-map.js";

/** The greatest heat of a class is 1, or its map is empty. */
const leastHeat = 0.01;

/** [size, size, 4] for a canvas. */
export function heatPicture(map: HeatMap, size: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(size * size * 4);
  const heat = resizeHeatMap(map, size, size).data;
  for (const [i, value] of heat.entries()) {
    pixels.set(heatColour(value), 4 * i);
    pixels[4 * i + 3] = 255 * heatCover(value);
  }
  return pixels;
}

/** Whether a class has no heat anywhere: nothing in the image spoke for it. */
export const isCold = (map: HeatMap): boolean => map.data.every((heat) => heat < leastHeat);
