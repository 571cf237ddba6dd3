// Brings a heat map of a few cells to an image's size.
import type { HeatMap } from "../model/heat-map.js";

/** The map at another size: bilinear between the centres of its cells, level beyond the outermost ones. */
export function resizeHeatMap(map: HeatMap, width: number, height: number): HeatMap {
  const across = tapsOf(map.width, width);
  const data = new Float32Array(width * height);
  for (const [y, { first: top, second: bottom, share: down }] of tapsOf(map.height, height).entries()) {
    for (const [x, { first: left, second: right, share }] of across.entries()) {
      const value = (row: number, column: number) => map.data[row * map.width + column] as number;
      const upper = value(top, left) * (1 - share) + value(top, right) * share;
      const lower = value(bottom, left) * (1 - share) + value(bottom, right) * share;
      data[y * width + x] = upper * (1 - down) + lower * down;
    }
  }
  return { width, height, data };
}

interface Taps {
  readonly first: number;
  readonly second: number;
  /** Of `second`, 0..1. */
  readonly share: number;
}

function tapsOf(from: number, to: number): readonly Taps[] {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const first = Math.floor(place);
    return { first, second: Math.min(first + 1, from - 1), share: place - first };
  });
}
