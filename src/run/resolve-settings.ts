// From what a user gives to every setting of a run: each value parsed once, what is left out chosen by protocol, model and
// machine, and what would do nothing refused. The command line and the API both come through here.
import { resolve } from "node:path";
import { AppError } from "../core/errors.js";
import { didYouMean } from "../core/nearest.js";
import { isFasterInBfloat16, type Processor, type TrainedKind } from "../machine/processor.js";
import { withTrainablePart } from "../model/trainable-part.js";
import { findModel } from "../model/zoo/registry.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { protocolRules } from "../training/protocol.js";
import {
  type PlainSettings,
  type Precision,
  parseSetting,
  type RunSettings,
  type SettingName,
  settingNames,
  settingTable,
} from "./settings.js";

/** What a training is asked for. Only the data must be named; `docs/settings.md` has the usual values. */
export type TrainSettings = Pick<PlainSettings, "data"> & {
  readonly [Name in Exclude<SettingName, "data" | "threshold">]?: PlainSettings[Name] | undefined;
} & {
  /** A policy such as "youden", or a number. */
  readonly threshold?: string | number | undefined;
};

/** Where relative paths start, what computes, and which models there are: the registry's when absent. */
export interface SettingsContext {
  readonly cwd: string;
  readonly processor: Processor;
  readonly models?: readonly ZooEntry[] | undefined;
}

/** @throws AppError OPTION_INVALID naming the setting, MODEL_UNKNOWN */
export function resolveSettings(given: TrainSettings, { cwd, processor, models }: SettingsContext): RunSettings {
  refuseUnknown(given);
  const parsed = parsedGiven(given);
  const entry = findModel(parsed.model ?? "custom", models);
  const { protocol = "sound" } = parsed;
  const rules = protocolRules(protocol, entry);
  const recipe = entry.transfer[protocol];
  const ownChoices: Partial<RunSettings> = {
    weights: recipe.weights === "random" ? "none" : "pretrained",
    fresh: [],
    trainFrom: recipe.trainable,
    augmentation: rules.augmentation,
    // The published val/ belongs to what the folds are made of.
    validation: parsed.fold != null && rules.validation === "official" ? "patients" : rules.validation,
    threshold: rules.threshold,
    imageSize: entry.input.imageSize,
    threads: processor.threads,
  };
  const chosen = { ...usualValues(), ...ownChoices, ...parsed } as Omit<RunSettings, "precision"> & {
    precision?: Precision;
  };
  const settings = {
    ...chosen,
    model: entry.id,
    data: resolve(cwd, parseSetting("data", given.data)),
    weights: isWord(chosen.weights) ? chosen.weights : resolve(cwd, chosen.weights),
  };
  refuseIdle(given, settings, entry);
  refuseOfficialFold(settings);
  return inTableOrder({ ...settings, precision: chosen.precision ?? fasterPrecision(settings, entry, processor) });
}

/** Where weights come from is a word or a file. */
const isWord = (weights: string): boolean => weights === "none" || weights === "pretrained";

function refuseUnknown(given: object): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(settingTable, name));
  if (unknown === undefined) return;
  throw new AppError("OPTION_INVALID", {
    place: "settings",
    rule: `each is one of ${settingNames.join(", ")}`,
    received: `"${unknown}"`,
    remedy: didYouMean(unknown, settingNames) ?? "Correct its name or omit it",
  });
}

function parsedGiven(given: TrainSettings): Partial<RunSettings> {
  const parsed = settingNames.flatMap((name) => {
    const value: unknown = given[name];
    return value === undefined ? [] : [[name, parseSetting(name, value)] as const];
  });
  return Object.fromEntries(parsed);
}

/** Of the settings whose usual value depends on nothing. */
function usualValues(): Partial<RunSettings> {
  const fixed = settingNames.flatMap((name) => {
    const { usual, kind } = settingTable[name];
    return "value" in usual ? [[name, kind.parse(usual.value)] as const] : [];
  });
  return Object.fromEntries(fixed);
}

/** Settings that belong to others which are not there: whoever gives them expects something that would not happen. */
function refuseIdle(
  given: TrainSettings,
  { fresh, weights, fineTune }: Omit<RunSettings, "precision">,
  { title }: ZooEntry,
): void {
  if (fresh.length > 0 && weights === "none") {
    throw new AppError("OPTION_INVALID", {
      place: "fresh",
      rule: "names layers that start at random although weights are loaded",
      received: `${fresh.join(", ")}, and no weights to load for ${title}`,
      remedy: "Name weights, or omit it",
    });
  }
  if (fineTune > 0) return;
  const idle = (["fineTuneLr", "fineTuneFrom"] as const).filter((name) => {
    const { usual } = settingTable[name];
    return given[name] !== undefined && !("value" in usual && given[name] === usual.value);
  });
  if (idle.length === 0) return;
  throw new AppError("OPTION_INVALID", {
    place: idle.join(", "),
    rule: "of use with epochs of fine-tuning only",
    received: "none of those",
    remedy: `Ask for some as well, or omit ${idle.length === 1 ? "it" : "them"}`,
  });
}

function refuseOfficialFold({ fold, validation }: Omit<RunSettings, "precision">): void {
  if (fold === null || validation !== "official") return;
  throw new AppError("OPTION_INVALID", {
    place: "validation",
    rule: "patients or blocks where folds are tested: they hold val/ as well",
    received: validation,
    remedy: "Omit it",
  });
}

function fasterPrecision(settings: Omit<RunSettings, "precision">, entry: ZooEntry, processor: Processor): Precision {
  const isFaster = settings.device !== "cpu" || isFasterInBfloat16(processor, trainedKind(settings, entry));
  return isFaster ? "bfloat16" : "float32";
}

function trainedKind(settings: Omit<RunSettings, "precision">, entry: ZooEntry): TrainedKind {
  if (entry.firstHeadLayer === null) return "custom CNN";
  const parts = [settings.trainFrom, ...(settings.fineTune > 0 ? [settings.fineTuneFrom] : [])];
  const graph = entry.build();
  const learners = parts.flatMap((part) => withTrainablePart(graph, part, entry.firstHeadLayer).nodes);
  const hasDepthwise = learners.some(({ trainable, className }) => trainable && className === "DepthwiseConv2D");
  return hasDepthwise ? "depthwise layers" : "pretrained network";
}

function inTableOrder(settings: RunSettings): RunSettings {
  return Object.fromEntries(settingNames.map((name) => [name, settings[name]])) as unknown as RunSettings;
}
