// The options that `train` and `compare` share, and the arguments of a run that they and the model's recipe make.
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AppError } from "../../core/errors.js";
import { validationPolicies } from "../../dataset/split.js";
import { parseThresholdPolicy } from "../../evaluation/threshold.js";
import { parseTrainablePart, trainablePartText, withTrainablePart } from "../../model/trainable-part.js";
import type { Protocol, ZooEntry } from "../../model/zoo/zoo-entry.js";
import { augmentationNames } from "../../training/augmenter.js";
import { protocolNames, protocolRules } from "../../training/protocol.js";
import { isFasterInBfloat16, type Processor, type TrainedKind } from "../../machine/processor.js";
import { decimalNumber, oneOf, wholeNumber } from "../options.js";
import type { RunArguments } from "../../run/settings.js";

/** As the command line gives them; what is absent is the protocol's, the model's or the machine's to choose. */
export interface TrainingOptions
  extends Partial<
    Pick<
      RunArguments,
      | "alpha"
      | "weights"
      | "fresh"
      | "trainFrom"
      | "fineTuneFrom"
      | "augmentation"
      | "validation"
      | "threshold"
      | "imageSize"
      | "threads"
    >
  > {
  readonly protocol: Protocol;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly fineTune: number;
  readonly fineTuneLr: number;
  readonly interpolation: RunArguments["interpolation"];
  readonly precision: RunArguments["precision"] | "auto";
  readonly device: string;
}

/** What every run has unless it says otherwise; also the defaults that `--help` shows. */
export const trainingDefaults: TrainingOptions = {
  protocol: "sound",
  epochs: 12,
  batch: 16,
  lr: 1e-3,
  fineTune: 0,
  fineTuneLr: 1e-5,
  interpolation: "linear",
  precision: "auto",
  device: "cpu",
};

/** Adds the options to the command, in the order in which help shows them. */
export function addTrainingOptions(command: Command): Command {
  const learningRate = decimalNumber({ min: 0, aboveMin: true, max: 10 });
  const defaults = trainingDefaults;
  return command
    .optionsGroup("How it is trained:")
    .addOption(
      new Option("--protocol <name>", "sound: validate on held-out patients; study: exactly as the study did")
        .default(defaults.protocol)
        .argParser(oneOf(protocolNames)),
    )
    .option("--epochs <n>", "passes over the training images", wholeNumber({ min: 1, max: 10_000 }), defaults.epochs)
    .option("--batch <n>", "images per step", wholeNumber({ min: 2, max: 4096 }), defaults.batch)
    .option("--lr <rate>", "first learning rate of Adam", learningRate, defaults.lr)
    .optionsGroup("Transfer learning:")
    .option(
      "--weights <source>",
      "pretrained, none, or a file: Keras .h5 or TF.js model.json (default: the model's, by protocol)",
    )
    .option("--fresh <layer>", "a layer that starts at random although weights are loaded; may be repeated", collect)
    .option(
      "--train-from <layers>",
      'what learns: all, head, last=5 or the first layer that does (default: the model\'s, see "models")',
    )
    .option("--alpha <width>", "width of MobileNet, such as 0.5", decimalNumber({ min: 0.1, max: 2 }))
    .option(
      "--fine-tune <epochs>",
      "then as many epochs more from the best weights",
      wholeNumber({ min: 0, max: 10_000 }),
      defaults.fineTune,
    )
    .option("--fine-tune-lr <rate>", "their first learning rate", learningRate, defaults.fineTuneLr)
    .option("--fine-tune-from <layers>", "what learns in them, as --train-from (default: all)")
    .optionsGroup("Images and scores:")
    .addOption(
      new Option(
        "--augmentation <kind>",
        "none, study (rotation, zoom, shift, flip) or exposure (these and grey values) (default: the protocol's)",
      ).argParser(oneOf(augmentationNames)),
    )
    .addOption(
      new Option(
        "--validation <policy>",
        "which images validate: patients drawn at random, blocks of patient numbers, or the official val/ (default: the protocol's)",
      ).argParser(oneOf(validationPolicies)),
    )
    .option(
      "--threshold <policy>",
      '0.5, "youden", "sensitivity=0.95" or "specificity=0.9", chosen on validation (default: the protocol\'s)',
    )
    .option(
      "--image-size <pixels>",
      "side of the square input (default: the model's, 224)",
      wholeNumber({ min: 32, max: 1024 }),
    )
    .addOption(
      new Option("--interpolation <kind>", "how images are resized: linear as in the study, or area (antialiased)")
        .default(defaults.interpolation)
        .argParser(oneOf(["linear", "area"] as const)),
    )
    .optionsGroup("This machine:")
    .addOption(
      new Option("--precision <kind>", "auto takes the faster one for the model and this machine")
        .default(defaults.precision)
        .argParser(oneOf(["auto", "float32", "bfloat16"] as const)),
    )
    .option("--threads <n>", "processor threads (default: all)", wholeNumber({ min: 1, max: 1024 }))
    .option("--device <name>", "cpu, or cuda:0 with a CUDA libtorch", defaults.device);
}

