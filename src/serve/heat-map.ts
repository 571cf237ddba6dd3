// A heat map as the API gives it: the model's own few values, or a grey PNG of the image's size in the model. It is
// Grad-CAM for one class, 0..1: where the model looked, not where a disease is.
import type { HeatMapClass } from "../explain/heat-map-class.js";
import { resizeHeatMap } from "../explain/resize-heat-map.js";
import { encodePng } from "../images/encode.js";
import type { ClassHeatMap } from "../inference/result.js";

export const heatMapForms = ["none", "values", "png"] as const;
export type HeatMapForm = (typeof heatMapForms)[number];

/** What a client asked for. */
export type HeatMapWish =
  | { readonly form: "none" }
  | { readonly form: Exclude<HeatMapForm, "none">; readonly wanted: HeatMapClass };

/** The map as JSON; values are rounded to four decimals. */
export async function heatMapJson(map: ClassHeatMap, form: "values" | "png", imageSize: number): Promise<object> {
  const { class: name, height, width, data } = map;
  if (form === "values") {
    return { class: name, height, width, values: Array.from(data, (value) => Math.round(value * 1e4) / 1e4) };
  }
  const shown = resizeHeatMap(map, imageSize, imageSize);
  const png = await encodePng({ ...shown, data: Uint8Array.from(shown.data, (value) => Math.round(255 * value)) });
  return { class: name, height: imageSize, width: imageSize, png: Buffer.from(png).toString("base64") };
}
