// A lead letter in a corner, as radiographers lay them there: R at the image's left, L at its right.
import type { GrayImage } from "../gray-image.js";
import { markerLetters } from "../marker-letters.js";
import { type Corruption, ownAmounts, percentText } from "./corruption.js";

export const corners = ["top left", "top right", "bottom left", "bottom right"] as const;
export type Corner = (typeof corners)[number];

/** Between letter and edges, in shares of the shorter side. */
const distance = 0.03;

/** @param share the letter's height in shares of the image's shorter side */
export function withMarker(image: GrayImage, corner: Corner, share: number): GrayImage {
  const { width, height } = image;
  const isLeft = corner.endsWith("left");
  const rows = markerLetters[isLeft ? "R" : "L"];
  const shorter = Math.min(width, height);
  const dot = Math.max(1, Math.round((share * shorter) / rows.length));
  const away = Math.round(distance * shorter);
  const left = isLeft ? away : width - away - 5 * dot;
  const top = corner.startsWith("top") ? away : height - away - rows.length * dot;
  const data = new Uint8Array(image.data);
  for (const [row, dots] of rows.entries()) {
    for (const [column, isLead] of [...dots].entries()) {
      if (isLead !== "1") continue;
      for (let y = top + row * dot; y < top + (row + 1) * dot; y++) {
        const start = y * width + left + column * dot;
        data.fill(255, start, start + dot);
      }
    }
  }
  return { width, height, data };
}

export const markerIn = (corner: Corner): Corruption => ({
  title: `marker, ${corner}`,
  unit: "height of the letter, of the shorter side",
  text: percentText,
  amounts: [0.06, 0.1, 0.14],
  source: ownAmounts,
  apply: (image, amount) => withMarker(image, corner, amount),
});
