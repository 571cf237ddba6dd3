// Every setting of a training in one table: kind, range, usual value, what help says, since when. From it come the command
// line's options, the reader of args.json, the command that repeats a run, what makes runs comparable and the API's types.
import { AppError } from "../core/errors.js";
import { didYouMean } from "../core/nearest.js";
import type { Fold } from "../dataset/folds.js";
import { leakPolicies } from "../dataset/leaks.js";
import { patientSources, validationPolicies } from "../dataset/split.js";
import type { ThresholdPolicy } from "../evaluation/threshold.js";
import { defaultImageLimits, maxPixelsRange } from "../images/image-limits.js";
import { interpolations } from "../images/resize.js";
import { pixelRanges } from "../inference/pixel-range.js";
import type { TrainablePart } from "../model/trainable-part.js";
import { augmentationNames, augmentationsInWords } from "../training/augmentations/registry.js";
import { protocolNames } from "../training/protocol.js";
import { processSettingTable } from "./process-settings.js";
import { type Precision, precisions, type RunSettings } from "./run-settings.js";
import {
  coverageOrNone,
  decimalNumber,
  foldOrNone,
  layerNames,
  oneOf,
  type PlainValue,
  pixelsOrModel,
  type SettingKind,
  text,
  thresholdPolicy,
  trainablePart,
  wholeNumber,
} from "./setting-kinds.js";

export { type Precision, precisions, type RunSettings };

/** The name of a setting, as the API spells it; the command line writes `--fine-tune-lr` for `fineTuneLr`. */
export type SettingName = keyof RunSettings;

/** Settings as texts, numbers and lists: what args.json holds, and the API takes. */
export type PlainSettings = { readonly [Name in SettingName]: PlainOf<RunSettings[Name]> };
type PlainOf<Value> = Value extends TrainablePart | ThresholdPolicy | Fold | null ? string : Value;

/** What two runs may differ in and still be the same training: where the images lie and what computes. */
type Concern = "training" | "place and machine";

/** A row of the settings table. */
export interface Setting<Value> {
  readonly kind: SettingKind<Value>;
  /** What help says, without the usual value. */
  readonly help: string;
  /** What stands for the value in help: "<n>". */
  readonly argument: string;
  readonly group: SettingGroup;
  /** The value where nothing is given; where it depends on protocol, model or machine, words for it. */
  readonly usual: { readonly value: PlainValue } | { readonly words: string } | { readonly isRequired: true };
  readonly concern: Concern;
  /** Whether a comparison may give it to one of its models alone. */
  readonly perModel: boolean;
  /** The version that introduced it; a run folder of an older one counts as having `before`. */
  readonly since: string;
  readonly before?: PlainValue;
}

/** The groups of settings in the order of help. */
export const settingGroups = [
  "What is trained",
  "How it is trained",
  "Transfer learning",
  "Images and scores",
  "This machine",
  "Several processes",
] as const;
export type SettingGroup = (typeof settingGroups)[number];

type SettingTable = { readonly [Name in SettingName]: Setting<RunSettings[Name]> };

const seedLimit = 2 ** 32 - 1;
const common = { concern: "training", perModel: false, since: "0.1.0" } as const;
const ofOneModel = { ...common, perModel: true } as const;
const learningRate = decimalNumber({ min: 0, aboveMin: true, max: 10 });
const fixed = (value: PlainValue) => ({ value }) as const;
const chosen = (words: string) => ({ words }) as const;
const required = { isRequired: true } as const;

