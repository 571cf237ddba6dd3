// `pneumoscope export`: a trained model as a file for other programs, with the contract of how it is read.
import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { Command } from "commander";
import { AppError } from "../../core/errors.js";
import { writeKerasModel } from "../../interchange/keras-h5/write-keras-model.js";
import { type ModelFile, readModelFile, tfjsMetadataKey } from "../../interchange/read-model-file.js";
import { writeTfjsModel } from "../../interchange/tfjs-layers/write-tfjs-model.js";
import { isReadingContract, type ReadingContract } from "../../model/reading-contract.js";
import { parameterCounts } from "../../model/summary.js";
import { count } from "../../report/numbers.js";
import { oneOf } from "../options.js";
import { makeOutputFolder } from "../run/output-folder.js";
import { printLine, type Terminal } from "../terminal.js";

const formats = ["keras", "tfjs"] as const;

interface ExportOptions {
  readonly format: (typeof formats)[number];
  readonly out: string;
}

const examples = `
keras: one .h5 file for tf.keras 2 and Keras 3, without the optimizer's state.
tfjs: a folder with model.json and 4 MiB shards for tf.loadLayersModel.

Examples:
  pneumoscope export runs/mobilenet-sound-2026-11-23-1 --format tfjs --out web-model
  pneumoscope export runs/custom-sound-2026-11-23-1 --format keras --out model.h5`;

/** Adds the command. */
export function addExportCommand(program: Command, terminal: Terminal): void {
  program
    .command("export")
    .description("Write a trained model for Keras or TensorFlow.js")
    .argument("<model>", "a run folder, a Keras .h5 file, or a TensorFlow.js model.json")
    .requiredOption("--format <name>", `the format: ${formats.join(" or ")}`, oneOf(formats))
    .requiredOption("--out <path>", "a new file (keras) or a new folder (tfjs)")
    .addHelpText("after", examples)
    .action(async (place: string, { format, out }: ExportOptions) => {
      const target = resolve(terminal.cwd, out);
      const model = await readModelFile(resolve(terminal.cwd, place));
      const contract = isReadingContract(model.contract) ? model.contract : undefined;
      await writers[format](target, model, contract);
      printLine(terminal, `${target}: ${count(parameterCounts(model.graph).total)} parameters from ${model.file}`);
      printLine(terminal, contract === undefined ? unknownContract : contractText(contract));
    });
}

type Writer = (target: string, model: ModelFile, contract: ReadingContract | undefined) => Promise<void>;

const writers: Readonly<Record<(typeof formats)[number], Writer>> = {
  keras: async (target, { graph, weights }, contract) => {
    if (extname(target) !== ".h5" || existsSync(target)) {
      const received = existsSync(target) ? "a file that exists" : `the ending "${extname(target)}"`;
      throw new AppError(
        "OPTION_INVALID",
        `--out: ${target}: a Keras export is a new file that ends in .h5. Received ${received}. Choose another name.`,
      );
    }
    await writeKerasModel(target, graph, weights, contract === undefined ? {} : { json: { contract } });
  },
  tfjs: async (target, { graph, weights }, contract) => {
    await makeOutputFolder(target);
    await writeTfjsModel(target, graph, weights, contract === undefined ? undefined : { [tfjsMetadataKey]: contract });
  },
};

const unknownContract =
  "The model does not say how its pixels are scaled and what its score means: ask whoever trained it.";

function contractText({ imageSize, interpolation, scaling, threshold, classes }: ReadingContract): string {
  return (
    `Feed it grey ${imageSize} x ${imageSize} images (${interpolation} resize, three equal channels), pixels scaled: ${scaling.title}. ` +
    `Its score is P(${classes[1]}); threshold ${threshold.value} (${threshold.policy}). Research use only.`
  );
}
