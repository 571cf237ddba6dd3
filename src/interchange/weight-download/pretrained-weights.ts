// The pretrained weights that models start from, by the models' names: which are here, and fetching them.
import { resolve } from "node:path";
import { aFunction, aList, anObject, aPath, checkOptions, type OptionRules } from "../../core/check-options.js";
import type { FetchFunction } from "../../core/download/download-part.js";
import { findModel, zoo } from "../../model/zoo/registry.js";
import type { PretrainedSource, ZooEntry } from "../../model/zoo/zoo-entry.js";
import {
  type CachedWeights,
  cachedWeights,
  type FetchedWeights,
  fetchPretrained,
  weightsCacheFolder,
} from "./pretrained-cache.js";

/** Where pretrained weights are kept. */
export interface WeightsPlace {
  /** Where weights are kept; default `~/.cache/pneumoscope/weights`, or below PNEUMOSCOPE_CACHE. */
  readonly folder?: string | undefined;
  /** Where a relative folder starts; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** The environment that names the cache; default the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Which models there are; default the registry's. */
  readonly models?: readonly ZooEntry[] | undefined;
}

const placeRules: OptionRules<WeightsPlace> = { folder: aPath, cwd: aPath, env: anObject, models: aList };

/** How weights are downloaded. */
export interface FetchWeightsOptions extends WeightsPlace {
  /** Told of the bytes that are here; the total where the publisher says it. */
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /** Node.js' own, or one that goes another way. */
  readonly fetch?: FetchFunction | undefined;
}

/** One model's pretrained weights, and whether they are here. */
export interface ModelWeights {
  /** The registry's name. */
  readonly model: string;
  /** Where they come from; null for a model that starts at random. */
  readonly pretrained: PretrainedSource | null;
  /** Whether they are here; null for a model that needs none. */
  readonly cached: CachedWeights | null;
}

/**
 * The absolute path of the folder that weights are kept in.
 *
 * @example
 * console.log(weightsFolder());
 */
export function weightsFolder(place: WeightsPlace = {}): string {
  checkOptions("weightsFolder", place, placeRules);
  const { folder, cwd = process.cwd(), env = process.env } = place;
  return folder === undefined ? weightsCacheFolder(env) : resolve(cwd, folder);
}

/** Of every model. */
export async function listWeights(place: WeightsPlace = {}): Promise<readonly ModelWeights[]> {
  checkOptions("listWeights", place, placeRules);
  const folder = weightsFolder(place);
  const rows: ModelWeights[] = [];
  for (const entry of place.models ?? zoo) {
    const { id, pretrained } = entry;
    rows.push({ model: id, pretrained, cached: pretrained === null ? null : await cachedWeights(entry, folder) });
  }
  return rows;
}

/**
 * Downloads a model's weights from their publisher, verified; goes on where it stopped.
 * @throws AppError MODEL_UNKNOWN; OPTION_INVALID for a model without published weights; DOWNLOAD_FAILED, WEIGHTS_DAMAGED
 */
export async function fetchWeights(model: string, options: FetchWeightsOptions = {}): Promise<FetchedWeights> {
  checkOptions("fetchWeights", options, { ...placeRules, onProgress: aFunction, fetch: aFunction });
  const { fetch = globalThis.fetch, onProgress = () => undefined, ...place } = options;
  return fetchPretrained({
    entry: findModel(model, place.models),
    cacheFolder: weightsFolder(place),
    fetch,
    onProgress,
  });
}
