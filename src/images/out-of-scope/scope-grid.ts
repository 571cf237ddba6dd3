// The 24x24 picture of an image that the scope check looks at, with brightness and contrast taken out, and that picture
// turned over. Not a diagnosis of anything: no lung can be read from so few cells.
import type { GrayImage } from "../gray-image.js";
import { resizeArea } from "../resize.js";

/** Side of the grid. */
export const gridSide = 24;
const cells = gridSide * gridSide;
/** Below this contrast, in grey levels, a grid is not stretched any further: it would be rounding errors that are compared. */
const contrastFloor = 4;

export interface ScopeGrid {
  /** [24, 24] row-major; mean 0, standard deviation 1 (less where `contrast` is below 4). */
  readonly values: Float64Array;
  /** Standard deviation of the cells' brightness in grey levels, 0..127.5. */
  readonly contrast: number;
}

/** The mean brightness under each of 24x24 equal cells, standardised. Proportions of the image are not kept, as models see it. */
export function scopeGrid(image: GrayImage): ScopeGrid {
  const { data } = resizeArea(image, gridSide, gridSide);
  return standardise(Float64Array.from(data));
}

/** Takes mean and contrast out of the cells' brightnesses. */
export function standardise(brightness: Float64Array): ScopeGrid {
  const mean = brightness.reduce((sum, value) => sum + value, 0) / cells;
  const contrast = Math.sqrt(brightness.reduce((sum, value) => sum + (value - mean) ** 2, 0) / cells);
  return { values: brightness.map((value) => (value - mean) / Math.max(contrast, contrastFloor)), contrast };
}

/** Ways in which an image comes out wrong, as changes of its grid. A mirrored chest is not among them: see decision 23. */
export const wrongWays = ["inverted", "upsideDown", "flipped", "turnedLeft", "turnedRight"] as const;
export type WrongWay = (typeof wrongWays)[number];

const last = gridSide - 1;
const sources: Readonly<Record<Exclude<WrongWay, "inverted">, (y: number, x: number) => number>> = {
  upsideDown: (y, x) => (last - y) * gridSide + (last - x),
  flipped: (y, x) => (last - y) * gridSide + x,
  turnedLeft: (y, x) => x * gridSide + (last - y),
  turnedRight: (y, x) => (last - x) * gridSide + y,
};

/** The grid of the image after this change. Each but the two turns is its own opposite; the turns are each other's. */
export function changed(values: Float64Array, way: WrongWay): Float64Array {
  if (way === "inverted") return values.map((value) => -value);
  const source = sources[way];
  return values.map((_, i) => values[source(Math.floor(i / gridSide), i % gridSide)] as number);
}
