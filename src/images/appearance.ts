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
  /** How much brighter the outer eighth of each side is than the rest, as a share of the contrast; negative where it is darker. */
  readonly edge: number;
}

/** An appearance at the size in which a network sees the image, with the size that it had before, in pixels. */
export interface ImageTraits extends Appearance {
  /** Width / height. */
  readonly shape: number;
  readonly width: number;
  readonly height: number;
}

/** @param seen as a network sees it. @param size of the image before */
export const imageTraits = (
  seen: GrayImage,
  { width, height }: { readonly width: number; readonly height: number },
): ImageTraits => ({ ...appearanceOf(seen), shape: width / height, width, height });

const [mostBlack, leastWhite] = [12, 243];

/** Of an image of at least 3 x 3 pixels; one that is the same everywhere has a sharpness of 0. */
export function appearanceOf(image: GrayImage): Appearance {
  const pixels = image.width * image.height;
  const counts = histogram(image.data);
  const shareOf = (isCounted: (grey: number) => boolean) =>
    counts.reduce((sum, count, grey) => (isCounted(grey) ? sum + count : sum), 0) / pixels;
  const brightness = counts.reduce((sum, count, grey) => sum + count * grey, 0) / pixels;
  const variance = counts.reduce((sum, count, grey) => sum + count * (grey - brightness) ** 2, 0) / pixels;
  const contrast = Math.sqrt(variance);
  return {
    brightness,
    contrast,
    sharpness: contrast === 0 ? 0 : detailOf(image) / contrast,
    black: shareOf((grey) => grey <= mostBlack),
    white: shareOf((grey) => grey >= leastWhite),
    edge: contrast === 0 ? 0 : edgeOf(image, brightness) / contrast,
  };
}

function histogram(data: Uint8Array): Float64Array {
  const counts = new Float64Array(256);
  for (let i = 0; i < data.length; i++) {
    const grey = data[i] as number;
    counts[grey] = (counts[grey] as number) + 1;
  }
  return counts;
}

/** Root mean square of what a pixel differs from the mean of its four neighbours. */
function detailOf({ width, height, data }: GrayImage): number {
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    const end = (y + 1) * width - 1;
    for (let i = y * width + 1; i < end; i++) {
      const beside = (data[i - 1] as number) + (data[i + 1] as number);
      const aboveAndBelow = (data[i - width] as number) + (data[i + width] as number);
      const fourfold = 4 * (data[i] as number) - beside - aboveAndBelow; // whole numbers are quick
      sum += fourfold * fourfold;
    }
  }
  return Math.sqrt(sum / ((width - 2) * (height - 2))) / 4;
}

/** In grey levels. */
function edgeOf({ width, height, data }: GrayImage, brightness: number): number {
  const frame = Math.max(1, Math.floor(Math.min(width, height) / 8));
  let inside = 0;
  for (let y = frame; y < height - frame; y++) {
    const end = (y + 1) * width - frame;
    for (let i = y * width + frame; i < end; i++) inside += data[i] as number;
  }
  const pixels = width * height;
  const pixelsInside = (width - 2 * frame) * (height - 2 * frame);
  return (pixels * brightness - inside) / (pixels - pixelsInside) - inside / pixelsInside;
}
