// `pneumoscope compare`: several models on the same images. Trains what is missing, then puts finished runs side by side.
import { relative } from "node:path";
import type { Command } from "commander";
import {
  AppError,
  arrayTask,
  type ComparisonEvent,
  type ComparisonSettings,
  compareRuns,
  launchFrom,
  planComparison,
  type RunComparison,
  trainAndCompare,
  trainTask,
} from "../../index.js";
import { foldedFor } from "../hanging-text.js";
import { groupsHelp } from "../named-models.js";
import { counted } from "../numbers.js";
import { wholeNumber } from "../options.js";
import { addSettingOptions } from "../setting-options.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { askedSettings, type ComparisonCommandOptions } from "../training/asked-settings.js";
import { ComparisonProgress } from "../training/comparison-progress.js";
import { comparisonText, missingText, usualWidth } from "../training/comparison-text.js";
import { finishedBefore, showRun } from "../training/run-training.js";
import { SettingsPerModel } from "../training/settings-per-model.js";
import { untilStopped } from "../training/until-stopped.js";
import { visible } from "../visible.js";

interface CompareCommandOptions extends ComparisonCommandOptions {
  readonly out?: string;
  readonly cache: string;
  readonly frozen?: string;
  readonly plan?: true;
  /** True: the array job says which. */
  readonly task?: number | true;
}

const examples = `
With --models every model is trained with every seed, each in a run folder inside the comparison's folder. The same
command again goes on where it stopped and repeats nothing. Run folders of "train" may be named beside or instead.

Options of training and of transfer learning, --protocol aside, are for all models, or for one with its name in front,
such as --epochs mobilenet=5.

Examples:
  pneumoscope compare --models custom,mobilenet --data chest_xray
  pneumoscope compare --models custom,mobilenet --data chest_xray --weights mobilenet=weights.h5 --epochs mobilenet=5
  pneumoscope compare --models study --data chest_xray --protocol study --out comparisons/study
  pneumoscope compare --models custom,mobilenet --data my-images.csv --folds 5
  pneumoscope compare runs/custom-sound-2026-11-23-1 runs/mobilenet-sound-2026-11-23-1

With --plan and --task the trainings are tasks of an array job, on machines that share the folder of --out; the same command without
either then compares:
  pneumoscope compare --models all --data chest_xray --out study --plan
  pneumoscope compare --models all --data chest_xray --out study --task 3

It writes comparison.html, comparison.md, comparison.csv and figures/.`;

/** Adds the command. */
export function addCompareCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("compare")
    .argument("[runs...]", "finished run folders")
    .option("--models <names>", `models to train, such as custom,mobilenet; ${groupsHelp}`)
    .option(
      "--seeds <n>",
      "trainings of each model, from --seed on (default: 3, with --protocol study or --folds 1)",
      wholeNumber({ min: 1, max: 1000 }),
    )
    .option(
      "--folds <n>",
      "cross-validate on train/ and val/: each model and seed is trained so often, and tested on another part of the patients each time",
      wholeNumber({ min: 2, max: 100 }),
    );
  const perModel = new SettingsPerModel(
    addSettingOptions(command, ["model", "fold", "backbone", "features", "pixels"]),
  );
  command
    .optionsGroup("Files:")
    .option(
      "--out <folder>",
      "the comparison's folder (default: comparisons/<dataset>-<protocol>; for runs alone: none is written)",
    )
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .option("--frozen <file>", "a frozen protocol (see protocol freeze): what differs from it is refused")
    .optionsGroup("In an array job:")
    .option("--plan", "list the trainings, one on each line, and train none")
    .option(
      "--task [number]",
      "do this training of the list alone (default: the array job's, from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX)",
      wholeNumber({ min: 1 }),
    )
    .addHelpText("after", examples)
    .action(async (runs: readonly string[], options: CompareCommandOptions, command: Command) => {
      checkCombination(runs, options, command);
      refuseSeveral(terminal, command);
      if (options.plan === true) return plan(askedSettings(options, perModel), options, terminal);
      if (options.task !== undefined) return trainOne(askedSettings(options, perModel), options, terminal);
      const progress = new ComparisonProgress(terminal);
      const comparison = await untilStopped(
        () => progress.tellStop(),
        (signal) => {
          const onEvent = (event: ComparisonEvent) => progress.tell(event);
          const places = { ...placesOf(options, terminal), signal, onEvent };
          if (options.models === undefined) return compareRuns(runs, places);
          return trainAndCompare(askedSettings(options, perModel), { ...places, also: runs });
        },
      ).finally(() => progress.close());
      show(comparison, terminal);
    });
}

