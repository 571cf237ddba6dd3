// The patient elsewhere in the picture: turned, shifted, between black shutters.
import type { GrayImage } from "../gray-image.js";
import { type Corruption, ownAmounts, percentText } from "./corruption.js";

export interface Move {
  /** Counter-clockwise about the middle. */
  readonly degrees: number;
  /** In pixels, to the right and down. */
  readonly right: number;
  readonly down: number;
}

/** By bilinear interpolation; black where nothing was. */
export function moved({ width, height, data }: GrayImage, { degrees, right, down }: Move): GrayImage {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const result = new Uint8Array(data.length);
  for (let y = 0, at = 0; y < height; y++) {
    // Where the row's first pixel comes from; each next one lies (cos, sin) further.
    const [dx, dy] = [-middleX - right, y - middleY - down];
    const firstX = middleX + cos * dx - sin * dy;
    const firstY = middleY + sin * dx + cos * dy;
    for (let x = 0; x < width; x++, at++) {
      const fromX = firstX + cos * x;
      const fromY = firstY + sin * x;
      const left = Math.floor(fromX);
      const top = Math.floor(fromY);
      if (left < 0 || top < 0 || left >= width - 1 || top >= height - 1) continue;
      const [shareX, shareY] = [fromX - left, fromY - top];
      const corner = top * width + left;
      const upper = (data[corner] as number) * (1 - shareX) + (data[corner + 1] as number) * shareX;
      const under = (data[corner + width] as number) * (1 - shareX) + (data[corner + width + 1] as number) * shareX;
      result[at] = upper * (1 - shareY) + under * shareY + 0.5;
    }
  }
  return { width, height, data: result };
}

/** To one of the two sides. */
export const turned: Corruption = {
  title: "turned",
  unit: "to one of the two sides",
  text: (amount) => `${amount}°`,
  amounts: [5, 10, 15],
  source: ownAmounts,
  apply: (image, amount, random) =>
    moved(image, { degrees: random.uniform() < 0.5 ? -amount : amount, right: 0, down: 0 }),
};

/** Whether a pixel lies in the ring that takes this share of each side. */
function ringOf({ width, height }: GrayImage, share: number): (x: number, y: number) => boolean {
  const [wide, high] = [Math.round(share * width), Math.round(share * height)];
  return (x, y) => x < wide || y < high || x >= width - wide || y >= height - high;
}

/** The image with one grey level where `isCovered`. */
function covered(image: GrayImage, level: number, isCovered: (x: number, y: number) => boolean): GrayImage {
  const { width, height } = image;
  const data = new Uint8Array(image.data); // a Buffer's slice would be the same memory
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) if (isCovered(x, y)) data[at] = level;
  }
  return { width, height, data };
}

/** Collimated closer, or scanned with a dark edge. */
export const borders: Corruption = {
  title: "black borders",
  unit: "covered, of each side",
  text: percentText,
  amounts: [0.025, 0.05, 0.1],
  source: ownAmounts,
  apply: (image, amount) => covered(image, 0, ringOf(image, amount)),
};

/** The same in every image, so that it tells nothing: about the mean of chest radiographs. */
const maskLevel = 128;

/** Everything but the frame is covered: no lungs are to be seen. */
export const onlyFrame: Corruption = {
  title: "only the frame",
  unit: "seen, of each side; the rest is grey",
  text: percentText,
  amounts: [1 / 16, 1 / 8, 3 / 16],
  source: ownAmounts,
  apply: (image, amount) => {
    const isRing = ringOf(image, amount);
    return covered(image, maskLevel, (x, y) => !isRing(x, y));
  },
};

export const onlyMiddle: Corruption = {
  title: "only the middle",
  unit: "covered with grey, of each side",
  text: percentText,
  amounts: [1 / 16, 1 / 8, 3 / 16],
  source: ownAmounts,
  apply: (image, amount) => covered(image, maskLevel, ringOf(image, amount)),
};
