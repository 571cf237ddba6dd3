// What images of MedMNIST are called here, so that predictions find their way back to MedMNIST's own order.
import { type SplitName, splitNames } from "../sample.js";

/** Pixels of a side, in each of MedMNIST's sizes. */
export const medmnistSides = [28, 64, 128, 224] as const;

/** "test-00012.png" for the thirteenth image of the test part. */
export const medmnistImageName = (split: SplitName, index: number): string =>
  `${split}-${String(index).padStart(5, "0")}.png`;

/** Part and index of an image, by its path in a manifest; undefined for any other file. */
export function medmnistPlace(path: string): { readonly split: SplitName; readonly index: number } | undefined {
  const [, name, digits] = /(?:^|\/)([a-z]+)-(\d{5,7})\.png$/.exec(path) ?? [];
  const split = splitNames.find((each) => each === name);
  return split === undefined ? undefined : { split, index: Number(digits) };
}
