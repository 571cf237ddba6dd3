// `pneumoscope train`: from a folder of radiographs to a model, its evaluation and a report.
import { resolve } from "node:path";
import type { Command } from "commander";
import { AppError } from "../../core/errors.js";
import { readJson } from "../../core/json-file.js";
import { createRunFolder, createRunFolderAt, reopenRunFolder, runPaths, runStem } from "../../core/run-folder.js";
import { findModel } from "../../model/zoo/registry.js";
import { examineProcessor } from "../../machine/processor.js";
import { wholeNumber } from "../options.js";
import { parseRunArguments } from "../../run/settings.js";
import { runTraining } from "../run/run-training.js";
import { addTrainingOptions, runArguments, type TrainingOptions } from "../run/training-options.js";
import type { Terminal } from "../terminal.js";

interface TrainOptions extends TrainingOptions {
  readonly model: string;
  readonly data?: string;
  readonly seed: number;
  readonly out?: string;
  readonly runs: string;
  readonly cache: string;
  readonly resume?: string;
}

const examples = `
Examples:
  pneumoscope train --data chest_xray
  pneumoscope train --data chest_xray --protocol study --seed 2 --out runs/study-2
  pneumoscope train --data chest_xray --model mobilenet --fine-tune 5
  pneumoscope train --resume runs/custom-sound-2026-11-23-1

A training writes everything into one run folder: report.html, predictions.csv, weights/best.h5 and more.
Ctrl-C keeps the finished epochs; --resume continues them.`;

/** Adds the command. */
export function addTrainCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("train")
    .description("Train a model, evaluate it on the test images and write a report")
    .option("--data <folder>", "dataset with train/, val/ and test/, each with NORMAL/ and PNEUMONIA/")
    .option("--model <name>", 'which model; "pneumoscope models" lists them', "custom")
    .option("--seed <n>", "the same seed gives the same result", wholeNumber({ min: 0, max: 2 ** 32 - 1 }), 1);
  addTrainingOptions(command)
    .optionsGroup("Files:")
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
  const { cwd } = terminal;
  const subject = { entry: findModel(options.model), data: resolve(cwd, options.data), seed: options.seed };
  const args = runArguments(subject, options, await examineProcessor(), cwd);
  const makeFolder = () =>
    options.out === undefined
      ? createRunFolder(resolve(cwd, options.runs), runStem(args.model, args.protocol, new Date()))
      : createRunFolderAt(resolve(cwd, options.out));
  await runTraining({ args, makeFolder, resume: false, cacheFolder: resolve(cwd, options.cache), terminal });
}

async function resume(place: string, options: TrainOptions, command: Command, terminal: Terminal): Promise<void> {
  const allowed = new Set(["resume", "cache"]);
  const others = command.options.filter((option) => {
    const name = option.attributeName();
    return command.getOptionValueSource(name) === "cli" && !allowed.has(name);
  });
  if (others.length > 0) {
    throw new AppError(
      "OPTION_INVALID",
      `train: --resume takes its settings from the run folder. Received also ${others.map(({ long }) => long).join(", ")}. Leave them out, or start a new run.`,
    );
  }
  const folder = resolve(terminal.cwd, place);
  const makeFolder = () => reopenRunFolder(folder);
  const held = await makeFolder();
  await held.release();
  const args = await readJson(runPaths(folder).args, parseRunArguments);
  await runTraining({ args, makeFolder, resume: true, cacheFolder: resolve(terminal.cwd, options.cache), terminal });
}
