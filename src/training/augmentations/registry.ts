// All augmentations by the names that a training's settings take. A new one is one file beside this one and one line here.
import { anyOf } from "../../core/any-of.js";
import type { Augmentation } from "./augmentation.js";
import { exposure } from "./exposure.js";
import { study } from "./geometry.js";

const none: Augmentation = { summary: "", sentence: "Training images are not augmented.", parts: [] };

export const augmentations = { none, study, exposure } as const satisfies Readonly<Record<string, Augmentation>>;

export type AugmentationName = keyof typeof augmentations;
export const augmentationNames = Object.keys(augmentations) as AugmentationName[];

/** "none, study (rotation, zoom, shift, flip) or exposure (all of study and grey values)". */
export function augmentationsInWords(): string {
  const told = augmentationNames.map((name) => {
    const { summary } = augmentations[name];
    return summary === "" ? name : `${name} (${summary})`;
  });
  return anyOf(told);
}
