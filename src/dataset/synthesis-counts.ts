// How many phantoms a synthetic dataset has. Apart from what draws them, so that naming the numbers loads no image code.
import type { SplitName } from "./sample.js";

export interface SplitCounts {
  readonly normal: number;
  readonly pneumonia: number;
}

export type SynthesisCounts = Readonly<Record<SplitName, SplitCounts>>;

export const defaultSynthesisCounts: SynthesisCounts = {
  train: { normal: 116, pneumonia: 334 },
  val: { normal: 8, pneumonia: 8 },
  test: { normal: 50, pneumonia: 84 },
};
