// `pneumoscope protocol`: what will be trained and how it will be judged, written down before the test images are read.
import { relative } from "node:path";
import type { Command } from "commander";
import { freezeProtocol } from "../../index.js";
import { groupsHelp } from "../named-models.js";
import { counted } from "../numbers.js";
import { wholeNumber } from "../options.js";
import { createProgress, type Progress } from "../progress.js";
import { addSettingOptions } from "../setting-options.js";
import { printJson, printLine, type Terminal } from "../terminal.js";
import { askedSettings, type ComparisonCommandOptions } from "../training/asked-settings.js";
import { SettingsPerModel } from "../training/settings-per-model.js";
import { visible } from "../visible.js";

interface FreezeCommandOptions extends ComparisonCommandOptions {
  readonly metrics?: NonNullable<Parameters<typeof freezeProtocol>[1]>["metrics"];
  readonly out: string;
  readonly cache: string;
  readonly json?: true;
}

const examples = `
The file holds the settings of every training (seed, threshold policy and all), the metrics, and a fingerprint of the test images; it is sealed by
a checksum, and the ledger of test readings notes when it was frozen. "train", "compare" and "evaluate" take it with --frozen and refuse what
differs. Without it they find it in the ledger, and the report says what differs, and whether it was frozen before the first reading.

Examples:
  pneumoscope protocol freeze --data chest_xray --models custom --seeds 1
  pneumoscope protocol freeze --data chest_xray --models custom,mobilenet --threshold sensitivity=0.95 --metrics auc,specificity
  pneumoscope train --data chest_xray --model custom --frozen protocol.json`;

/** Adds the command with its part. */
export function addProtocolCommand(program: Command, terminal: Terminal): void {
  const freeze = program
    .command("protocol")
    .helpCommand(false)
    .command("freeze")
    .description("Write down what will be trained and how it will be judged, before the test images are read")
    .requiredOption("--models <names>", `models to train, such as custom,mobilenet; ${groupsHelp}`)
    .option(
      "--seeds <n>",
      "trainings of each model, from --seed on (default: 3, with --protocol study 1)",
      wholeNumber({ min: 1, max: 1000 }),
    );
  const perModel = new SettingsPerModel(addSettingOptions(freeze, ["model", "fold", "backbone", "features", "pixels"]));
  freeze
    .optionsGroup("The protocol:")
    .option(
      "--metrics <names>",
      "by what it is judged, the main one first (default: auc,sensitivity,specificity)",
      (text) => text.split(",").map((name) => name.trim()),
    )
    .option("--out <file>", "the protocol's file, which must be new", "protocol.json")
    .option("--cache <folder>", "where decoded images and the ledger are kept", ".cache/pneumoscope")
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (options: FreezeCommandOptions, command: Command) => {
      if (options.data === undefined) command.error("error: the images are missing: give --data <dataset>.");
      let progress: Progress | undefined;
      const frozen = await freezeProtocol(askedSettings(options, perModel), {
        file: options.out,
        metrics: options.metrics,
        cacheFolder: options.cache,
        cwd: terminal.cwd,
        onProgress: ({ done, total }) => {
          progress ??= createProgress(terminal.err, { label: "Decoding", total, unit: "images" });
          progress.update(done);
        },
      }).finally(() => progress?.finish());
      const { protocol, file, readingsBefore } = frozen;
      if (options.json === true) return printJson(terminal, frozen);
      const { trainings, test, sha256, metrics } = protocol;
      printLine(terminal, `Frozen: ${visible(relative(terminal.cwd, file))}, sha256 ${sha256}`);
      printLine(
        terminal,
        `${counted(trainings.length, "training", "trainings")}, to be judged on ${counted(test.images, "test image", "test images")} by ${metrics.join(", ")}.`,
      );
      printLine(
        terminal,
        readingsBefore === 0
          ? "The ledger knows of no reading of these test images before it."
          : `These test images had been read before: ${counted(readingsBefore, "reading", "readings")}. Reports will say so.`,
      );
    });
}
