// The sanity check of Adebayo et al. ("Sanity Checks for Saliency Maps", 2018, arXiv 1810.03292): a map that explains a
// trained model must change when the model's weights are drawn at random again. One that stays, such as an edge
// detector's, says nothing of the model.

import type { HeatMapBatch } from "../model/heat-map.js";
import { initialWeights } from "../model/initial-weights.js";
import type { ModelGraph } from "../model/model-graph.js";
import type { WeightMap } from "../model/weights.js";
import { rankCorrelation } from "./rank-correlation.js";

/** `head`: the layers behind Grad-CAM's layer are drawn again; `all`: every layer. */
export type Randomisation = "head" | "all";

/** A model whose layers are all drawn again must agree less than this with the trained one, in mean size of rho. */
export const mostAgreement = 0.5;

/** Maps that are needed for a verdict: unrelated maps of 49 cells agree to 0.12 to 0.33 each, by chance, their mean over eight hardly above 0.25. */
export const fewestMaps = 8;

/** Mean over images of |Spearman's rho| between two models' maps; null where no image has one. */
export interface MapAgreement {
  readonly agreement: number | null;
  /** Images with a map on both sides. */
  readonly images: number;
}

/** How far maps agree with those of the same network with weights drawn again: 1 is the same map, 0 none. */
export interface RandomisationCheck {
  /**
   * Whether the maps changed when every layer was drawn again, that is, whether `all` is below `bound`: `head` decides nothing.
   * `unknown` where fewer than eight images had maps to compare.
   */
  readonly verdict: "changed" | "unchanged" | "unknown";
  readonly head: number | null;
  readonly all: number | null;
  readonly bound: number;
  readonly images: number;
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

/** Maps of the same images by two models. */
export function compareMaps(one: HeatMapBatch, other: HeatMapBatch): MapAgreement {
  const correlations: number[] = [];
  const images = one.data.length / (2 * one.width * one.height);
  for (let image = 0; image < images; image++) {
    const rho = rankCorrelation(signedMap(one, image), signedMap(other, image));
    if (rho !== null) correlations.push(Math.abs(rho));
  }
  const sum = correlations.reduce((total, value) => total + value, 0);
  return { agreement: correlations.length === 0 ? null : sum / correlations.length, images: correlations.length };
}

/** Whether the maps may count as explanations of this model. */
export function judgeRandomisation({ head, all }: Readonly<Record<Randomisation, MapAgreement>>): RandomisationCheck {
  const facts = { head: head.agreement, all: all.agreement, bound: mostAgreement, images: all.images };
  if (all.agreement === null || all.images < fewestMaps) return { verdict: "unknown", ...facts };
  return { verdict: all.agreement < mostAgreement ? "changed" : "unchanged", ...facts };
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
