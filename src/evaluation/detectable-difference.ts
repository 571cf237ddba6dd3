// How large a difference of two classifiers must be for a set of images to show it: the power that a comparison has, computed.
import { normalQuantile } from "./normal-distribution.js";

/** Found in 80 of 100 sets such as this one, by a two-sided test at .05, before any correction for several tests. */
export const power = 0.8;
export const significance = 0.05;

const critical = -normalQuantile(significance / 2);
const beyond = normalQuantile(power);

export interface PairedSet {
  /** Images. */
  readonly n: number;
  /** Share of the images that only one of the two classifiers calls rightly. */
  readonly discordance: number;
  /** Of the difference: how many images count for one, because images of a patient go together. */
  readonly designEffect: number;
}

/**
 * The smallest true difference of two accuracies that a paired test finds with `power` (R. J. Connor, Biometrics 43, 1987, with
 * the images divided by the design effect). Null where even all disagreement on one side would be too little.
 */
export function detectableDifference({ n, discordance, designEffect }: PairedSet): number | null {
  const images = n / designEffect;
  const lacks = (difference: number) =>
    difference * Math.sqrt(images) <
    critical * Math.sqrt(discordance) + beyond * Math.sqrt(Math.max(0, discordance - difference ** 2));
  if (!(images > 0 && discordance > 0) || lacks(discordance)) return null;
  let [low, high] = [0, discordance];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (lacks(middle)) low = middle;
    else high = middle;
  }
  return high;
}

/** The same for a difference that is normal with this standard error, such as that of two AUCs. */
export const detectableWithError = (standardError: number): number => (critical + beyond) * standardError;
