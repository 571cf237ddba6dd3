// From what a user gives to every setting of a run: each value parsed once, what is left out chosen by protocol, model and
// machine, and what would do nothing refused. The command line and the API both come through here.
import { resolve } from "node:path";
import { AppError } from "../core/errors.js";
import { didYouMean } from "../core/nearest.js";
import { isFasterInBfloat16, type Processor, type TrainedKind } from "../machine/processor.js";
import { withTrainablePart } from "../model/trainable-part.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { protocolRules } from "../training/protocol.js";
import { backboneId, entryOf, hasBackbone } from "./backbone/backbone-entry.js";
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
  /** Side of the images that a backbone's file takes; null where it is open. */
  readonly backboneSize?: number | null | undefined;
}

/** @throws AppError OPTION_INVALID naming the setting, MODEL_UNKNOWN */
export function resolveSettings(given: TrainSettings, context: SettingsContext): RunSettings {
  const { cwd, processor, models, backboneSize } = context;
  refuseUnknown(given);
  const parsed = parsedGiven(given);
  const { protocol = "sound", backbone = "none", pixels = "model" } = parsed;
  const isBackbone = hasBackbone({ backbone });
  const entry = entryOf({ model: parsed.model ?? "custom", backbone, pixels }, models);
  const rules = protocolRules(protocol, entry);
  const recipe = entry.transfer[protocol];
  const ownChoices: Partial<RunSettings> = {
    weights: recipe.weights === "random" ? "none" : "pretrained",
    fresh: [],
    trainFrom: recipe.trainable,
    // Features are computed once: of each image as it is.
    augmentation: isBackbone ? "none" : rules.augmentation,
    // The published val/ belongs to what the folds are made of.
    validation: parsed.fold != null && rules.validation === "official" ? "patients" : rules.validation,
    threshold: rules.threshold,
    imageSize: backboneSize ?? entry.input.imageSize,
    ...(isBackbone ? { precision: "float32" as const } : {}),
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
    backbone: isBackbone ? resolve(cwd, backbone) : backbone,
  };
  if (isBackbone) refuseIdleOfBackbone(parsed, { ...usualValues(), ...ownChoices, model: backboneId });
  else refuseIdle(given, settings, entry);
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
  { fresh, weights, fineTune, backbone, features, pixels }: Omit<RunSettings, "precision">,
  { title }: ZooEntry,
): void {
  if (features !== "auto" || pixels !== "model") {
    throw new AppError("OPTION_INVALID", {
      place: features !== "auto" ? "features" : "pixels",
      rule: "of use with a backbone only",
      received: `backbone "${backbone}"`,
      remedy: "Name a backbone's .onnx file as well, or omit it",
    });
  }
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

/** What a head that is fitted to its optimum, on features that stay as they are, has no use for. */
const idleOfBackbone = [
  "model",
  "protocol",
  "epochs",
  "batch",
  "lr",
  "weights",
  "fresh",
  "trainFrom",
  "alpha",
  "fineTune",
  "fineTuneLr",
  "fineTuneFrom",
  "augmentation",
  "precision",
  "device",
] as const satisfies readonly SettingName[];

/** Whether a setting says nothing of a run. */
export const isIdleOfBackbone = (name: SettingName): boolean =>
  (idleOfBackbone as readonly SettingName[]).includes(name);

/** @param usual what these settings are in such a run: whoever gives that again, as from args.json, asks for nothing else */
function refuseIdleOfBackbone(parsed: Partial<RunSettings>, usual: Partial<RunSettings>): void {
  const idle = idleOfBackbone.filter(
    (name) => parsed[name] !== undefined && JSON.stringify(parsed[name]) !== JSON.stringify(usual[name]),
  );
  if (idle.length === 0) return;
  throw new AppError("OPTION_INVALID", {
    place: idle.join(", "),
    rule: "of no use with a backbone: its features are computed once, of images as they are, and a head is fitted to them until nothing improves, by the sound protocol",
    received: idle.map((name) => JSON.stringify(settingTable[name].kind.toPlain(parsed[name] as never))).join(", "),
    remedy: `Omit ${idle.length === 1 ? "it" : "them"}, or train a model of the registry`,
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
