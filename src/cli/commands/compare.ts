// `pneumoscope compare`: several models on the same images. Trains what is missing, then puts finished runs side by side.
import { mkdir, readdir } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { AppError, messageOf } from "../../core/errors.js";
import { lockFileName, lockFolder } from "../../core/folder-lock.js";
import { openDataset } from "../../dataset/open-dataset.js";
import { weightsCacheFolder } from "../../interchange/weight-download/pretrained-cache.js";
import type { MissingRuns } from "../../report/comparison/comparison-input.js";
import { missingText } from "../../report/comparison/comparison-tables.js";
import { comparisonFiles, writeComparison } from "../../report/comparison/write-comparison.js";
import { counted } from "../../report/numbers.js";
import { comparisonText, usualWidth } from "../compare/comparison-text.js";
import { foreseeFailures } from "../compare/foresee-failures.js";
import { gatherComparison } from "../compare/gather.js";
import { type PlannedRun, parseModels, planRuns } from "../compare/plan.js";
import { isFinished, readSavedRun } from "../compare/saved-run.js";
import { SettingsPerModel } from "../compare/settings-per-model.js";
import { type FailedRun, trainMissing } from "../compare/train-missing.js";
import { requireSameImages, requireSameSettings } from "../compare/unchanged.js";
import { examineProcessor } from "../doctor/processor.js";
import { foldedFor } from "../hanging-text.js";
import { wholeNumber } from "../options.js";
import { makeOutputFolder } from "../run/output-folder.js";
import { addTrainingOptions, runArguments, type TrainingOptions } from "../run/training-options.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