function checkCombination(runs: readonly string[], options: CompareCommandOptions, command: Command): void {
  if (options.plan === true && options.task !== undefined)
    command.error("error: --plan and --task: one of them, not both.");
  if (options.models !== undefined) {
    if (options.data === undefined)
      command.error("error: --models needs the images to train on: give --data <folder>.");
    return;
  }
  if (runs.length === 0) {
    command.error("error: what to compare is missing: give --models <names> and --data <folder>, or run folders.");
  }
  const others = Object.keys(options).filter(
    (name) => command.getOptionValueSource(name) === "cli" && !["out", "cache", "frozen"].includes(name),
  );
  if (others.length > 0) {
    command.error(
      `error: finished runs have their own settings. Received also ${others.map((name) => `--${name}`).join(", ")}. Omit them, or name --models to train.`,
    );
  }
}

/** They would all train the same, in one folder. */
function refuseSeveral({ env }: Terminal, command: Command): void {
  const launch = launchFrom(env);
  if (launch === null || launch.size === 1) return;
  command.error(
    `error: compare is one process, and ${launch.launcher} has started ${launch.size}. Start it once, or share its trainings out with --plan and --task.`,
  );
}

async function plan(settings: ComparisonSettings, options: CompareCommandOptions, terminal: Terminal): Promise<void> {
  const { tasks } = await planComparison(settings, placesOf(options, terminal));
  for (const { number, run, state } of tasks) {
    printLine(terminal, [number, visible(relative(terminal.cwd, run.folder)), state].join("\t"));
  }
  const finished = tasks.filter(({ state }) => state === "finished").length;
  const n = tasks.length;
  printNote(
    terminal,
    `${counted(n, "task")}, ${finished} finished. Slurm: --array=1-${n}. Kubernetes: completions: ${n}`,
  );
}

async function trainOne(
  settings: ComparisonSettings,
  options: CompareCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const progress = new ComparisonProgress(terminal);
  let hasTrained = false;
  const onEvent = (event: ComparisonEvent) => {
    hasTrained ||= event.type === "comparison run";
    progress.tell(event);
  };
  const run = await untilStopped(
    () => progress.tellStop(),
    async (signal) => {
      const task = typeof options.task === "number" ? options.task : arrayTask(terminal.env);
      return trainTask(settings, task, { ...placesOf(options, terminal), signal, onEvent });
    },
  ).finally(() => progress.close());
  if (!hasTrained) printNote(terminal, finishedBefore);
  showRun(run, terminal);
}

const placesOf = (
  { out: folder, cache: cacheFolder, frozen: frozenProtocol }: CompareCommandOptions,
  { cwd }: Terminal,
) => ({
  folder,
  cacheFolder,
  frozenProtocol,
  cwd,
});

/** @throws AppError COMPARISON_INCOMPLETE at the end, where a training failed */
function show(comparison: RunComparison, terminal: Terminal): void {
  const { cwd } = terminal;
  const { missing, page } = comparison;
  printLine(terminal, foldedFor(terminal.out, comparisonText(comparison, terminal.out.columns ?? usualWidth)));
  if (page !== null) printLine(terminal, `\nComparison:  ${visible(relative(cwd, page))}`);
  if (missing.length === 0) return;
  const list = missing.map((runs) => `${missingText(runs)} (${runs.reason})`);
  throw new AppError("COMPARISON_INCOMPLETE", {
    place: comparison.name,
    rule: "every run of a comparison should finish",
    received: `some that failed: ${list.join("; ")}`,
    remedy: "Mend the cause and give the same command again (it trains only these), or omit the models from --models",
  });
}
