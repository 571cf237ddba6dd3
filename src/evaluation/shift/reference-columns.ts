// By what the images that a threshold was set on are compared with those that a model meets: its score, and every trait.
import { inSteps, type TraitName, traitNames, traits } from "./traits.js";

/** "score", "brightness", "contrast", … */
export type ReferenceName = "score" | TraitName;
export const referenceNames: readonly ReferenceName[] = ["score", ...traitNames];

/** What is known of an image when it was scored: numbers, no label. */
export interface MetImage {
  /** 0..1. */
  readonly score: number;
  readonly traits: Readonly<Record<TraitName, number>>;
}

/** Engines differ in the last digits; models that are sure of everything have nothing but last digits. */
const scoreStep = 0.001;

export const stepOf = (name: ReferenceName): number => (name === "score" ? scoreStep : traits[name].step);

/** In whole steps, so that encoding and rounding do not tell sets apart. */
export function referenceValue(name: ReferenceName, { score, traits: seen }: MetImage): number {
  return name === "score" ? scoreValue(score) : inSteps(name, seen[name]);
}

export const scoreValue = (score: number): number => Number((Math.round(score / scoreStep) * scoreStep).toFixed(3));