interface CompareOptions extends TrainingOptions {
  readonly models?: string;
  readonly data?: string;
  readonly seeds?: number;
  readonly seed: number;
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
  pneumoscope compare --models all --data chest_xray --protocol study --out comparisons/study
  pneumoscope compare runs/custom-sound-2026-11-23-1 runs/mobilenet-sound-2026-11-23-1

It writes comparison.html, comparison.md, comparison.csv and figures/.`;

/** Adds the command. */
export function addCompareCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("compare")
    .description("Train several models, or take finished runs, and compare them on the same test images")
    .argument("[runs...]", "finished run folders")
    .option("--models <names>", 'models to train, such as custom,mobilenet; "all" for every one')
    .option("--data <folder>", "dataset with train/, val/ and test/, each with NORMAL/ and PNEUMONIA/")
    .option(
      "--seeds <n>",
      "trainings of each model (default: 3, with --protocol study 1)",
      wholeNumber({ min: 1, max: 1000 }),
    )
    .option("--seed <n>", "the first of their seeds", wholeNumber({ min: 0, max: 2 ** 31 }), 1);
  const perModel = new SettingsPerModel(addTrainingOptions(command));
  command
    .optionsGroup("Files:")
    .option(
      "--out <folder>",
      "the comparison's folder (default: comparisons/<dataset>-<protocol>; for runs alone: none is written)",
    )
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .addHelpText("after", examples)
    .action(async (runs: readonly string[], options: CompareOptions, command: Command) => {
      checkCombination(runs, options, command);
      if (options.models === undefined) await compareRuns(runs, options, terminal);
      else await trainAndCompare(runs, options, perModel, terminal);
    });
}

function checkCombination(runs: readonly string[], options: CompareOptions, command: Command): void {
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
      `error: finished runs have their own settings. Received also ${others.map((name) => `--${name}`).join(", ")}. Leave them out, or name --models to train.`,
    );
  }
}

async function compareRuns(runs: readonly string[], options: CompareOptions, terminal: Terminal): Promise<void> {
  const out = options.out === undefined ? undefined : resolve(terminal.cwd, options.out);
  if (out !== undefined) await makeOutputFolder(out);
  await conclude({ folders: runs.map((run) => resolve(terminal.cwd, run)), failed: [], out }, options, terminal);
}

async function trainAndCompare(
  runs: readonly string[],
  options: CompareOptions,
  perModel: SettingsPerModel,
  terminal: Terminal,
): Promise<void> {
  const { cwd } = terminal;
  const { seed, seeds = usualSeeds[options.protocol] } = options;
  const entries = parseModels(options.models ?? "");
  perModel.requireOnly(entries);
  const data = resolve(cwd, options.data ?? "");
  await openDataset(data); // what is mistyped leaves no folder behind
  const folder = resolve(cwd, options.out ?? join("comparisons", `${basename(data)}-${options.protocol}`));
  const processor = await examineProcessor();
  const planned = planRuns(
    folder,
    entries,
    Array.from({ length: seeds }, (_, i) => seed + i),
    (entry, each) => runArguments({ entry, data, seed: each }, perModel.of(entry, options), processor, cwd),
  );
  await openFolder(folder);
  const lock = await lockFolder(folder);
  try {
    const cacheFolder = resolve(cwd, options.cache);
    for (const run of planned) await requireSameSettings(run, cwd);
    const finished = planned.filter((run) => isFinished(run.folder)).length;
    if (finished > 0) printNote(terminal, "Checking that the images are those that the finished runs saw");
    await requireSameImages(planned, cacheFolder, cwd);
    printNote(
      terminal,
      `${counted(entries.length, "model")}, ${counted(seeds, "seed")}: ${counted(planned.length, "run")} in ${visible(relative(cwd, folder)) || "."}`,
    );
    for (const line of await foreseeFailures(planned, weightsCacheFolder(terminal.env))) printNote(terminal, line);
    const failed = await trainMissing(planned, { cacheFolder, terminal });
    // The images may have changed while others trained.
    if (finished < planned.length) await requireSameImages(planned, cacheFolder, cwd);
    const isThere = ({ folder: place }: PlannedRun) => failed.every((run) => run.folder !== place);
    const folders = [
      ...runs.map((run) => resolve(cwd, run)),
      ...inModelOrder(planned)
        .filter(isThere)
        .map((run) => run.folder),
    ];
    await conclude({ folders, failed, out: folder }, options, terminal);
  } finally {
    await lock.release();
  }
}

/** Rows stand in the order in which the models were named, whichever of their seeds failed. */
const inModelOrder = (planned: readonly PlannedRun[]): readonly PlannedRun[] => {
  const entries = [...new Set(planned.map(({ entry }) => entry))];
  return entries.flatMap((entry) => planned.filter((run) => run.entry === entry));
};

interface Ended {
  readonly folders: readonly string[];
  readonly failed: readonly FailedRun[];
  /** Where the comparison is written, if anywhere. */
  readonly out: string | undefined;
}

/** @throws AppError COMPARISON_INCOMPLETE at the end, where a training failed */
async function conclude({ folders, failed, out }: Ended, options: CompareOptions, terminal: Terminal): Promise<void> {
  const { cwd } = terminal;
  const missing = missingRuns(failed);
  if (folders.length > 0) {
    const runs = await Promise.all(folders.map((folder) => readSavedRun(folder, cwd)));
    printNote(terminal, "\nComparing; the shortcut floors take a moment");
    const input = await gatherComparison(runs, {
      name: out === undefined ? "finished runs" : basename(out),
      createdAt: new Date(),
      cacheFolder: resolve(cwd, options.cache),
      missing,
    });
    printLine(terminal, foldedFor(terminal.out, comparisonText(input, terminal.out.columns ?? usualWidth)));
    if (out !== undefined) {
      printLine(terminal, `\nComparison:  ${visible(relative(cwd, await writeComparison(out, input)))}`);
    }
  }
  if (missing.length === 0) return;
  const list = missing.map((runs) => `${missingText(runs)} (${runs.reason})`);
  throw new AppError(
    "COMPARISON_INCOMPLETE",
    `${relative(cwd, out ?? cwd)}: every run of a comparison should finish. Failed: ${list.join("; ")} ` +
      "Mend the cause and give the same command again (it trains only these), or leave the models out with --models.",
  );
}

/** Seeds of a model mostly fail alike: each reason once. */
function missingRuns(failed: readonly FailedRun[]): readonly MissingRuns[] {
  const groups = new Map<string, MissingRuns>();
  for (const { entry, args, reason } of failed) {
    const key = `${entry.title}\n${reason}`;
    groups.set(key, { title: entry.title, seeds: [...(groups.get(key)?.seeds ?? []), args.seed], reason });
  }
  return [...groups.values()];
}

/** The comparison's own folder, new or made before. @throws AppError FILE_UNWRITABLE, RUN_FOLDER_TAKEN */
async function openFolder(folder: string): Promise<void> {
  const own: ReadonlySet<string> = new Set(["runs", "figures", ...comparisonFiles]);
  let entries: readonly string[];
  try {
    await mkdir(folder, { recursive: true });
    entries = await readdir(folder);
  } catch (thrown) {
    throw new AppError(
      "FILE_UNWRITABLE",
      `${folder}: the comparison's folder cannot be made: ${messageOf(thrown)}. Choose another place with --out.`,
      { cause: thrown },
    );
  }
  const foreign = entries.filter((name) => !own.has(name) && !name.startsWith(lockFileName) && !name.endsWith(".tmp"));
  if (foreign.length === 0) return;
  throw new AppError(
    "RUN_FOLDER_TAKEN",
    `${folder}: a comparison needs a new folder, an empty one, or its own from before. Found ${foreign.slice(0, 3).join(", ")}. Choose another with --out.`,
  );
}
