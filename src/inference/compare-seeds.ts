// How far runs of one recipe, which differ in their seed, look at the same places: what differs between them is not a matter of the images.
import { basename } from "node:path";
import { AppError } from "../core/errors.js";
import { pairsOf } from "../explain/randomisation-check.js";
import { rankCorrelation } from "../explain/rank-correlation.js";
import { type ChanceAgreement, chanceAgreement } from "../explain/unrelated-maps.js";
import type { HeatMapBatch } from "../model/heat-map.js";
import { type Classifier, type ClassifierOptions, openClassifier } from "./classifier.js";

/** Agreement of the maps of each pair of runs: mean Spearman's rho over images, 1 is the same order of places, below 0 the opposite. */
export interface SeedAgreement {
  /** Mean over pairs. */
  readonly agreement: number | null;
  readonly pairs: readonly {
    readonly runs: readonly [string, string];
    readonly agreement: number | null;
    /** With a map by both. */
    readonly images: number;
  }[];
  /** Of maps that are as smooth and have nothing to do with each other, in the mean of the pairs. */
  readonly chance: ChanceAgreement | null;
}

/**
 * @param images grey, [n, size, size]
 * @param others run folders or model files of the same network
 * @throws AppError as `openClassifier`; OPTION_INVALID for one of another network; NO_HEAT_MAP
 */
export async function compareSeeds(
  classifier: Classifier,
  images: Uint8Array,
  others: readonly string[],
  options: Pick<ClassifierOptions, "cwd">,
): Promise<SeedAgreement> {
  const { contract, threads, runtime, heatMapMethod } = classifier;
  const maps: { readonly name: string; readonly batch: HeatMapBatch }[] = [];
  const add = async (from: Classifier) => {
    const { heatMaps } = await from.run(images);
    if (heatMaps === null) throw noMaps(from.file);
    maps.push({ name: basename(from.place ?? from.file), batch: heatMaps });
  };
  await add(classifier);
  for (const place of others) {
    await using other = await openClassifier(place, { ...options, threads, runtime, heatMapMethod });
    const isSame = other.contract.model === contract.model && other.contract.imageSize === contract.imageSize;
    if (!isSame) throw anotherRecipe(place, contract, other.contract);
    await add(other);
  }
  const pairs = maps.flatMap((one, i) => maps.slice(i + 1).map((other) => ({ one, other })));
  const found = pairs.map(({ one, other }) => {
    const { width, height } = one.batch;
    const both = pairsOf(one.batch, other.batch);
    const correlations = both.flatMap(([a, b]) => rankCorrelation(a, b) ?? []);
    return {
      runs: [one.name, other.name] as const,
      agreement: meanOf(correlations),
      images: correlations.length,
      chance: chanceAgreement(both, { width, height, size: "signed" }),
    };
  });
  const chances = found.flatMap(({ chance }) => chance ?? []);
  const [mean, high] = [meanOf(chances.map((chance) => chance.mean)), meanOf(chances.map((chance) => chance.high))];
  return {
    agreement: meanOf(found.flatMap(({ agreement }) => agreement ?? [])),
    pairs: found.map(({ chance: _, ...pair }) => pair),
    chance: mean === null || high === null ? null : { mean, high },
  };
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

interface Recipe {
  readonly model: string;
  readonly imageSize: number;
}

const anotherRecipe = (place: string, wanted: Recipe, found: Recipe): AppError =>
  new AppError("OPTION_INVALID", {
    place,
    rule: `only runs of one recipe are set beside each other: ${wanted.model} at ${wanted.imageSize} pixels`,
    received: `${found.model} at ${found.imageSize}`,
    remedy: "Name runs that differ in their seed alone",
  });

const noMaps = (file: string): AppError =>
  new AppError("NO_HEAT_MAP", { place: file, rule: "should give heat maps", remedy: "Choose a run that does" });
