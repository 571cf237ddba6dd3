// What is left to do with the planes that a JPEG decoder gives for a rewritten file: blocks in their places, RGB weighed,
// turned upright. For Node and browsers.
import type { JpegFile } from "./jpeg-file.js";
import { arrange, hasDataLeft, type RewrittenJpeg } from "./jpeg-rewrite.js";
import { luma } from "./luma.js";
import type { Radiograph } from "./radiograph.js";
import { turnUpright } from "./turn-upright.js";

/** @param stored [storedHeight, storedWidth, step]; of RGB all three channels come first, else luma does */
export function jpegGray(stored: Uint8Array, step: number, rewritten: RewrittenJpeg, file: JpegFile): Radiograph {
  const { frame, colour, orientation } = file;
  const { width, height } = frame;
  const isRgb = colour === "rgb";
  const plane = isRgb ? luma(stored, step) : stored;
  const data = arrange(plane, isRgb ? 1 : step, rewritten, frame);
  return {
    image: turnUpright({ width, height, data }, orientation),
    warnings: hasDataLeft(stored, step, rewritten) ? [dataLeftOver] : [],
  };
}

const dataLeftOver = {
  code: "DATA_LEFT_OVER",
  message: "The JPEG holds more data than its size needs: damage may have shifted parts of the image.",
} as const;
