// Heat maps as plain data, as an inference model gives them. What is made of them for people is in src/explain.

/**
 * `grad-cam`: each channel weighed once, by its mean gradient (Selvaraju et al., 2017). `hirescam`: each channel weighed at each place by the
 * gradient there (Draelos and Carin, 2020): the same where a mean over places follows, faithful to a flattened head as well.
 */
export const heatMapMethods = ["grad-cam", "hirescam"] as const;
/** How heat maps are made: one of `heatMapMethods`. */
export type HeatMapMethod = (typeof heatMapMethods)[number];

/** Where the model looked, for one class: 0 (not at all) to 1 (most), row-major [height, width]. */
export interface HeatMap {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Maps of n images: [n, 2, height, width], 0..1, one per class in label order. */
export interface HeatMapBatch {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** The map of one image for one label (0 normal, 1 pneumonia); shares the batch's memory. */
export function heatMapAt({ width, height, data }: HeatMapBatch, image: number, label: 0 | 1): HeatMap {
  const size = width * height;
  const start = (2 * image + label) * size; // [n, 2, height, width]
  return { width, height, data: data.subarray(start, start + size) };
}

/** Both maps of one image; a copy, so that the batch's memory need not live as long. */
export function heatMapsOf({ width, height, data }: HeatMapBatch, image: number): HeatMapBatch {
  const size = 2 * width * height;
  return { width, height, data: data.slice(image * size, (image + 1) * size) };
}
