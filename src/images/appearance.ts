// How a grey image looks, in a few plain numbers: how bright, how much contrast, how sharp, how much of it black or white,
// how its edges are. By these, sets of images are compared; they know nothing of lungs. Pure and free of Node.
import type { GrayImage } from "./gray-image.js";

/** Of one image; grey levels are 0..255. */
export interface Appearance {
  /** Mean grey level. */
  readonly brightness: number;
  /** Standard deviation of the grey levels. */
  readonly contrast: number;
  /** How much a pixel differs from the mean of its four neighbours (root mean square), as a share of the contrast, 0..1. */
  readonly sharpness: number;
  /** Share of the pixels of at most 12 and of at least 243: the lowest and the highest 5 % of the range. */
  readonly black: number;
  readonly white: number;
  /** How much brighter the outer eighth of each side is than the rest, in grey levels; negative where it is darker. */
  readonly edge: number;
}

const [mostBlack, leastWhite] = [12, 243];

/** Of an image of at least 3 x 3 pixels; one that is the same everywhere has a sharpness of 0. */
export function appearanceOf({ width, height, data }: GrayImage): Appearance {
  const frame = Math.max(1, Math.floor(Math.min(width, height) / 8));
  let [sum, squares, detail, black, white, edgeSum, edgePixels] = [0, 0, 0, 0, 0, 0, 0];
  const at = (place: number) => data[place] as number;
  for (let y = 0, place = 0; y < height; y++) {
    const isRowInside = y >= frame && y < height - frame;
    for (let x = 0; x < width; x++, place++) {
      const grey = at(place);
      sum += grey;
      squares += grey * grey;
      if (grey <= mostBlack) black++;
      if (grey >= leastWhite) white++;
      if (!isRowInside || x < frame || x >= width - frame) {
        edgeSum += grey;
        edgePixels++;
      }
      if (y === 0 || x === 0 || y === height - 1 || x === width - 1) continue;
      const around = (at(place - 1) + at(place + 1) + at(place - width) + at(place + width)) / 4;
      detail += (grey - around) ** 2;
    }
  }
  const pixels = width * height;
  const brightness = sum / pixels;
  const contrast = Math.sqrt(Math.max(0, squares / pixels - brightness ** 2));
  const sharpness = contrast === 0 ? 0 : Math.sqrt(detail / ((width - 2) * (height - 2))) / contrast;
  const edge = edgeSum / edgePixels - (sum - edgeSum) / (pixels - edgePixels);
  return { brightness, contrast, sharpness, black: black / pixels, white: white / pixels, edge };
}
