// Heat as colour: matplotlib's "inferno", whose lightness rises in equal steps, so that it reads the same for every kind
// of colour vision and in grey print. A rainbow would show edges where there are none.

type Rgb = readonly [number, number, number];

/** "inferno" at ten equal steps from 0 to 1 (matplotlib's _cm_listed.py, CC0; Smith and van der Walt, 2015). */
const stops: readonly Rgb[] = [
  [0, 0, 4],
  [27, 12, 65],
  [74, 12, 107],
  [120, 28, 109],
  [165, 44, 96],
  [207, 68, 70],
  [237, 105, 37],
  [251, 155, 6],
  [247, 209, 61],
  [252, 255, 164],
];

/** The colour of a value 0..1, red, green, blue 0..255. */
export function heatColour(heat: number): Rgb {
  const at = Math.min(Math.max(heat, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const [from, to] = [stops[low] as Rgb, stops[low + 1] as Rgb];
  const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + (to[channel] - from[channel]) * (at - low));
  return [mix(0), mix(1), mix(2)];
}

/** Heat from which on a cover is full. */
const fullFrom = 0.5;

/** How much heat 0..1 covers the radiograph below it, 0..1: little heat thins out, for the radiograph to stay readable. */
export const heatCover = (heat: number): number => Math.min(1, heat / fullFrom);
