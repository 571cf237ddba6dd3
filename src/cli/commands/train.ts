// `pneumoscope train`: one training from images to report, or the continuation of one that stopped.
import type { Command } from "commander";
import { AppError, type Launch, launchFrom, resumeRun, train, trainTogether } from "../../index.js";
import { addSettingOptions, givenSettings } from "../setting-options.js";
import type { Terminal } from "../terminal.js";
import { runTraining } from "../training/run-training.js";

interface TrainCommandOptions {
  readonly data?: string;
  readonly out?: string;
  readonly runs: string;
  readonly cache: string;
  readonly resume?: string;
  readonly frozen?: string;
}

const examples = `
Examples:
  pneumoscope train --data chest_xray
  pneumoscope train --data chest_xray --protocol study --seed 2 --out runs/study-2
  pneumoscope train --data chest_xray --model mobilenet --fine-tune 5
  pneumoscope train --resume runs/custom-sound-2026-11-23-1
  torchrun --no-python --nproc-per-node 2 pneumoscope train --data chest_xray --out runs/two

A training writes everything into one run folder: report.html, predictions.csv, weights/best.h5 and more.
Ctrl-C keeps the finished epochs; --resume continues them.`;

/** Adds the command. */
export function addTrainCommand(program: Command, terminal: Terminal): void {
  const command = program.command("train");
  addSettingOptions(command)
    .optionsGroup("Files:")
    .option(
      "--out <folder>",
      "run folder; must be new or empty, but for processes of a launcher, which go on in it (default: a new one in --runs)",
    )
    .option("--runs <folder>", "where run folders are made", "runs")
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .option("--resume <folder>", "continue the run in this folder with its own settings")
    .option("--frozen <file>", "a frozen protocol (see protocol freeze): what differs from it is refused")
    .addHelpText("after", examples)
    .action(async (options: TrainCommandOptions, command: Command) => {
      const launch = launchFrom(terminal.env);
      if (launch !== null && (launch.size > 1 || options.out !== undefined))
        await startLaunched(options, launch, terminal);
      else if (options.resume === undefined) await start(options, terminal);
      else await resume(options.resume, options, command, terminal);
    });
}

/** One of several processes. They are started again with the same words, so these name the folder to go on with. */
async function startLaunched(options: TrainCommandOptions, launch: Launch, terminal: Terminal): Promise<void> {
  const { out: folder, resume, cache: cacheFolder } = options;
  if (folder === undefined || resume !== undefined) {
    throw new AppError("OPTION_INVALID", {
      place: "train",
      rule: `processes that ${launch.launcher} starts are given --out <folder>: they make the run there, or go on with it`,
      received: resume === undefined ? "none" : "--resume",
      remedy: "Give --out and the settings, the same each time",
    });
  }
  const settings = settingsOf(options);
  await runTraining(terminal, (run) =>
    trainTogether(settings, launch, { ...run, folder, cacheFolder, frozenProtocol: options.frozen }),
  );
}

async function start(options: TrainCommandOptions, terminal: Terminal): Promise<void> {
  const settings = settingsOf(options);
  const { out: folder, runs, cache: cacheFolder } = options;
  await runTraining(terminal, (run) =>
    train(settings, { ...run, folder, runs, cacheFolder, frozenProtocol: options.frozen }),
  );
}

function settingsOf(options: TrainCommandOptions) {
  if (options.data === undefined) {
    throw new AppError("OPTION_INVALID", {
      place: "train",
      rule: "--data <folder> is needed",
      received: "none",
      remedy: 'Give the dataset\'s folder, or try "pneumoscope demo" without any data',
    });
  }
  return { ...givenSettings({ ...options }), data: options.data };
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
