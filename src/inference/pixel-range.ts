// What the pixels of a file by others are scaled to: such files do not say.
import { imageNetScaling, type PixelScaling, symmetricScaling, unitScaling } from "../model/zoo/zoo-entry.js";

/** What a model's input takes grey values as; "imagenet" is ImageNet's mean and deviation per channel. */
export const pixelRanges = ["0..1", "-1..1", "imagenet", "0..255"] as const;
/** One of `pixelRanges`. */
export type PixelRange = (typeof pixelRanges)[number];

export const scalingOf: Readonly<Record<PixelRange, PixelScaling>> = {
  "0..1": unitScaling,
  "-1..1": symmetricScaling,
  imagenet: imageNetScaling,
  "0..255": { title: "0 to 255", multiply: [1, 1, 1], add: [0, 0, 0] },
};
