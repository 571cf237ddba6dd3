// Insertion and deletion (Petsiuk, Das and Saenko, "RISE", BMVC 2018, arXiv 1806.07421): pixels are taken out of an image, or put into a
// blurred one, the hottest of a map first. If a map says what a score rests on, the score falls early, or rises early.
import type { HeatMap } from "../model/heat-map.js";
import { resizeHeatMap } from "./resize-heat-map.js";

/** The places of a square image, the hottest first; of equal ones the first. */
export function placesByHeat(map: HeatMap, size: number): Uint32Array {
  const { data } = resizeHeatMap(map, size, size);
  return Uint32Array.from(data.keys()).sort((a, b) => (data[b] as number) - (data[a] as number) || a - b);
}

/**
 * `from` with ever more of `to`, in equal steps: 0, 1/steps … all of it. [steps + 1, pixels]
 * @param places in the order in which they are exchanged
 */
export function exchanged(from: Uint8Array, to: Uint8Array, places: Uint32Array, steps: number): Uint8Array {
  const pixels = from.length;
  const images = new Uint8Array((steps + 1) * pixels);
  const current = new Uint8Array(from);
  let done = 0;
  for (let step = 0; step <= steps; step++) {
    for (const until = Math.round((step * pixels) / steps); done < until; done++) {
      const place = places[done] as number;
      current[place] = to[place] as number;
    }
    images.set(current, step * pixels);
  }
  return images;
}

/** Under a curve whose points lie at equal distances from 0 to 1, by trapezoids: 0..1 for scores of 0..1. */
export function areaUnder(scores: ArrayLike<number>): number {
  const values = Array.from(scores);
  const ends = ((values[0] as number) + (values.at(-1) as number)) / 2;
  return (values.reduce((sum, score) => sum + score, 0) - ends) / (values.length - 1);
}
