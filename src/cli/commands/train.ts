// `pneumoscope train`: one training from images to report, or the continuation of one that stopped.
import type { Command } from "commander";
import { AppError, resumeRun, train } from "../../index.js";
import { addSettingOptions, givenSettings } from "../setting-options.js";
import type { Terminal } from "../terminal.js";
import { runTraining } from "../training/run-training.js";

interface TrainCommandOptions {
  readonly data?: string;
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
  const command = program.command("train");
  addSettingOptions(command)
    .optionsGroup("Files:")
    .option("--out <folder>", "run folder; must be new or empty (default: a new one in --runs)")
    .option("--runs <folder>", "where run folders are made", "runs")
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .option("--resume <folder>", "continue the run in this folder with its own settings")
    .addHelpText("after", examples)
    .action(async (options: TrainCommandOptions, command: Command) => {
      if (options.resume === undefined) await start(options, terminal);
      else await resume(options.resume, options, command, terminal);
    });
}

async function start(options: TrainCommandOptions, terminal: Terminal): Promise<void> {
  if (options.data === undefined) {
    throw new AppError("OPTION_INVALID", {
      place: "train",
      rule: "--data <folder> is needed",
      received: "none",
      remedy: 'Give the dataset\'s folder, or try "pneumoscope demo" without any data',
    });
  }
  const settings = { ...givenSettings({ ...options }), data: options.data };
  const { out: folder, runs, cache: cacheFolder } = options;
  await runTraining(terminal, (run) => train(settings, { ...run, folder, runs, cacheFolder }));
}

async function resume(
  folder: string,
  { cache: cacheFolder }: TrainCommandOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const allowed = new Set(["resume", "cache"]);
  const others = command.options.filter((option) => {
    const name = option.attributeName();
    return command.getOptionValueSource(name) === "cli" && !allowed.has(name);
  });
  if (others.length > 0) {
    throw new AppError("OPTION_INVALID", {
      place: "train",
      rule: "--resume takes its settings from the run folder",
      received: `also ${others.map(({ long }) => long).join(", ")}`,
      remedy: "Omit them, or start a new run",
    });
  }
  await runTraining(terminal, (run) => resumeRun(folder, { ...run, cacheFolder }));
}