/** In the order in which help and the repeating command name them. */
export const settingTable: SettingTable = {
  data: {
    ...common,
    kind: text("a dataset's folder"),
    help: "a folder with train/, val/ and test/, each with NORMAL/ and PNEUMONIA/, or a manifest of images (.csv)",
    argument: "<dataset>",
    group: "What is trained",
    usual: required,
    concern: "place and machine",
  },
  model: {
    ...common,
    kind: text("a model's name"),
    help: "which model",
    argument: "<name>",
    group: "What is trained",
    usual: fixed("custom"),
  },
  backbone: {
    ...common,
    kind: text('"none" or a .onnx file'),
    help: "a .onnx file by others in place of a model: its features stay as they are, and a head is trained on them",
    argument: "<file>",
    group: "What is trained",
    usual: fixed("none"),
    since: "0.3.0",
    before: "none",
  },
  features: {
    ...common,
    kind: text("the name of a value or a node"),
    help: "which of its values the features are",
    argument: "<node>",
    group: "What is trained",
    usual: fixed("auto"),
    since: "0.3.0",
    before: "auto",
  },
  pixels: {
    ...common,
    kind: pixelsOrModel,
    help: `how it wants its pixels: ${pixelRanges.join(", ")} or mean=0.5307,std=0.2583`,
    argument: "<scaling>",
    group: "What is trained",
    usual: fixed("model"),
    since: "0.3.0",
    before: "model",
  },
  seed: {
    ...common,
    kind: wholeNumber({ min: 0, max: seedLimit }),
    help: "the same seed gives the same result",
    argument: "<n>",
    group: "What is trained",
    usual: fixed(1),
  },
  protocol: {
    ...common,
    kind: oneOf(protocolNames),
    help: "sound: validate on held-out patients; study: exactly as the study did",
    argument: "<name>",
    group: "How it is trained",
    usual: fixed("sound"),
  },
  epochs: {
    ...ofOneModel,
    kind: wholeNumber({ min: 1, max: 10_000 }),
    help: "passes over the training images",
    argument: "<n>",
    group: "How it is trained",
    usual: fixed(12),
  },
  batch: {
    ...ofOneModel,
    kind: wholeNumber({ min: 2, max: 4096 }),
    help: "images a step",
    argument: "<n>",
    group: "How it is trained",
    usual: fixed(16),
  },
  lr: {
    ...ofOneModel,
    kind: learningRate,
    help: "first learning rate of Adam",
    argument: "<rate>",
    group: "How it is trained",
    usual: fixed(1e-3),
  },
  weights: {
    ...ofOneModel,
    kind: text('"none", "pretrained" or a file'),
    help: "pretrained, none, or a file: Keras .keras, .weights.h5, .h5 or TF.js model.json",
    argument: "<source>",
    group: "Transfer learning",
    usual: chosen("the model's, by protocol"),
  },
  fresh: {
    ...ofOneModel,
    kind: layerNames,
    help: "a layer that starts at random although weights are loaded; may be repeated",
    argument: "<layer>",
    group: "Transfer learning",
    usual: chosen("none"),
  },
  trainFrom: {
    ...ofOneModel,
    kind: trainablePart,
    help: "what learns: all, head, last=5 or the first layer that does",
    argument: "<layers>",
    group: "Transfer learning",
    usual: chosen('the model\'s, see "models"'),
  },
  alpha: {
    ...ofOneModel,
    kind: decimalNumber({ min: 0.1, max: 2 }),
    help: "width of MobileNet or MobileNetV2, such as 0.5",
    argument: "<width>",
    group: "Transfer learning",
    usual: fixed(1),
  },
  fineTune: {
    ...ofOneModel,
    kind: wholeNumber({ min: 0, max: 10_000 }),
    help: "then as many epochs more from the best weights",
    argument: "<epochs>",
    group: "Transfer learning",
    usual: fixed(0),
  },
  fineTuneLr: {
    ...ofOneModel,
    kind: learningRate,
    help: "their first learning rate",
    argument: "<rate>",
    group: "Transfer learning",
    usual: fixed(1e-5),
  },
  fineTuneFrom: {
    ...ofOneModel,
    kind: trainablePart,
    help: "what learns in them, as trainFrom",
    argument: "<layers>",
    group: "Transfer learning",
    usual: fixed("all"),
  },
  augmentation: {
    ...common,
    kind: oneOf(augmentationNames),
    help: augmentationsInWords(),
    argument: "<kind>",
    group: "Images and scores",
    usual: chosen("the protocol's"),
  },
  validation: {
    ...common,
    kind: oneOf(validationPolicies),
    help: "which images validate: patients drawn at random, blocks of patient numbers, or the official val/",
    argument: "<policy>",
    group: "Images and scores",
    usual: chosen("the protocol's"),
  },
  patients: {
    ...common,
    kind: oneOf(patientSources),
    help: "who is on which image. known: as manifest and known datasets say; names: by file names as in the published dataset; unknown: split by image",
    argument: "<source>",
    group: "Images and scores",
    usual: fixed("known"),
    since: "0.3.0",
    before: "known",
  },
  leaks: {
    ...common,
    kind: oneOf(leakPolicies),
    help: "what to do where a patient, an image or a copy of it is in two splits, or an image in both classes",
    argument: "<policy>",
    group: "Images and scores",
    usual: fixed("refuse"),
    since: "0.3.0",
    before: "refuse",
  },
  fold: {
    ...common,
    kind: foldOrNone,
    help: "of a cross-validation, such as 2/5: test on this part of the patients of train/ and val/; test/ is not read",
    argument: "<k/n>",
    group: "Images and scores",
    usual: fixed("none"),
    since: "0.3.0",
    before: "none",
  },
  threshold: {
    ...common,
    kind: thresholdPolicy,
    help: '0.5, "youden", "sensitivity=0.95" or "specificity=0.9", chosen on validation',
    argument: "<policy>",
    group: "Images and scores",
    usual: chosen("the protocol's"),
  },
  unsure: {
    ...common,
    kind: coverageOrNone,
    help: 'answer "unsure" in a band of scores that leaves so large a share of each class right or open on validation, such as 0.9; uncalibrated elsewhere, see recalibrate',
    argument: "<coverage>",
    group: "Images and scores",
    usual: fixed("none"),
    since: "0.3.0",
    before: "none",
  },
  imageSize: {
    ...common,
    kind: wholeNumber({ min: 32, max: 1024 }),
    help: "side of the square input",
    argument: "<pixels>",
    group: "Images and scores",
    usual: chosen("the model's or the backbone's, else 224"),
  },
  interpolation: {
    ...common,
    kind: oneOf(interpolations),
    help: "how images are resized: linear as in the study, or area (antialiased)",
    argument: "<kind>",
    group: "Images and scores",
    usual: fixed("linear"),
  },
  maxPixels: {
    ...common,
    kind: wholeNumber(maxPixelsRange),
    help: "pixels that an image may have; larger ones, and ones that take too much memory or time to decode, are skipped",
    argument: "<n>",
    group: "Images and scores",
    usual: fixed(defaultImageLimits.maxPixels),
    since: "0.3.0",
    before: defaultImageLimits.maxPixels,
  },
  precision: {
    ...common,
    kind: oneOf(precisions),
    help: "arithmetic of the training: float32 or bfloat16",
    argument: "<kind>",
    group: "This machine",
    usual: chosen("the faster one for the model and this machine"),
  },
  threads: {
    ...common,
    kind: wholeNumber({ min: 1, max: 1024 }),
    help: "processor threads",
    argument: "<n>",
    group: "This machine",
    usual: chosen("all"),
    concern: "place and machine",
  },
  device: {
    ...common,
    kind: text("a device's name"),
    help: "cpu, or cuda with a CUDA libtorch: cuda:0, or for each of several processes its own",
    argument: "<name>",
    group: "This machine",
    usual: fixed("cpu"),
    concern: "place and machine",
  },
  ...processSettingTable,
};

