// An image at 32x32 pixels, whatever its size: by this look copies are told. It is made as an image is decoded and kept beside its
// pixels, so that it does not depend on the size that a model is trained at.
import type { GrayImage } from "../../images/gray-image.js";
import { resizeArea } from "../../images/resize.js";

/** Raise when the same image gives another look: caches hold looks. */
export const lookVersion = "look 1";

/** Pixels of a side. */
export const lookSide = 32;
/** Bytes of one look. */
export const lookBytes = lookSide * lookSide;

/** From so many pixels a side on, where a cell of the look begins is rounded to whole pixels: a 30th of a cell at most, in an eighth of the time. */
const roundedFrom = 16 * lookSide;

/** [32, 32], 8-bit grey: the mean over each part of the image. */
export const lookOf = (image: GrayImage): Uint8Array =>
  Math.min(image.width, image.height) < roundedFrom ? resizeArea(image, lookSide, lookSide).data : cellMeans(image);

function cellMeans({ width, height, data }: GrayImage): Uint8Array {
  const [lefts, tops] = [bordersOf(width), bordersOf(height)];
  const sums = new Float64Array(lookBytes);
  for (let cellY = 0; cellY < lookSide; cellY++) {
    for (let y = tops[cellY] as number; y < (tops[cellY + 1] as number); y++) {
      for (let cellX = 0; cellX < lookSide; cellX++) {
        const end = y * width + (lefts[cellX + 1] as number);
        let sum = 0;
        for (let at = y * width + (lefts[cellX] as number); at < end; at++) sum += data[at] as number;
        const cell = cellY * lookSide + cellX;
        sums[cell] = (sums[cell] as number) + sum;
      }
    }
  }
  const sideOf = (borders: Uint32Array, cell: number) => (borders[cell + 1] as number) - (borders[cell] as number);
  return Uint8Array.from(sums, (sum, cell) =>
    Math.round(sum / (sideOf(lefts, cell % lookSide) * sideOf(tops, Math.floor(cell / lookSide)))),
  );
}

/** Where each cell begins along a side, and where the last one ends. */
const bordersOf = (side: number): Uint32Array =>
  Uint32Array.from({ length: lookSide + 1 }, (_, cell) => Math.round((cell * side) / lookSide));
