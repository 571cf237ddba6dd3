// What may happen to a radiograph on its way to a model without its lungs changing: one kind of it in several strengths.
import type { Random } from "../../core/random.js";
import type { GrayImage } from "../gray-image.js";

export interface Corruption {
  /** As tables name it: "noise". */
  readonly title: string;
  /** What is counted, as words of a table: "standard deviation, of the range of grey levels". */
  readonly unit: string;
  /** An amount, short: "4%". */
  readonly text: (amount: number) => string;
  /** From mild to severe. */
  readonly amounts: readonly number[];
  /** Where the amounts come from. */
  readonly source: string;
  /** A new image; that given stays as it is. Equal streams give equal images. */
  readonly apply: (image: GrayImage, amount: number, random: Random) => GrayImage | Promise<GrayImage>;
}

/** Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", ICLR 2019. */
export const commonCorruptions = "Hendrycks and Dietterich, 2019";
/** For what that paper does not have. */
export const ownAmounts = "chosen here";

/** The side of that paper's images: amounts in pixels count for an image whose shorter side has as many. */
export const referenceSide = 224;

export const percentText = (share: number): string => `${Number((100 * share).toFixed(1))}%`;