/** Which training is meant, beside its options. */
export interface TrainingSubject {
  readonly entry: ZooEntry;
  /** Absolute path of the dataset's folder. */
  readonly data: string;
  readonly seed: number;
}

/**
 * Every argument of the run, chosen.
 * @param cwd what a relative path of a weights file starts from
 * @throws AppError OPTION_INVALID for a threshold policy or layers nobody can read, and for options that would do nothing
 */
export function runArguments(
  { entry, data, seed }: TrainingSubject,
  options: TrainingOptions,
  processor: Processor,
  cwd: string,
): RunArguments {
  const { protocol } = options;
  const rules = protocolRules(protocol, entry);
  const recipe = entry.transfer[protocol];
  const threshold = options.threshold ?? rules.threshold;
  parseThresholdPolicy(threshold);
  const layers = (text: string) => trainablePartText(parseTrainablePart(text));
  const weights = weightsSource(options.weights, cwd) ?? (recipe.weights === "random" ? "none" : "pretrained");
  refuseIdleOptions(options, weights, entry);
  return {
    version: 1,
    model: entry.id,
    alpha: options.alpha ?? 1,
    protocol,
    data,
    weights,
    fresh: options.fresh ?? [],
    trainFrom: layers(options.trainFrom ?? trainablePartText(recipe.trainable)),
    epochs: options.epochs,
    batch: options.batch,
    lr: options.lr,
    fineTune: options.fineTune,
    fineTuneLr: options.fineTuneLr,
    fineTuneFrom: layers(options.fineTuneFrom ?? "all"),
    augmentation: options.augmentation ?? rules.augmentation,
    seed,
    validation: options.validation ?? rules.validation,
    threshold,
    imageSize: options.imageSize ?? entry.input.imageSize,
    interpolation: options.interpolation,
    precision: precisionOf(options, entry, processor),
    threads: options.threads ?? processor.threads,
    device: options.device,
  };
}

/** Options that belong to others which are not there: whoever gives them expects something that would not happen. */
function refuseIdleOptions(options: TrainingOptions, weights: string, { title }: ZooEntry): void {
  const { fresh = [], fineTune, fineTuneLr, fineTuneFrom } = options;
  if (fresh.length > 0 && weights === "none") {
    throw new AppError(
      "OPTION_INVALID",
      `--fresh: names layers that start at random although weights are loaded. Received ${fresh.join(", ")}, and no weights to load for ${title}. Give them with --weights, or leave --fresh out.`,
    );
  }
  if (fineTune > 0) return;
  const idle = [
    ...(fineTuneLr === trainingDefaults.fineTuneLr ? [] : ["--fine-tune-lr"]),
    ...(fineTuneFrom === undefined ? [] : ["--fine-tune-from"]),
  ];
  if (idle.length === 0) return;
  throw new AppError(
    "OPTION_INVALID",
    `${idle.join(", ")}: need epochs of fine-tuning. Received none. Give them with --fine-tune <epochs>, or leave ${idle.length === 1 ? "it" : "them"} out.`,
  );
}

function weightsSource(given: string | undefined, cwd: string): string | undefined {
  return given === undefined || given === "none" || given === "pretrained" ? given : resolve(cwd, given);
}

function precisionOf(options: TrainingOptions, entry: ZooEntry, processor: Processor): RunArguments["precision"] {
  const { precision, device } = options;
  if (precision !== "auto") return precision;
  const isFaster = device !== "cpu" || isFasterInBfloat16(processor, trainedKind(options, entry));
  return isFaster ? "bfloat16" : "float32";
}

function trainedKind({ protocol, trainFrom, fineTune, fineTuneFrom }: TrainingOptions, entry: ZooEntry): TrainedKind {
  if (entry.firstHeadLayer === null) return "custom CNN";
  const parts = [
    trainFrom === undefined ? entry.transfer[protocol].trainable : parseTrainablePart(trainFrom),
    ...(fineTune > 0 ? [parseTrainablePart(fineTuneFrom ?? "all")] : []),
  ];
  const graph = entry.build();
  const learners = parts.flatMap((part) => withTrainablePart(graph, part, entry.firstHeadLayer).nodes);
  const hasDepthwise = learners.some(({ trainable, className }) => trainable && className === "DepthwiseConv2D");
  return hasDepthwise ? "depthwise layers" : "pretrained network";
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