/** All names, in the table's order. */
export const settingNames = Object.keys(settingTable) as readonly SettingName[];

/**
 * Checks one setting's value and gives it in the form that a run keeps.
 *
 * @example
 * const policy = parseSetting("threshold", "sensitivity=0.95"); // { kind: "sensitivity", target: 0.95 }
 *
 * @throws AppError OPTION_INVALID, whose place is the setting's name
 */
export function parseSetting<Name extends SettingName>(name: Name, given: unknown): RunSettings[Name] {
  const { kind } = settingTable[name];
  const parsed = kind.parse(given);
  if (parsed !== undefined) return parsed as RunSettings[Name];
  throw new AppError("OPTION_INVALID", {
    place: name,
    rule: `should be ${kind.rule}`,
    received: given === undefined ? "nothing" : JSON.stringify(given),
    remedy: typeof given === "string" ? didYouMean(given, kind.choices ?? []) : undefined,
  });
}

/**
 * The settings as texts, numbers and lists, in the table's order: as `train` takes them.
 *
 * @example
 * const { settings } = await openRun("runs/mine");
 * await train(plainSettings(settings), { folder: "runs/again" });
 */
export function plainSettings(settings: RunSettings): PlainSettings {
  const plain = (name: SettingName) => [name, settingTable[name].kind.toPlain(settings[name] as never)] as const;
  return Object.fromEntries(settingNames.map(plain)) as unknown as PlainSettings;
}

/** What makes a training what it is; the others say where its images lie and what computes. */
export const trainingSettings: readonly SettingName[] = settingNames.filter(
  (name) => settingTable[name].concern === "training",
);

/** Names of the settings in which two runs are different trainings. */
export function differingSettings(one: RunSettings, other: RunSettings): readonly SettingName[] {
  const [a, b] = [plainSettings(one), plainSettings(other)];
  return trainingSettings.filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
}
