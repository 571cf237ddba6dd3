// Draws the radiograph and the heat map over it into a canvas. Pixels are turned into grey through the window's table once
// per change of the window; zooming and moving draw the result again.
import type { GrayImage, HeatMap } from "../../src/browser.js";
import { heatPicture } from "../../src/page/heat-picture.js";
import type { Size, ViewTransform } from "../../src/page/view-transform.js";

/** Pixels of the coloured heat map on a side: as large as what the model saw. */
const heatSize = 224;

/** The image in the greys of a window's table. */
export function paintGrey(image: GrayImage, table: Uint8Array, into: HTMLCanvasElement): void {
  const { width, height, data } = image;
  if (into.width !== width) into.width = width;
  if (into.height !== height) into.height = height;
  const pixels = new Uint32Array(width * height);
  // One word per level, alpha in the highest byte: canvases are little-endian wherever browsers run.
  const words = Uint32Array.from(table, (grey) => 0xff000000 | (grey << 16) | (grey << 8) | grey);
  for (let i = 0; i < data.length; i++) pixels[i] = words[data[i] as number] as number;
  const rgba = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
  into.getContext("2d")?.putImageData(rgba, 0, 0);
}

export function paintHeat(map: HeatMap, into: HTMLCanvasElement): void {
  into.width = heatSize;
  into.height = heatSize;
  const pixels = new ImageData(heatPicture(map, heatSize), heatSize, heatSize);
  into.getContext("2d")?.putImageData(pixels, 0, 0);
}

export interface Scene {
  readonly grey: HTMLCanvasElement;
  readonly heat: HTMLCanvasElement | null;
  /** 0..1 */
  readonly heatOpacity: number;
  readonly view: ViewTransform;
}

/** @param stage CSS pixels; the canvas has as many device pixels as it covers */
export function drawScene(canvas: HTMLCanvasElement, { grey, heat, heatOpacity, view }: Scene, stage: Size): void {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(stage.width * ratio), Math.round(stage.height * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  // Magnified pixels stay smooth up to four times; beyond that one wants to see them.
  context.imageSmoothingEnabled = view.scale * ratio < 4;
  context.imageSmoothingQuality = "high";
  const [w, h] = [grey.width * view.scale, grey.height * view.scale];
  context.drawImage(grey, view.x, view.y, w, h);
  if (heat === null || heatOpacity === 0) return;
  context.imageSmoothingEnabled = true;
  context.globalAlpha = heatOpacity;
  context.drawImage(heat, view.x, view.y, w, h);
  context.globalAlpha = 1;
}
