// What was asked of a training: args.json of its run folder, from which `--resume` continues and
// whose command line the report shows without the paths.
import { AppError } from "../../core/errors.js";
import { type ValidationPolicy, validationPolicies } from "../../dataset/split.js";
import { type Interpolation, interpolations } from "../../images/resize.js";
import type { Protocol } from "../../model/zoo/zoo-entry.js";
import { type AugmentationName, augmentationNames } from "../../training/augmenter.js";
import { protocolNames } from "../../training/protocol.js";
import { argumentsWithoutPaths } from "./without-paths.js";

export interface RunArguments {
  readonly version: 1;
  readonly model: string;
  /** Width multiplier of the MobileNet family; 1 elsewhere. */
  readonly alpha: number;
  readonly protocol: Protocol;
  /** Absolute path of the dataset's folder. */
  readonly data: string;
  /** "none", "pretrained" (the published ones) or the absolute path of a file. */
  readonly weights: string;
  /** Layers of the backbone that start at random although weights are loaded. */
  readonly fresh: readonly string[];
  /** As `parseTrainablePart` reads it. */
  readonly trainFrom: string;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  /** Epochs of fine-tuning after the first stage; 0 for none. */
  readonly fineTune: number;
  readonly fineTuneLr: number;
  readonly fineTuneFrom: string;
  readonly augmentation: AugmentationName;
  readonly seed: number;
  readonly validation: ValidationPolicy;
  /** As `parseThresholdPolicy` reads it. */
  readonly threshold: string;
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly interpolation: Interpolation;
  readonly precision: "float32" | "bfloat16";
  readonly threads: number;
  readonly device: string;
}

const isText = (value: unknown) => typeof value === "string" && value !== "";
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1;
const isCountOrZero = (value: unknown) => value === 0 || isCount(value);
const isPositive = (value: unknown) => Number.isFinite(value) && Number(value) > 0;
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

/** What each field must be, in words and as a check. */
const rules: Readonly<Record<keyof RunArguments, readonly [rule: string, isKept: (value: unknown) => boolean]>> = {
  version: ["1 (another number was written by another Pneumoscope)", (value) => value === 1],
  model: ["a model's name", isText],
  alpha: ["a number above 0", isPositive],
  protocol: [protocolNames.join(" or "), isOneOf(protocolNames)],
  data: ["a folder", isText],
  weights: ["none, pretrained or a file", isText],
  fresh: ["a list of layer names", isTexts],
  trainFrom: ["layers that learn", isText],
  epochs: ["a whole number from 1", isCount],
  batch: ["a whole number from 1", isCount],
  lr: ["a number above 0", isPositive],
  fineTune: ["a whole number from 0", isCountOrZero],
  fineTuneLr: ["a number above 0", isPositive],
  fineTuneFrom: ["layers that learn", isText],
  augmentation: [augmentationNames.join(", "), isOneOf(augmentationNames)],
  seed: ["a whole number from 0", isCountOrZero],
  validation: [validationPolicies.join(", "), isOneOf(validationPolicies)],
  threshold: ["a threshold policy", isText],
  imageSize: ["a whole number from 1", isCount],
  interpolation: [interpolations.join(" or "), isOneOf(interpolations)],
  precision: ["float32 or bfloat16", isOneOf(["float32", "bfloat16"])],
  threads: ["a whole number from 1", isCount],
  device: ["a device's name", isText],
};

function isOneOf(choices: readonly string[]): (value: unknown) => boolean {
  return (value) => typeof value === "string" && choices.includes(value);
}

/** For `readJson`. @throws AppError RUN_FILE_INVALID naming the field. */
export function parseRunArguments(value: unknown): RunArguments {
  const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  for (const [name, [rule, isKept]] of Object.entries(rules)) {
    if (isKept(fields[name])) continue;
    const received = fields[name] === undefined ? "nothing" : JSON.stringify(fields[name]);
    throw new AppError("RUN_FILE_INVALID", `"${name}" should be ${rule}. Received ${received}`);
  }
  return fields as unknown as RunArguments;
}

type Options = readonly (readonly [name: string, value: string | number])[];

/**
 * The command line that repeats the training, ready for a POSIX shell in a folder that holds its dataset and weights: it is
 * published, and says nothing of where they lay.
 */
export function trainingCommand(asked: RunArguments): string {
  const args = argumentsWithoutPaths(asked);
  const fineTuning: Options = [
    ["--fine-tune", args.fineTune],
    ["--fine-tune-lr", args.fineTuneLr],
    ["--fine-tune-from", args.fineTuneFrom],
  ];
  const options: Options = [
    ["--model", args.model],
    ...(args.alpha === 1 ? [] : [["--alpha", args.alpha] as const]),
    ["--protocol", args.protocol],
    ["--weights", args.weights],
    ...args.fresh.map((layer) => ["--fresh", layer] as const),
    ["--train-from", args.trainFrom],
    ["--epochs", args.epochs],
    ["--batch", args.batch],
    ["--lr", args.lr],
    ...(args.fineTune === 0 ? ([["--fine-tune", 0]] as const) : fineTuning),
    ["--augmentation", args.augmentation],
    ["--seed", args.seed],
    ["--validation", args.validation],
    ["--threshold", args.threshold],
    ["--image-size", args.imageSize],
    ["--interpolation", args.interpolation],
    ["--precision", args.precision],
    ["--threads", args.threads],
    ["--device", args.device],
    ["--data", args.data],
  ];
  return ["pneumoscope train", ...options.map(([name, value]) => `${name} ${quoted(String(value))}`)].join(" ");
}

function quoted(word: string): string {
  return /^[\w./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
