// Grey levels that are others than they were, each by itself: exposure, contrast, window.
import type { GrayImage } from "../gray-image.js";
import { type Corruption, commonCorruptions, ownAmounts, percentText } from "./corruption.js";

/** Each pixel's grey level 0..1 by `change`, cut at black and white. */
export function changedLevels(image: GrayImage, change: (level: number) => number): GrayImage {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, level) => 255 * change(level / 255));
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length; i++) data[i] = table[image.data[i] as number] as number;
  return { ...image, data };
}

/** A detector's grey level goes with the logarithm of its dose, so that another exposure adds the same everywhere. */
export const brighter: Corruption = {
  title: "brighter",
  unit: "added, of the range of grey levels",
  text: (amount) => `+${percentText(amount)}`,
  amounts: [0.1, 0.2, 0.3],
  source: commonCorruptions,
  apply: (image, amount) => changedLevels(image, (level) => level + amount),
};

export const darker: Corruption = {
  title: "darker",
  unit: "taken away, of the range of grey levels",
  text: (amount) => `−${percentText(amount)}`,
  amounts: [0.1, 0.2, 0.3],
  source: `${commonCorruptions}, the other way`,
  apply: (image, amount) => changedLevels(image, (level) => level - amount),
};

export const lessContrast: Corruption = {
  title: "less contrast",
  unit: "what is left of it",
  text: percentText,
  amounts: [0.75, 0.5, 0.3],
  source: commonCorruptions,
  apply: (image, amount) => {
    const mean = image.data.reduce((sum, level) => sum + level, 0) / image.data.length / 255;
    return changedLevels(image, (level) => mean + amount * (level - mean));
  },
};

/** What lies outside of a narrower window is black or white, for good. */
export const narrowerWindow: Corruption = {
  title: "narrower window",
  unit: "the grey levels in the middle that stay apart",
  text: percentText,
  amounts: [0.85, 0.7, 0.55],
  source: ownAmounts,
  apply: (image, amount) => changedLevels(image, (level) => 0.5 + (level - 0.5) / amount),
};
