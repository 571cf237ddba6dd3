// All augmentations by the names that a training's settings take. A new one is one file beside this one and one line here.
import type { Augmentation } from "./augmentation.js";
import { exposure } from "./exposure.js";
import { study } from "./geometry.js";

const none: Augmentation = { summary: "", sentence: "Training images are not augmented.", parts: [] };

export const augmentations = { none, study, exposure } as const satisfies Readonly<Record<string, Augmentation>>;

export type AugmentationName = keyof typeof augmentations;
export const augmentationNames = Object.keys(augmentations) as AugmentationName[];
