// How many phantoms a synthetic dataset has. Apart from what draws them, so that naming the numbers loads no image code.
import type { SplitName } from "./sample.js";

/** Phantoms of each class. */
export interface SplitCounts {
  readonly normal: number;
  readonly pneumonia: number;
}

/** Phantoms of each class in each split. */
export type SynthesisCounts = Readonly<Record<SplitName, SplitCounts>>;

/** The Kaggle dataset in small: a twelfth of its training images, a fifth of its test images. */
export const defaultSynthesisCounts: SynthesisCounts = {
  train: { normal: 116, pneumonia: 334 },
  val: { normal: 8, pneumonia: 8 },
  test: { normal: 50, pneumonia: 84 },
};
