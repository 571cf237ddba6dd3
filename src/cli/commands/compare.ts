// `pneumoscope compare`: several models on the same images. Trains what is missing, then puts finished runs side by side.
import { relative } from "node:path";
import type { Command } from "commander";
import {
  AppError,
  type ComparisonEvent,
  type ComparisonSettings,
  compareRuns,
  type RunComparison,
  trainAndCompare,
} from "../../index.js";
import { foldedFor } from "../hanging-text.js";
import { groupsHelp } from "../named-models.js";
import { wholeNumber } from "../options.js";
import { addSettingOptions, givenSettings } from "../setting-options.js";
import { printLine, type Terminal } from "../terminal.js";
import { ComparisonProgress } from "../training/comparison-progress.js";
import { comparisonText, missingText, usualWidth } from "../training/comparison-text.js";
import { modelNames, SettingsPerModel } from "../training/settings-per-model.js";
import { untilStopped } from "../training/until-stopped.js";
import { visible } from "../visible.js";

interface CompareCommandOptions {
  readonly models?: string;
  readonly data?: string;
  readonly protocol?: "sound" | "study";
  readonly seeds?: number;
  readonly folds?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly cache: string;
}

/** How many trainings of each model, unless told: the study made one run. */
const usualSeeds = { sound: 3, study: 1 } as const;

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
  const perModel = new SettingsPerModel(addSettingOptions(command, ["model", "fold"]));
  command
    .optionsGroup("Files:")
    .option(
      "--out <folder>",
      "the comparison's folder (default: comparisons/<dataset>-<protocol>; for runs alone: none is written)",
    )
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .addHelpText("after", examples)
    .action(async (runs: readonly string[], options: CompareCommandOptions, command: Command) => {
      checkCombination(runs, options, command);
      const progress = new ComparisonProgress(terminal);
      const comparison = await untilStopped(
        () => progress.tellStop(),
        (signal) => {
          const onEvent = (event: ComparisonEvent) => progress.tell(event);
          const { out: folder, cache: cacheFolder } = options;
          const places = { folder, cacheFolder, cwd: terminal.cwd, signal, onEvent };
          if (options.models === undefined) return compareRuns(runs, places);
          return trainAndCompare(askedSettings(options, perModel), { ...places, also: runs });
        },
      ).finally(() => progress.close());
      show(comparison, terminal);
    });
}

function checkCombination(runs: readonly string[], options: CompareCommandOptions, command: Command): void {
  if (options.models !== undefined) {
    if (options.data === undefined)
      command.error("error: --models needs the images to train on: give --data <folder>.");
    return;
  }
  if (runs.length === 0) {
    command.error("error: what to compare is missing: give --models <names> and --data <folder>, or run folders.");
  }
  const others = Object.keys(options).filter(
    (name) => command.getOptionValueSource(name) === "cli" && name !== "out" && name !== "cache",
  );
  if (others.length > 0) {
    command.error(
      `error: finished runs have their own settings. Received also ${others.map((name) => `--${name}`).join(", ")}. Omit them, or name --models to train.`,
    );
  }
}

function askedSettings(options: CompareCommandOptions, perModel: SettingsPerModel): ComparisonSettings {
  const { seed: first = 1, folds } = options;
  const { seeds = folds === undefined ? usualSeeds[options.protocol ?? "sound"] : 1 } = options;
  const { seed, ...common } = givenSettings(perModel.forAll({ ...options }));
  const models = modelNames(options.models ?? "");
  perModel.requireOnly(models);
  return {
    ...common,
    data: options.data ?? "",
    models: models.map((model) => ({ ...perModel.of(model), model })),
    seeds: Array.from({ length: seeds }, (_, i) => first + i),
    folds,
  };
}

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
