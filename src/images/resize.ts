// Resizing of 8-bit grey images with OpenCV's arithmetic: INTER_LINEAR (the study's) and INTER_AREA (antialiased).
// Written against OpenCV's modules/imgproc/src/resize.cpp, fixed point included, and checked against golden files.
import { AppError } from "../core/errors.js";
import type { GrayImage } from "./gray-image.js";
import { resizeAreaDown } from "./resize-area.js";
import { roundHalfEven } from "./round-half-even.js";

/** Raise when resized pixels change for the same image: caches hold resized images. */
export const resizeVersion = "resize 2";

/** `linear`: four neighbours, no antialiasing, as the study resizes. `area`: the mean over each target pixel's area. */
export const interpolations = ["linear", "area"] as const;
export type Interpolation = (typeof interpolations)[number];

/** Resizes with the named interpolation. @throws AppError OPTION_INVALID for sizes that are not whole and positive. */
export function resize(image: GrayImage, width: number, height: number, interpolation: Interpolation): GrayImage {
  return interpolation === "linear" ? resizeBilinear(image, width, height) : resizeArea(image, width, height);
}

/**
 * As `cv2.resize(image, (width, height), interpolation=INTER_LINEAR)`: half-pixel centres, 11-bit weights.
 * Halving both sides exactly takes the mean of four pixels, as OpenCV does.
 * @throws AppError OPTION_INVALID
 */
export function resizeBilinear(image: GrayImage, width: number, height: number): GrayImage {
  checkSize(width, height);
  if (image.width === width && image.height === height) return image;
  if (image.width === 2 * width && image.height === 2 * height) return resizeAreaDown(image, width, height);
  return blend(image, linearTaps(image.width, width, true), linearTaps(image.height, height, false));
}

/**
 * As `cv2.resize(image, (width, height), interpolation=INTER_AREA)`. Where a side grows, OpenCV blends two neighbours
 * with its own weights on both sides.
 * @throws AppError OPTION_INVALID
 */
export function resizeArea(image: GrayImage, width: number, height: number): GrayImage {
  checkSize(width, height);
  if (image.width === width && image.height === height) return image;
  if (width <= image.width && height <= image.height) return resizeAreaDown(image, width, height);
  return blend(image, areaTaps(image.width, width), areaTaps(image.height, height));
}

/** For each target pixel: its two source pixels and their weights in 1/2048. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
}

function linearTaps(from: number, to: number, clampsWeight: boolean): Taps {
  const scale = from / to;
  return taps(from, to, clampsWeight, (i) => Math.fround((i + 0.5) * scale - 0.5));
}

function areaTaps(from: number, to: number): Taps {
  const inverse = to / from;
  const scale = 1 / inverse; // not from / to: the last bit decides on which side of a whole number `i * scale` falls
  return taps(from, to, true, (i) => {
    const start = Math.floor(i * scale);
    const fraction = Math.fround(i + 1 - (start + 1) * inverse);
    return fraction <= 0 ? start : start + Math.fround(fraction - Math.floor(fraction));
  });
}

function taps(from: number, to: number, clampsWeight: boolean, place: (i: number) => number): Taps {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const firstWeight = new Int32Array(to);
  const secondWeight = new Int32Array(to);
  for (let i = 0; i < to; i++) {
    const at = place(i);
    let start = Math.floor(at);
    let fraction = Math.fround(at - start);
    if (clampsWeight && (start < 0 || start >= from - 1)) {
      start = start < 0 ? 0 : from - 1;
      fraction = 0;
    }
    first[i] = Math.min(Math.max(start, 0), from - 1);
    second[i] = Math.min(Math.max(start + 1, 0), from - 1);
    firstWeight[i] = roundHalfEven(Math.fround(Math.fround(1 - fraction) * 2048));
    secondWeight[i] = roundHalfEven(Math.fround(fraction * 2048));
  }
  return { first, second, firstWeight, secondWeight };
}

function blend(image: GrayImage, across: Taps, down: Taps): GrayImage {
  const width = across.first.length;
  const height = down.first.length;
  const data = new Uint8Array(width * height);
  let upper = new Int32Array(width);
  let lower = new Int32Array(width);
  let upperRow = -1;
  let lowerRow = -1;
  for (let y = 0; y < height; y++) {
    const first = down.first[y] as number;
    const second = down.second[y] as number;
    if (first === lowerRow) {
      [upper, lower] = [lower, upper];
      [upperRow, lowerRow] = [lowerRow, upperRow];
    }
    if (first !== upperRow) blendRow(image, first, across, upper);
    if (second !== lowerRow) blendRow(image, second, across, lower);
    [upperRow, lowerRow] = [first, second];
    mixRows(upper, lower, [down.firstWeight[y] as number, down.secondWeight[y] as number], data, y * width);
  }
  return { width, height, data };
}

// Both inner loops hold what they read in local names and multiply with Math.imul: three times as fast in V8.

function blendRow({ data, width }: GrayImage, row: number, across: Taps, into: Int32Array): void {
  const { first, second, firstWeight, secondWeight } = across;
  const start = row * width;
  for (let x = 0; x < into.length; x++) {
    const left = data[start + (first[x] as number)] as number;
    const right = data[start + (second[x] as number)] as number;
    into[x] = Math.imul(left, firstWeight[x] as number) + Math.imul(right, secondWeight[x] as number);
  }
}

/** VResizeLinear<uchar, int, short>: 8 + 11 + 11 bits, brought back to 8 in two shifts. */
function mixRows(
  upper: Int32Array,
  lower: Int32Array,
  [a, b]: readonly [number, number],
  into: Uint8Array,
  start: number,
): void {
  for (let x = 0; x < upper.length; x++) {
    const top = Math.imul(a, (upper[x] as number) >> 4) >> 16;
    const bottom = Math.imul(b, (lower[x] as number) >> 4) >> 16;
    into[start + x] = (top + bottom + 2) >> 2;
  }
}

function checkSize(width: number, height: number): void {
  const isSize = (value: number) => Number.isInteger(value) && value >= 1 && value <= 65_535;
  if (isSize(width) && isSize(height)) return;
  throw new AppError("OPTION_INVALID", {
    place: "resize",
    rule: "both sides must be whole numbers from 1 to 65535",
    received: `${width}x${height}`,
  });
}
