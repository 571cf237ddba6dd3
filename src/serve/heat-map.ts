// A heat map as the API gives it: the model's own few values, or a grey PNG of the image's size in the model.
import { encodePng } from "../images/encode.js";
import { resize } from "../images/resize.js";
import type { Reading } from "../reading/open-reader.js";

export const heatMapForms = ["none", "values", "png"] as const;
export type HeatMapForm = (typeof heatMapForms)[number];

/** Grad-CAM for PNEUMONIA, [height, width], 0..1: where the model looked, not where a disease is. */
export interface HeatMap {
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

/** The PNEUMONIA map of one image; undefined where the model gives none. */
export function heatMapOf({ heatmaps }: Reading, image: number): HeatMap | undefined {
  if (heatmaps === null) return undefined;
  const { height, width, data } = heatmaps;
  const size = height * width;
  const start = (2 * image + 1) * size; // [n, 2, h, w]: label 1 of this image
  return { height, width, values: data.slice(start, start + size) };
}

/** The map as JSON; values are rounded to four decimals. */
export async function heatMapJson(map: HeatMap, form: "values" | "png", imageSize: number): Promise<object> {
  const { height, width, values } = map;
  const about = { class: "PNEUMONIA", height, width };
  if (form === "values") return { ...about, values: Array.from(values, (value) => Math.round(value * 1e4) / 1e4) };
  const gray = { height, width, data: Uint8Array.from(values, (value) => Math.round(255 * value)) };
  const png = await encodePng(resize(gray, imageSize, imageSize, "linear"));
  return { class: "PNEUMONIA", height: imageSize, width: imageSize, png: Buffer.from(png).toString("base64") };
}
