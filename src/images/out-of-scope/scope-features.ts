// The directions in which a grid grows brighter, counted in 4x4 parts of it: where ribs, spine, diaphragm and the body's
// edges run, however bright they are. Histograms of oriented gradients after N. Dalal and B. Triggs, "Histograms of oriented
// gradients for human detection" (2005), with signed directions, each part normalised by itself, and square roots taken.
import { gridSide } from "./scope-grid.js";

const partsASide = 4;
const directions = 8;
const partSide = gridSide / partsASide;
/** A part with less edge than this in all, in standard deviations of brightness, is not stretched to full length. */
const faintEdges = (partSide * partSide) / 4;

export const featureCount = partsASide * partsASide * directions;

/** [4, 4, 8] row-major, 0 to 1, of a standardised grid of [24, 24]: per part and direction, anticlockwise from the right. */
export function scopeFeatures(grid: Float64Array): Float64Array {
  const features = new Float64Array(featureCount);
  // What lies outside repeats the edge.
  const last = gridSide - 1;
  const difference = (to: number, from: number) => ((grid[to] as number) - (grid[from] as number)) / 2;
  for (let y = 0; y < gridSide; y++) {
    const row = y * gridSide;
    const [above, below] = [Math.max(y - 1, 0) * gridSide, Math.min(y + 1, last) * gridSide];
    for (let x = 0; x < gridSide; x++) {
      const across = difference(row + Math.min(x + 1, last), row + Math.max(x - 1, 0));
      const down = difference(below + x, above + x);
      const part = Math.floor(y / partSide) * partsASide + Math.floor(x / partSide);
      count(features, part * directions, across, -down);
    }
  }
  for (let start = 0; start < featureCount; start += directions) {
    const part = features.subarray(start, start + directions);
    const length = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0)) + faintEdges;
    for (const [i, value] of part.entries()) part[i] = Math.sqrt(value / length);
  }
  return features;
}

/** Adds a gradient's length to the two directions nearest to its own, shared by nearness. */
function count(features: Float64Array, start: number, right: number, up: number): void {
  const length = Math.sqrt(right * right + up * up);
  const direction = (Math.atan2(up, right) / (2 * Math.PI) + 1) * directions;
  const below = Math.floor(direction);
  const share = direction - below;
  const first = start + (below % directions);
  const second = start + ((below + 1) % directions);
  features[first] = (features[first] as number) + length * (1 - share);
  features[second] = (features[second] as number) + length * share;
}
