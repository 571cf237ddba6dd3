// `pneumoscope data`: look at a dataset, check it, import it, download it, or make a synthetic one.
import { relative } from "node:path";
import type { Command } from "commander";
import {
  AppError,
  checkDataset,
  type DataCheck,
  type FetchFunction,
  makePhantoms,
  type PhantomCounts,
  summariseDataset,
  usualPhantoms,
} from "../../index.js";
import { checkText, problemsOf, summaryText } from "../data-text.js";
import { wholeNumber } from "../options.js";
import { createProgress, type Progress } from "../progress.js";
import { settingOption } from "../setting-options.js";
import { printJson, printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";
import { addDownload } from "./data-download.js";
import { addImport } from "./data-import.js";

/** Adds the command with its parts. @param fetch Node.js' own, or a test's. */
export function addDataCommand(program: Command, terminal: Terminal, fetch: FetchFunction = globalThis.fetch): void {
  const data = program.command("data").helpCommand(false);
  addSummary(data, terminal);
  addCheck(data, terminal);
  addImport(data, terminal);
  addDownload(data, terminal, fetch);
  addSynth(data, terminal);
}

const folderHelp = "folder with {train,val,test}/{NORMAL,PNEUMONIA}, a manifest (.csv), or an archive (.zip)";

interface DatasetCommandOptions {
  readonly patients?: NonNullable<Parameters<typeof summariseDataset>[1]>["patients"];
  readonly json?: true;
}

function addSummary(data: Command, terminal: Terminal): void {
  data
    .command("summary")
    .description("Count images, classes and patients per split, without reading the images")
    .argument("<dir>", folderHelp)
    .addOption(settingOption("patients"))
    .option("--json", "print JSON for machines")
    .action(async (folder: string, { patients, json }: DatasetCommandOptions) => {
      const summary = await summariseDataset(folder, { cwd: terminal.cwd, patients });
      if (json === true) printJson(terminal, summary);
      else printLine(terminal, summaryText(summary));
    });
}

function addCheck(data: Command, terminal: Terminal): void {
  data
    .command("check")
    .description("Read every image: unreadable files, duplicates and near copies, patients that cross splits")
    .argument("<dir>", folderHelp)
    .addOption(settingOption("patients"))
    .addOption(settingOption("maxPixels"))
    .option("--out <dir>", "write leaks.html, with pairs of copies side by side, into this new or empty folder")
    .option("--json", "print JSON for machines")
    .addHelpText("after", "\nExit code 1 when something is wrong that makes results untrustworthy.")
    .action(async (folder: string, options: DatasetCommandOptions & { maxPixels?: number; out?: string }) => {
      let progress: Progress | undefined;
      const check = await checkDataset(folder, {
        cwd: terminal.cwd,
        patients: options.patients,
        maxPixels: options.maxPixels,
        folder: options.out,
        onProgress: ({ done, total }) => {
          progress ??= createProgress(terminal.err, { label: "checking", total, unit: "images" });
          progress.update(done);
        },
      }).finally(() => progress?.finish());
      if (options.json === true) printJson(terminal, forMachines(check));
      else printLine(terminal, checkText(check));
      if (check.page !== null) printNote(terminal, `Written: ${visible(relative(terminal.cwd, check.page))}`);
      const problems = problemsOf(check);
      if (problems.length > 0) {
        throw new AppError("DATASET_PROBLEMS", {
          place: check.root,
          rule: "a dataset should have none of these",
          received: problems.join("; "),
          remedy: "Remove or move the files named above",
        });
      }
    });
}

/** Errors as code and message. */
function forMachines(check: DataCheck): object {
  const unreadable = check.unreadable.map(({ name, error }) => ({ name, code: error.code, message: error.message }));
  return { ...check, unreadable, problems: problemsOf(check) };
}

interface SynthOptions {
  readonly seed: number;
  readonly size: number;
  readonly train?: number;
  readonly val?: number;
  readonly test?: number;
  readonly json?: true;
}

function addSynth(data: Command, terminal: Terminal): void {
  const images = wholeNumber({ min: 2, max: 100_000 });
  const described = (split: PhantomCounts["train"]) => `${split.normal + split.pneumonia}`;
  const { train, val, test } = usualPhantoms;
  data
    .command("synth")
    .description("Make a folder of synthetic phantoms, to try everything without real data")
    .argument("<dir>", "a new folder")
    .option("--seed <n>", "the same seed makes the same images", wholeNumber({ min: 0 }), 1)
    .option("--size <pixels>", "width of the images, about", wholeNumber({ min: 64, max: 2048 }), 320)
    .option("--train <images>", `images to train on (default: ${described(train)})`, images)
    .option("--val <images>", `images of val/ (default: ${described(val)})`, images)
    .option("--test <images>", `images to test on (default: ${described(test)})`, images)
    .option("--json", "print JSON for machines")
    .action(async (folder: string, options: SynthOptions) => {
      const counts = countsFor(options);
      const total = Object.values(counts).reduce((sum, split) => sum + split.normal + split.pneumonia, 0);
      const progress = createProgress(terminal.err, { label: "drawing", total, unit: "images" });
      const { seed, size } = options;
      const made = await makePhantoms(folder, {
        cwd: terminal.cwd,
        seed,
        size,
        counts,
        onProgress: ({ done }) => progress.update(done),
      }).finally(() => progress.finish());
      if (options.json === true) return printJson(terminal, made);
      const what = made.reused ? "were there already" : "made";
      printLine(terminal, `${made.images} synthetic phantoms ${what} in ${visible(made.root)}`);
      printLine(terminal, "They show no patients; nothing that is measured on them says anything about patients.");
    });
}

/** Splits each number by the default share of its classes; at least one image of each. */
function countsFor(options: SynthOptions): PhantomCounts {
  const share = (images: number | undefined, { normal, pneumonia }: PhantomCounts["train"]): PhantomCounts["train"] => {
    if (images === undefined) return { normal, pneumonia };
    const healthy = Math.max(1, Math.round((images * normal) / (normal + pneumonia)));
    return { normal: healthy, pneumonia: images - healthy };
  };
  const { train, val, test } = usualPhantoms;
  return { train: share(options.train, train), val: share(options.val, val), test: share(options.test, test) };
}
