// Which corruptions there are, in the order of tables. A new one is a line here: audits, reports and tests follow.
import type { Corruption } from "./corruption.js";
import { brighter, darker, lessContrast, narrowerWindow } from "./grey-levels.js";
import { markerIn } from "./marker.js";
import { noise } from "./noise.js";
import { borders, onlyFrame, onlyMiddle, turned } from "./placement.js";
import { blur, fewerPixels, jpeg } from "./sharpness.js";

export const corruptions = {
  noise,
  blur,
  fewerPixels,
  jpeg,
  lessContrast,
  narrowerWindow,
  brighter,
  darker,
  turned,
  borders,
  markerTopLeft: markerIn("top left"),
  markerTopRight: markerIn("top right"),
  markerBottomLeft: markerIn("bottom left"),
  markerBottomRight: markerIn("bottom right"),
  onlyFrame,
  onlyMiddle,
} as const satisfies Readonly<Record<string, Corruption>>;

export type CorruptionName = keyof typeof corruptions;
export const corruptionNames = Object.keys(corruptions) as readonly CorruptionName[];

/** Those that say whether a model looks at what is not the patient. */
export const shortcutNames = corruptionNames.filter((name) => name.startsWith("marker") || name.startsWith("only"));

/** Raise when a corruption gives other pixels for the same image: unfinished audits are then begun anew. */
export const corruptionsVersion = 1;
