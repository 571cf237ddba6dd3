// `pneumoscope train`: from a folder of radiographs to a model, its evaluation and a report.
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AppError } from "../../core/errors.js";
import { readJson } from "../../core/json-file.js";
import { createRunFolder, createRunFolderAt, reopenRunFolder, runPaths, runStem } from "../../core/run-folder.js";
import { validationPolicies } from "../../dataset/split.js";
import { parseThresholdPolicy } from "../../evaluation/threshold.js";
import { findModel } from "../../model/zoo/registry.js";
import { protocolNames, protocolRules } from "../../training/protocol.js";
import { examineProcessor, isFasterInBfloat16, type Processor } from "../doctor/processor.js";
import { decimalNumber, oneOf, wholeNumber } from "../options.js";
import { parseRunArguments, type RunArguments } from "../run/run-arguments.js";
import { runTraining } from "../run/run-training.js";
import type { Terminal } from "../terminal.js";

interface TrainOptions {
  readonly model: string;
  readonly data?: string;
  readonly protocol: RunArguments["protocol"];
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly seed: number;
  readonly validation?: RunArguments["validation"];
  readonly threshold?: string;
  readonly imageSize?: number;
  readonly interpolation: RunArguments["interpolation"];
  readonly precision: RunArguments["precision"] | "auto";
  readonly threads?: number;
  readonly device: string;
  readonly out?: string;
  readonly runs: string;
  readonly cache: string;
  readonly resume?: string;
}

const examples = `
Examples:
  pneumoscope train --data chest_xray
  pneumoscope train --data chest_xray --protocol study --seed 2 --out runs/study-2
  pneumoscope train --resume runs/custom-sound-2026-11-23-1

A training writes everything into one run folder: report.html, predictions.csv, weights/best.h5 and more.
Ctrl-C keeps the finished epochs; --resume continues them.`;

/** Adds the command. */
export function addTrainCommand(program: Command, terminal: Terminal): void {
  program
    .command("train")
    .description("Train a model, evaluate it on the test images and write a report")
    .option("--data <folder>", "dataset with train/, val/ and test/, each with NORMAL/ and PNEUMONIA/")
    .option("--model <name>", 'which model; "pneumoscope models" lists them', "custom")
    .addOption(
      new Option("--protocol <name>", "sound: validate on held-out patients; study: exactly as the study did")
        .default("sound")
        .argParser(oneOf(protocolNames)),
    )
    .option("--epochs <n>", "passes over the training images", wholeNumber({ min: 1, max: 10_000 }), 12)
    .option("--batch <n>", "images per step", wholeNumber({ min: 2, max: 4096 }), 16)
    .option("--lr <rate>", "first learning rate of Adam", decimalNumber({ min: 0, aboveMin: true, max: 10 }), 1e-3)
    .option("--seed <n>", "the same seed gives the same result", wholeNumber({ min: 0, max: 2 ** 32 - 1 }), 1)
    .addOption(
      new Option(
        "--validation <policy>",
        "which images validate: patients drawn at random, blocks of patient numbers, or the official val/ (default: the protocol's)",
      ).argParser(oneOf(validationPolicies)),
    )
    .option(
      "--threshold <policy>",
      '0.5, "youden" or "sensitivity=0.95", chosen on validation (default: the protocol\'s)',
    )
    .option(
      "--image-size <pixels>",
      "side of the square input (default: the model's, 224)",
      wholeNumber({ min: 32, max: 1024 }),
    )
    .addOption(
      new Option("--interpolation <kind>", "how images are resized: linear as in the study, or area (antialiased)")
        .default("linear")
        .argParser(oneOf(["linear", "area"] as const)),
    )
    .addOption(
      new Option("--precision <kind>", "auto takes the faster: bfloat16 on a GPU or with AMX")
        .default("auto")
        .argParser(oneOf(["auto", "float32", "bfloat16"] as const)),
    )
    .option("--threads <n>", "processor threads (default: all)", wholeNumber({ min: 1, max: 1024 }))
    .option("--device <name>", "cpu, or cuda:0 with a CUDA libtorch", "cpu")
    .option("--out <folder>", "run folder; must be new or empty (default: a new one in --runs)")
    .option("--runs <folder>", "where run folders are made", "runs")
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .option("--resume <folder>", "continue the run in this folder with its own settings")
    .addHelpText("after", examples)
    .action(async (options: TrainOptions, command: Command) => {
      if (options.resume === undefined) await start(options, terminal);
      else await resume(options.resume, options, command, terminal);
    });
}

async function start(options: TrainOptions, terminal: Terminal): Promise<void> {
  if (options.data === undefined) {
    throw new AppError(
      "OPTION_INVALID",
      'train: --data <folder> is needed. Received none. Give the dataset\'s folder, or try "pneumoscope demo" without any data.',
    );
  }
  const entry = findModel(options.model);
  const rules = protocolRules(options.protocol, entry);
  const threshold = options.threshold ?? rules.threshold;
  parseThresholdPolicy(threshold);
  const processor = await examineProcessor();
  const args: RunArguments = {
    version: 1,
    model: entry.id,
    protocol: options.protocol,
    data: resolve(terminal.cwd, options.data),
    epochs: options.epochs,
    batch: options.batch,
    lr: options.lr,
    seed: options.seed,
    validation: options.validation ?? rules.validation,
    threshold,
    imageSize: options.imageSize ?? entry.input.imageSize,
    interpolation: options.interpolation,
    precision: choosePrecision(options.precision, options.device, processor),
    threads: options.threads ?? processor.threads,
    device: options.device,
  };
  const { cwd } = terminal;
  const makeFolder = () =>
    options.out === undefined
      ? createRunFolder(resolve(cwd, options.runs), runStem(args.model, args.protocol, new Date()))
      : createRunFolderAt(resolve(cwd, options.out));
  await runTraining({ args, makeFolder, resume: false, cacheFolder: resolve(cwd, options.cache), terminal });
}

async function resume(place: string, options: TrainOptions, command: Command, terminal: Terminal): Promise<void> {
  const allowed = new Set(["resume", "cache"]);
  const others = Object.keys(options).filter(
    (name) => command.getOptionValueSource(name) === "cli" && !allowed.has(name),
  );
  if (others.length > 0) {
    throw new AppError(
      "OPTION_INVALID",
      `train: --resume takes its settings from the run folder. Received also ${others.map((name) => `--${name}`).join(", ")}. Leave them out, or start a new run.`,
    );
  }
  const folder = resolve(terminal.cwd, place);
  const makeFolder = () => reopenRunFolder(folder);
  const held = await makeFolder();
  await held.release();
  const args = await readJson(runPaths(folder).args, parseRunArguments);
  await runTraining({ args, makeFolder, resume: true, cacheFolder: resolve(terminal.cwd, options.cache), terminal });
}

function choosePrecision(
  wanted: TrainOptions["precision"],
  device: string,
  processor: Processor,
): RunArguments["precision"] {
  if (wanted !== "auto") return wanted;
  return device !== "cpu" || isFasterInBfloat16(processor) ? "bfloat16" : "float32";
}
