// The sanity check of Adebayo et al. ("Sanity Checks for Saliency Maps", 2018, arXiv 1810.03292): a map that explains a
// trained model must change when the model's weights are drawn at random again. One that stays, such as an edge
// detector's, says nothing of the model.

import { initialWeights } from "../model/initial-weights.js";
import type { ModelGraph } from "../model/model-graph.js";
import type { WeightMap } from "../model/weights.js";
import type { HeatMapBatch } from "./heat-map.js";
import { rankCorrelation } from "./rank-correlation.js";

/** `head`: the layers behind Grad-CAM's layer are drawn again; `all`: every layer. */
export const randomisations = ["head", "all"] as const;
export type Randomisation = (typeof randomisations)[number];

/** A model whose layers are all drawn again must agree less than this with the trained one, in mean size of rho. */
export const mostAgreement = 0.5;

export interface RandomisationResult {
  readonly randomised: Randomisation;
  /** Mean over images of |Spearman's rho| between the maps of the trained and the random model; null where no image has one. */
  readonly agreement: number | null;
  readonly images: number;
}

export interface RandomisationCheck {
  readonly results: readonly RandomisationResult[];
  /**
   * Whether the maps changed when every layer was drawn again, that is, agree less than `mostAgreement`; `unknown` where
   * there were no maps to compare.
   */
  readonly verdict: "changed" | "unchanged" | "unknown";
}

/** The weights with those of the named part drawn again, as a new training would. */
export function randomisedWeights(
  graph: ModelGraph,
  weights: WeightMap,
  target: string,
  { randomised, seed }: { readonly randomised: Randomisation; readonly seed: number },
): WeightMap {
  const from = graph.nodes.findIndex(({ name }) => name === target) + 1;
  const drawn = randomised === "all" ? graph.nodes : graph.nodes.slice(from);
  return new Map([...weights, ...initialWeights(graph, seed, new Set(drawn.map(({ name }) => name)))]);
}

/** Maps of the same images by the trained and a randomised model. */
export function compareMaps(
  randomised: Randomisation,
  trained: HeatMapBatch,
  random: HeatMapBatch,
): RandomisationResult {
  const correlations: number[] = [];
  const images = trained.data.length / (2 * trained.width * trained.height);
  for (let image = 0; image < images; image++) {
    const rho = rankCorrelation(signedMap(trained, image), signedMap(random, image));
    if (rho !== null) correlations.push(Math.abs(rho));
  }
  const sum = correlations.reduce((total, value) => total + value, 0);
  return {
    randomised,
    agreement: correlations.length === 0 ? null : sum / correlations.length,
    images: correlations.length,
  };
}

export function judgeRandomisation(results: readonly RandomisationResult[]): RandomisationCheck {
  const agreement = results.find(({ randomised }) => randomised === "all")?.agreement ?? null;
  if (agreement === null) return { results, verdict: "unknown" };
  return { results, verdict: agreement < mostAgreement ? "changed" : "unchanged" };
}

/**
 * Pneumonia's map less normal's: ordered as the sum was before each side was cut at 0 and divided by its own maximum, so
 * that ranks see all of it.
 */
function signedMap({ width, height, data }: HeatMapBatch, image: number): Float32Array {
  const size = width * height;
  const normal = data.subarray(2 * image * size, (2 * image + 1) * size);
  const pneumonia = data.subarray((2 * image + 1) * size, (2 * image + 2) * size);
  return pneumonia.map((value, i) => value - (normal[i] as number));
}
