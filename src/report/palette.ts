// The report's few colours and its font. Blue and vermilion (Okabe and Ito's palette) differ for every kind of colour
// vision and in grey print; every figure also tells its series apart by a label, a dash or a place.

export const palette = {
  ink: "#1b2733",
  muted: "#5b6875",
  rule: "#cfd6dd",
  faint: "#eef1f4",
  paper: "#ffffff",
  normal: "#0072b2",
  pneumonia: "#d55e00",
  accent: "#0b5c8c",
  train: "#8a96a3",
  saved: "#b88a00",
} as const;

/** Colours and dashes of the lines of one figure; the dashes tell apart what colours may not. Okabe and Ito's palette. */
export const seriesStyles = [
  { colour: "#0072b2", dash: "none" },
  { colour: "#d55e00", dash: "none" },
  { colour: "#009e73", dash: "none" },
  { colour: "#cc79a7", dash: "none" },
  { colour: "#e69f00", dash: "none" },
  { colour: "#56b4e9", dash: "none" },
  { colour: "#0072b2", dash: "7,3" },
  { colour: "#d55e00", dash: "7,3" },
  { colour: "#009e73", dash: "7,3" },
  { colour: "#cc79a7", dash: "7,3" },
] as const;

/** A font list every browser has something of; in PNGs, which see no system fonts, `sans-serif` is DejaVu Sans. */
export const fontFamily = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** The blue scale of the study's confusion matrix (matplotlib's "Blues"): `share` 0..1 -> colour. */
export function blues(share: number): string {
  const at = Math.min(Math.max(share, 0), 1) * (bluesStops.length - 1);
  const low = Math.min(Math.floor(at), bluesStops.length - 2);
  const a = bluesStops[low] as Rgb;
  const b = bluesStops[low + 1] as Rgb;
  const mix = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * (at - low));
  return `rgb(${mix(0)},${mix(1)},${mix(2)})`;
}

type Rgb = readonly [number, number, number];
/** ColorBrewer's 9-class Blues. */
const bluesStops: readonly Rgb[] = [
  [247, 251, 255],
  [222, 235, 247],
  [198, 219, 239],
  [158, 202, 225],
  [107, 174, 214],
  [66, 146, 198],
  [33, 113, 181],
  [8, 81, 156],
  [8, 48, 107],
];
