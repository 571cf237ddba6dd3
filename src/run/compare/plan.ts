// Which trainings a comparison consists of, and where each of them lives: one run folder per model and seed.
import { join } from "node:path";
import { anObject, checkArgument, type OptionRule } from "../../core/check-options.js";
import { AppError } from "../../core/errors.js";
import { foldText, requireFolds } from "../../dataset/folds.js";
import { findModel } from "../../model/zoo/registry.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import { resolveSettings, type SettingsContext, type TrainSettings } from "../resolve-settings.js";
import { type RunSettings, type SettingName, settingNames, settingTable } from "../settings.js";

/** What is compared: settings for all models, and for each what differs for it. */
export interface ComparisonSettings extends Omit<TrainSettings, "model" | "seed" | "fold"> {
  /** Names of the registry, or settings with a `model`. Each model once. */
  readonly models: readonly (string | ComparedModelSettings)[];
  /** Every model is trained with every one; default 1, 2, 3, in the study's protocol and with folds 1. */
  readonly seeds?: readonly number[] | undefined;
  /**
   * Cross-validation with so many folds, 2..100: instead of testing on test/, every model is trained as often with every seed, and tested on
   * another part of the patients of train/ and val/ each time. The folds are the seed's, and the same for all models.
   */
  readonly folds?: number | undefined;
}

/** One model of a comparison with what differs for it. */
export type ComparedModelSettings = Omit<TrainSettings, "data" | "seed" | "fold"> & { readonly model: string };

/** One training of a comparison and the folder it lives in. */
export interface PlannedRun {
  /** Absolute. */
  readonly folder: string;
  readonly entry: ZooEntry;
  readonly settings: RunSettings;
}

/**
 * Every model with every seed and fold: all models of the first seed first, so that a stopped comparison has one row of each.
 * @throws AppError MODEL_UNKNOWN; OPTION_INVALID for no model or seed, for one named twice, and as `resolveSettings`
 */
export function planRuns(folder: string, asked: ComparisonSettings, context: SettingsContext): readonly PlannedRun[] {
  checkArgument("models", asked.models, aListOfModels);
  checkArgument("seeds", asked.seeds ?? [1], aListOfSeeds);
  const isOnce = asked.protocol === "study" || asked.folds !== undefined;
  const { models, folds, seeds = isOnce ? [1] : [1, 2, 3], ...common } = asked;
  const own = models.map((model) => (typeof model === "string" ? { model } : model));
  for (const settings of own) refuseCommon(settings);
  refuseFold(asked);
  refuseBackbone(asked);
  const entries = own.map(({ model }) => findModel(model, context.models));
  requireEachOnce(
    "models",
    entries.map(({ id }) => id),
  );
  requireEachOnce("seeds", seeds);
  const parts = seeds.flatMap((seed) => foldsOf(folds).map((fold) => ({ seed, fold })));
  return parts.flatMap(({ seed, fold }) =>
    own.map((settings, i) => {
      const entry = entries[i] as ZooEntry;
      const resolved = resolveSettings({ ...common, ...settings, seed, fold }, context);
      const part = resolved.fold === null ? "" : `-fold${resolved.fold.number}of${resolved.fold.of}`;
      return {
        folder: join(folder, "runs", `${entry.id}-${resolved.protocol}-seed${seed}${part}`),
        entry,
        settings: resolved,
      };
    }),
  );
}

/** The settings' fold of each training. */
function foldsOf(folds: number | undefined): readonly string[] {
  if (folds === undefined) return ["none"];
  requireFolds(folds);
  return Array.from({ length: folds }, (_, i) => foldText({ number: i + 1, of: folds }));
}

const aListOfModels: OptionRule = {
  rule: "a list of names, or of settings with a model",
  holds: (value) =>
    Array.isArray(value) &&
    value.every((model) => typeof model === "string" || (anObject.holds(model) && typeof model.model === "string")),
};

const aListOfSeeds: OptionRule = {
  rule: "a list of whole numbers",
  holds: (value) => Array.isArray(value) && value.every(Number.isSafeInteger),
};

/** What all models must share, or their rows would not be comparable. */
function refuseCommon({ model, ...settings }: ComparedModelSettings): void {
  const common = Object.keys(settings).find((name) => isSetting(name) && !settingTable[name].perModel);
  if (common === undefined) return;
  throw new AppError("OPTION_INVALID", {
    place: "models",
    rule: `one model alone may have ${settingNames.filter((name) => settingTable[name].perModel).join(", ")}`,
    received: `"${common}" of ${model}`,
    remedy: "Set it for all",
  });
}

function refuseFold(asked: object): void {
  if (!("fold" in asked) || asked.fold === undefined) return;
  throw new AppError("OPTION_INVALID", {
    place: "fold",
    rule: "a comparison trains all folds",
    received: JSON.stringify(asked.fold),
    remedy: 'Set "folds" to their number',
  });
}

/** A comparison is of the registry's models. */
function refuseBackbone({ backbone = "none" }: Pick<ComparisonSettings, "backbone">): void {
  if (backbone === "none") return;
  throw new AppError("OPTION_INVALID", {
    place: "backbone",
    rule: "of use in a training of its own: a comparison is of models of the registry",
    received: JSON.stringify(backbone),
    remedy: "Train it by itself on the same data, and compare its predictions with theirs",
  });
}

const isSetting = (name: string): name is SettingName => Object.hasOwn(settingTable, name);

function requireEachOnce(place: string, values: readonly (string | number)[]): void {
  if (values.length > 0 && new Set(values).size === values.length) return;
  throw new AppError("OPTION_INVALID", {
    place,
    rule: "at least one, each once",
    received: values.length === 0 ? "none" : values.join(", "),
    remedy: "Correct the list",
  });
}
