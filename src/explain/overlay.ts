// A heat map laid over its radiograph. Where there is no heat the radiograph stays as it is.
import type { ColourImage } from "../images/colour-image.js";
import type { GrayImage } from "../images/gray-image.js";
import type { HeatMap } from "../model/heat-map.js";
import { heatColour, heatCover } from "./heat-colours.js";
import { resizeHeatMap } from "./resize-heat-map.js";

/** How much of the radiograph the strongest heat covers: anatomy must show through it. */
const mostOpacity = 0.6;

/**
 * The radiograph with the heat map over it, of the image's size, [height, width, 3].
 *
 * @example
 * for await (const result of classifier.predict("chest.jpeg", { heatMaps: true, images: true })) {
 *   if (result.kind === "failed" || !result.image || !result.heatMap) continue;
 *   const { width, height, data } = overlay(result.image, result.heatMap); // red, green, blue
 * }
 */
export function overlay(image: GrayImage, map: HeatMap): ColourImage {
  const { width, height } = image;
  const heat = resizeHeatMap(map, width, height).data;
  const data = new Uint8Array(3 * width * height); // [height, width, rgb]
  for (const [pixel, grey] of image.data.entries()) {
    const value = heat[pixel] as number;
    const opacity = mostOpacity * heatCover(value);
    for (const [channel, colour] of heatColour(value).entries()) {
      data[3 * pixel + channel] = Math.round(grey * (1 - opacity) + colour * opacity);
    }
  }
  return { width, height, data };
}

/**
 * The radiograph on the left, the overlay on the right: [height, 2 width, 3].
 * @param right of the image's size
 *
 * @example
 * for await (const result of classifier.predict("chest.jpeg", { heatMaps: true, images: true })) {
 *   if (result.kind === "failed" || !result.image || !result.heatMap) continue;
 *   const picture = sideBySide(result.image, overlay(result.image, result.heatMap));
 * }
 */
export function sideBySide(image: GrayImage, right: ColourImage): ColourImage {
  const { width, height } = image;
  const data = new Uint8Array(6 * width * height);
  for (let y = 0; y < height; y++) {
    const row = 6 * width * y;
    for (let x = 0; x < width; x++) data.fill(image.data[y * width + x] as number, row + 3 * x, row + 3 * x + 3);
    data.set(right.data.subarray(3 * width * y, 3 * width * (y + 1)), row + 3 * width);
  }
  return { width: 2 * width, height, data };
}
