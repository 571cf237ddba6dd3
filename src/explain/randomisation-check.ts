// The sanity check of Adebayo et al. ("Sanity Checks for Saliency Maps", 2018, arXiv 1810.03292): a map that explains a
// trained model must change when the model's weights are drawn at random again. One that stays, such as an edge
// detector's, says nothing of the model.

import type { HeatMapBatch } from "../model/heat-map.js";
import { initialWeights } from "../model/initial-weights.js";
import type { ModelGraph } from "../model/model-graph.js";
import type { WeightMap } from "../model/weights.js";
import { rankCorrelation } from "./rank-correlation.js";
import { type ChanceAgreement, chanceAgreement, type MapPair } from "./unrelated-maps.js";

/** `head`: the layers behind Grad-CAM's layer are drawn again; `all`: every layer. */
export type Randomisation = "head" | "all";

/** A model whose layers are all drawn again must agree less than this with the trained one, in mean size of rho. */
export const mostAgreement = 0.5;

/** Maps that are needed for a verdict: by chance single pairs of unrelated maps agree to anything, means over eight hardly above 0.35. */
export const fewestMaps = 8;

/** How often each part's weights are drawn again: one draw may be a lucky one. */
export const randomDraws = 3;

/** Mean over images of |Spearman's rho| between two models' maps; null where no image has one. */
export interface MapAgreement {
  readonly agreement: number | null;
  /** Images with a map on both sides. */
  readonly images: number;
  /** What it is by chance; null with `agreement`. */
  readonly chance: ChanceAgreement | null;
}

/** Of weights that were drawn again several times. */
export interface RandomisedAgreement {
  /** `unknown` where fewer than eight images had maps to compare; `changed` where the mean of all draws is below the bound. */
  readonly verdict: "changed" | "unchanged" | "unknown";
  /** Mean over draws of the agreement with the trained model's maps: 1 is the same map. */
  readonly agreement: number | null;
  /** Of each draw, in their order. */
  readonly draws: readonly (number | null)[];
  /** Mean over draws of what the same maps agree to by chance, and of the size that 5 of 100 exceed. */
  readonly chance: ChanceAgreement | null;
  /** Images with a map on both sides, in the draw that had fewest. */
  readonly images: number;
}

/** How far maps agree with those of the same network with weights drawn again. */
export interface RandomisationCheck {
  /** Whether the maps changed when every layer was drawn again: that of `allLayers`. */
  readonly verdict: "changed" | "unchanged" | "unknown";
  /** `allLayers.agreement`. */
  readonly all: number | null;
  /** `lastLayers.agreement`. */
  readonly head: number | null;
  /** Agreement must stay below it. */
  readonly bound: number;
  /** `allLayers.images`. */
  readonly images: number;
  readonly allLayers: RandomisedAgreement;
  /** Only the layers behind that of the maps: the features stay. Judged by itself, it decides nothing about `verdict`. */
  readonly lastLayers: RandomisedAgreement;
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
  const pairs = pairsOf(one, other);
  const correlations = pairs.flatMap(([a, b]) => rankCorrelation(a, b) ?? []).map(Math.abs);
  if (correlations.length === 0) return { agreement: null, images: 0, chance: null };
  const { width, height } = one;
  return {
    agreement: meanOf(correlations),
    images: correlations.length,
    chance: chanceAgreement(pairs, { width, height, size: "absolute" }),
  };
}

/** Both models' signed maps of each image. */
export function pairsOf(one: HeatMapBatch, other: HeatMapBatch): readonly MapPair[] {
  const images = one.data.length / (2 * one.width * one.height);
  return Array.from({ length: images }, (_, image) => [signedMap(one, image), signedMap(other, image)] as const);
}

/** Whether the maps may count as explanations of this model. @param draws of each part, one or more */
export function judgeRandomisation(
  draws: Readonly<Record<Randomisation, readonly MapAgreement[]>>,
): RandomisationCheck {
  const [allLayers, lastLayers] = [judgeDraws(draws.all), judgeDraws(draws.head)];
  const { verdict, agreement: all, images } = allLayers;
  return { verdict, all, head: lastLayers.agreement, bound: mostAgreement, images, allLayers, lastLayers };
}

function judgeDraws(draws: readonly MapAgreement[]): RandomisedAgreement {
  const found = draws.flatMap(({ agreement }) => agreement ?? []);
  const chances = draws.flatMap(({ chance }) => chance ?? []);
  const images = Math.min(...draws.map((draw) => draw.images));
  const agreement = found.length === 0 ? null : meanOf(found);
  const chance =
    chances.length === 0
      ? null
      : { mean: meanOf(chances.map(({ mean }) => mean)), high: meanOf(chances.map(({ high }) => high)) };
  const facts = { agreement, draws: draws.map((draw) => draw.agreement), chance, images };
  if (agreement === null || images < fewestMaps) return { verdict: "unknown", ...facts };
  return { verdict: agreement < mostAgreement ? "changed" : "unchanged", ...facts };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

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
