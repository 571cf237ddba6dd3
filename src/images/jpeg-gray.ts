// What is left to do with the planes that a JPEG decoder gives for a rewritten file: blocks in their places, RGB weighed,
// turned upright. For Node and browsers.
import type { GrayImage } from "./gray-image.js";
import type { JpegFile } from "./jpeg-file.js";
import { arrange, hasDataLeft, type RewrittenJpeg } from "./jpeg-rewrite.js";
import { luma } from "./luma.js";
import { damaged } from "./picture-errors.js";
import { turnUpright } from "./turn-upright.js";

/** [storedHeight, storedWidth, step]; of RGB all three channels come first, else luma does. */
export interface StoredPlanes {
  readonly data: Uint8Array;
  readonly step: number;
}

/** @throws AppError IMAGE_UNREADABLE where the extra row shows that data remained */
export function jpegGray(
  { data, step }: StoredPlanes,
  rewritten: RewrittenJpeg,
  file: JpegFile,
  name: string,
): GrayImage {
  if (hasDataLeft(data, step, rewritten)) throw damaged(name, "it holds more data than its size needs");
  const { width, height } = file.frame;
  const isRgb = file.colour === "rgb";
  const plane = isRgb ? luma(data, step) : data;
  const pixels = arrange(plane, isRgb ? 1 : step, rewritten, { width, height });
  return turnUpright({ width, height, data: pixels }, file.orientation);
}
