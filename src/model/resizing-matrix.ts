// Resizing as a product of matrices: out = rows * image * columns^T for each channel. One definition for every engine,
// and exact where engines' own resizings differ.
import type { CenterCropConfig, ResizingConfig } from "./layer-configs/image-size.js";

/** A matrix, row-major, [rows, columns]. */
export interface Matrix {
  readonly shape: readonly [number, number];
  readonly data: Float32Array;
}

/** Where a part of an image begins, in pixels from its top and its left, and how large it is. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** `rows` [height, h] and `columns` [width, w] for images of `h` x `w` pixels. */
export function resizingMatrices(config: ResizingConfig, h: number, w: number): { rows: Matrix; columns: Matrix } {
  const { height, width, interpolation, cropToAspectRatio } = config;
  const part = cropToAspectRatio ? proportionedWindow(config, h, w) : { top: 0, left: 0, height: h, width: w };
  return {
    rows: matrix(height, h, part.top, part.height, interpolation),
    columns: matrix(width, w, part.left, part.width, interpolation),
  };
}

/** The part that a CenterCrop keeps; it fits. */
export function centredWindow({ height, width }: CenterCropConfig, h: number, w: number): Window {
  return { top: Math.floor((h - height) / 2), left: Math.floor((w - width) / 2), height, width };
}

/** The largest part around the centre with the target's proportions (`image.resize` of keras/src/backend/tensorflow). */
function proportionedWindow({ height, width }: ResizingConfig, h: number, w: number): Window {
  const clamped = (size: number, most: number) => Math.max(1, Math.min(most, Math.floor(size)));
  return centredWindow({ height: clamped((w * height) / width, h), width: clamped((h * width) / height, w) }, h, w);
}

/** Row i has the shares of `given` pixels, `size` of them from `start` on, in pixel i of `wanted`. */
function matrix(
  wanted: number,
  given: number,
  start: number,
  size: number,
  interpolation: ResizingConfig["interpolation"],
): Matrix {
  const data = new Float32Array(wanted * given);
  const add = (row: number, column: number, share: number) => {
    const place = row * given + start + Math.min(Math.max(column, 0), size - 1);
    data[place] = (data[place] as number) + share;
  };
  for (let row = 0; row < wanted; row++) {
    const position = (row + 0.5) * (size / wanted);
    if (interpolation === "nearest") {
      add(row, Math.floor(position), 1);
      continue;
    }
    const below = Math.floor(position - 0.5);
    const share = position - 0.5 - below;
    add(row, below, 1 - share);
    add(row, below + 1, share);
  }
  return { shape: [wanted, given], data };
}
