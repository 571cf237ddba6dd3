// `pneumoscope data import`: a dataset in any known form becomes a manifest.
import type { Command } from "commander";
import { type ImportedDataset, type ImportOptions, importDataset } from "../../index.js";
import { importText } from "../data-text.js";
import { decimalNumber, oneOf, wholeNumber } from "../options.js";
import { createProgress, type Progress } from "../progress.js";
import { settingOption } from "../setting-options.js";
import { printJson, printLine, type Terminal } from "../terminal.js";

/** How labels that a publisher calls uncertain are taken, in words that a shell takes without quotation marks. */
const uncertainChoices = { "leave-out": "leave out", pneumonia: "pneumonia", normal: "normal" } as const;

interface ImportCommandOptions {
  readonly out: string;
  readonly source?: string;
  readonly labels?: string;
  readonly uncertain?: keyof typeof uncertainChoices;
  readonly test?: number;
  readonly seed?: number;
  readonly patients?: ImportOptions["patients"];
  readonly json?: true;
}

const examples = `
Examples:
  pneumoscope data import pneumoniamnist.npz --out manifest.csv
  pneumoscope data import archive/ --labels labels.csv --test 0.2 --out archive/manifest.csv

Kinds of sources, and what a manifest holds: docs/data.md. An existing manifest is never overwritten.`;

/** Adds the part to `pneumoscope data`. */
export function addImport(data: Command, terminal: Terminal): void {
  data
    .command("import")
    .description("Write a manifest of a dataset: one line per image with its label and patient")
    .argument("<source>", "the dataset's folder or file")
    .requiredOption("--out <manifest.csv>", "the new manifest, in a folder above the images")
    .option("--source <kind>", "what kind of source it is (default: what it looks like)")
    .option("--labels <file>", "the file of labels, where they do not lie with the images")
    .option(
      "--uncertain <choice>",
      `what becomes of labels that the publisher calls uncertain: ${Object.keys(uncertainChoices).join(", ")} (default: leave-out)`,
      oneOf(Object.keys(uncertainChoices) as (keyof typeof uncertainChoices)[]),
    )
    .option(
      "--test <share>",
      "share of the images, by patient, that becomes the test set of data without one, such as 0.2",
      decimalNumber({ min: 0, aboveMin: true, max: 0.5 }),
    )
    .option("--seed <n>", "which patients become the test set (default: 1)", wholeNumber({ min: 0 }))
    .addOption(settingOption("patients"))
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (source: string, options: ImportCommandOptions) => {
      const imported = await withProgress(source, libraryOptions(options, terminal), terminal);
      if (options.json === true) printJson(terminal, imported);
      else printLine(terminal, importText(imported, options.out));
    });
}

function libraryOptions(options: ImportCommandOptions, { cwd }: Terminal): ImportOptions {
  const { out, source, labels, test, seed, patients } = options;
  const uncertain = options.uncertain === undefined ? undefined : uncertainChoices[options.uncertain];
  return { cwd, out, source, labels, uncertain, test, seed, patients };
}

async function withProgress(source: string, options: ImportOptions, terminal: Terminal): Promise<ImportedDataset> {
  let progress: Progress | undefined;
  const onProgress = (done: number) => {
    progress ??= createProgress(terminal.err, { label: "importing", total: undefined, unit: "images" });
    progress.update(done);
  };
  return importDataset(source, { ...options, onProgress }).finally(() => progress?.finish());
}
