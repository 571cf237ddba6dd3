// A heat map of a few cells as a smooth, coloured, partly transparent image to lay over the radiograph. The model saw the
// image stretched to a square, so stretching this image over the radiograph puts every cell where it belongs.
import type { HeatMap } from "./page-file.js";

/** From transparent violet over orange to yellow: lightness rises with heat, so that it reads without colour vision too. */
const stops = [
  [87, 15, 109],
  [187, 55, 84],
  [249, 142, 8],
  [252, 255, 164],
] as const;

/** Heat below this is left transparent: everywhere a little is nowhere. */
const floor = 0.1;

/** [size, size, 4] for a canvas; `classIndex` 0 NORMAL, 1 PNEUMONIA. Bilinear between the centres of the cells. */
export function colouredHeat(map: HeatMap, classIndex: 0 | 1, size: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(size * size * 4);
  const cells = cellsOf(map, classIndex);
  const columns = neighbours(map.width, size);
  const rows = neighbours(map.height, size);
  for (let y = 0; y < size; y++) {
    const row = rows[y] as Neighbours;
    for (let x = 0; x < size; x++) {
      const column = columns[x] as Neighbours;
      const at = (v: number, u: number) => cells[v * map.width + u] as number;
      const top = mix(at(row.first, column.first), at(row.first, column.second), column.share);
      const bottom = mix(at(row.second, column.first), at(row.second, column.second), column.share);
      setColour(pixels, 4 * (y * size + x), mix(top, bottom, row.share));
    }
  }
  return pixels;
}

/** Whether a class has no heat anywhere: nothing in the image spoke for it. */
export const isCold = (map: HeatMap, classIndex: 0 | 1): boolean =>
  cellsOf(map, classIndex).every((heat) => heat <= floor);

const cellsOf = ({ data, height, width }: HeatMap, classIndex: 0 | 1): Float32Array =>
  data.subarray(classIndex * height * width, (classIndex + 1) * height * width);

/** Two cells and the share of the second. */
interface Neighbours {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

function neighbours(cells: number, size: number): readonly Neighbours[] {
  return Array.from({ length: size }, (_, i) => {
    const place = Math.min(cells - 1, Math.max(0, ((i + 0.5) * cells) / size - 0.5));
    const first = Math.floor(place);
    return { first, second: Math.min(cells - 1, first + 1), share: place - first };
  });
}

const mix = (a: number, b: number, share: number): number => a + (b - a) * share;

function setColour(pixels: Uint8ClampedArray, at: number, heat: number): void {
  if (heat <= floor) return;
  const place = Math.min(1, heat) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [stops[low], stops[low + 1]] as [(typeof stops)[number], (typeof stops)[number]];
  for (let i = 0; i < 3; i++) pixels[at + i] = mix(from[i] as number, to[i] as number, place - low);
  pixels[at + 3] = (255 * (heat - floor)) / (1 - floor);
}
