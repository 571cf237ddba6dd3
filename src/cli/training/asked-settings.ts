// What `compare` and `protocol freeze` are asked to train, from their options.
import type { ComparisonSettings } from "../../index.js";
import { givenSettings } from "../setting-options.js";
import { modelNames, type SettingsPerModel } from "./settings-per-model.js";

export interface ComparisonCommandOptions {
  readonly models?: string;
  readonly data?: string;
  readonly protocol?: "sound" | "study";
  readonly seeds?: number;
  readonly folds?: number;
  readonly seed?: number;
}

/** How many trainings of each model, unless told: the study made one run. */
const usualSeeds = { sound: 3, study: 1 } as const;

export function askedSettings(options: ComparisonCommandOptions, perModel: SettingsPerModel): ComparisonSettings {
  const { seed: first = 1, folds } = options;
  const { seeds = folds === undefined ? usualSeeds[options.protocol ?? "sound"] : 1 } = options;
  const { seed, ...common } = givenSettings(perModel.forAll({ ...options }));
  const models = modelNames(options.models ?? "");
  perModel.requireOnly(models);
  return {
    ...common,
    data: options.data ?? "",
    models: models.map((model) => ({ ...perModel.of(model), model })),
    seeds: Array.from({ length: seeds }, (_, i) => first + i),
    folds,
  };
}
