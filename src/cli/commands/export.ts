// `pneumoscope export`: a trained model as a file for other programs.
import type { Command } from "commander";
import {
  type ExportedModel,
  type ExportFormat,
  exportFormats,
  exportModel,
  thresholdOrigin,
  unsureText,
  type WeightPrecision,
  weightPrecisions,
} from "../../index.js";
import { type ModelOptions, pixelsOption, scoresOption } from "../inference/model-options.js";
import { measuredText } from "../inference/threshold-source.js";
import { count } from "../numbers.js";
import { decimalNumber, oneOf } from "../options.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

interface ExportCommandOptions extends Pick<ModelOptions, "scores" | "pixels"> {
  readonly format?: ExportFormat;
  readonly out: string;
  readonly precision?: WeightPrecision;
  readonly threshold?: number;
  readonly unsure?: number;
}

const examples = `
onnx: one .onnx file for ONNX Runtime that needs nothing else: 8-bit grey images in, score for pneumonia out; scaling
is inside, threshold and what it was measured to do are in its metadata. --precision float16 and int8 store the kernels
in half and a quarter of the bytes; they compute in float32 all the same. How to use the file: docs/onnx.md.

keras: without the optimizer's state; the name says what: one .keras file for Keras 3, one .h5 file for tf.keras 2 and
Keras 3, or .weights.h5, the weights alone in Keras 3's layout.

tfjs: a folder with model.json and 4 MiB shards for tf.loadLayersModel.

Several models of one dataset that take images of one size become one .onnx file that gives the mean of their scores and
of their heat maps: what compare calls an ensemble. It is called pneumonia from the mean of their thresholds on. Runs that share
their validation images, as runs of one seed do, let the file say what its threshold was set on, for the shift alarm of predict.

There is no way back from a .onnx file: keep the run folder, or a .keras file.

A Keras file that was not made here becomes .onnx where it says, or --scores and --pixels say, what its output means and
what its pixels are scaled to. The other formats write it as it is.

Examples:
  pneumoscope export runs/custom-sound-2026-11-23-1 --format onnx --out model.onnx
  pneumoscope export runs/a runs/b runs/c --format onnx --out ensemble.onnx
  pneumoscope export runs/a runs/b --format onnx --unsure 0.9 --out ensemble.onnx
  pneumoscope export runs/mobilenet-sound-2026-11-23-1 --format tfjs --out web-model
  pneumoscope export runs/custom-sound-2026-11-23-1 --format keras --out model.keras
  pneumoscope export theirs.keras --scores normal,pneumonia --pixels 0..255 --format onnx --out theirs.onnx`;

/** Adds the command. */
export function addExportCommand(program: Command, terminal: Terminal): void {
  program
    .command("export")
    .argument(
      "<models...>",
      "a run folder, a Keras .keras or .h5 file, or a TensorFlow.js model.json; several become one",
    )
    .option("--format <name>", `the format: ${exportFormats.join(", ")} (required)`, oneOf(exportFormats))
    .requiredOption("--out <path>", "a new file (onnx, keras) or a new folder (tfjs) (required)")
    .option(
      "--precision <name>",
      `how a .onnx file stores its kernels: ${weightPrecisions.join(", ")} (default: float32)`,
      oneOf(weightPrecisions),
    )
    .addOption(scoresOption("needed for onnx"))
    .addOption(pixelsOption("needed for onnx where no Rescaling layer tells"))
    .addHelpText("after", examples)
    .option(
      "--threshold <number>",
      "of several models together: call images with at least this score pneumonia (default: the mean of their thresholds)",
      decimalNumber({ min: 0, max: 1 }),
    )
    .option(
      "--unsure <coverage>",
      'of several runs that share their validation images: answer "unsure" in a band of scores that leaves so large a share of each class right or open, such as 0.9',
      decimalNumber({ min: 0.5, max: 0.999 }),
    )
    .action(async (places: string[], options: ExportCommandOptions, command: Command) => {
      const { format } = options;
      if (format === undefined) {
        return command.error(`error: the format is missing: add --format with one of ${exportFormats.join(", ")}.`);
      }
      if (options.precision !== undefined && options.format !== "onnx") {
        command.error("error: --precision: only a .onnx file can have another than float32.");
      }
      if (places.length > 1 && format !== "onnx") {
        command.error("error: several models together become one .onnx file only: add --format onnx.");
      }
      if (places.length === 1 && options.threshold !== undefined) {
        command.error("error: --threshold: a model alone keeps its own; it is for several models together.");
      }
      if (places.length === 1 && options.unsure !== undefined) {
        command.error(
          "error: --unsure: a model alone has its band from train --unsure or recalibrate --unsure; it is for several models together.",
        );
      }
      if ((options.scores ?? options.pixels) !== undefined && options.format !== "onnx") {
        command.error("error: --scores and --pixels: only a .onnx file says how it is read. Leave them out.");
      }
      const exported = await exportModel(places, { ...options, format, cwd: terminal.cwd });
      if (!exported.isFinished) {
        printNote(
          terminal,
          `Note: ${places.map(visible).join(", ")}: the training has not finished. This is the best model so far.`,
        );
      }
      show(exported, { ...options, isEnsemble: places.length > 1 }, terminal);
    });
}

function show(
  exported: ExportedModel,
  { precision = "float32", isEnsemble }: ExportCommandOptions & { readonly isEnsemble: boolean },
  terminal: Terminal,
): void {
  const { out, file, contract, bytes } = exported;
  const size = bytes === null ? "" : `, kernels in ${precision}, ${(bytes / 1e6).toFixed(1)} MB`;
  printLine(terminal, `${visible(out)}: ${count(exported.parameters)} parameters from ${visible(file)}${size}`);
  if (contract === null) {
    printLine(
      terminal,
      "The model does not say how its pixels are scaled and what its score means: ask whoever trained it.",
    );
    return;
  }
  const { imageSize, interpolation, scaling, threshold, classes } = contract;
  const from = `threshold ${threshold.value} (${thresholdOrigin(threshold)}). Research use only.`;
  printLine(
    terminal,
    bytes === null
      ? `Feed it grey ${imageSize} x ${imageSize} images (${interpolation} resize, three equal channels), pixels scaled: ${scaling.title}. ` +
          `Its score is P(${classes[1]}); ${from}`
      : `Feed it "image", uint8 [n, 1, ${imageSize}, ${imageSize}], grey, resized (${interpolation}); ` +
          `"probability" is P(${classes[1]}); ${from}`,
  );
  if (contract.unsure !== undefined) printLine(terminal, visible(unsureText(contract.unsure)));
  if (isEnsemble && contract.reference === undefined) {
    printNote(
      terminal,
      "Note: these models do not share their validation images, so the file does not say what its threshold was set on: predict raises no shift alarm with it. Recalibrated on local patients, it does.",
    );
  }
  if (bytes !== null && precision !== "float32") {
    printNote(
      terminal,
      `Note: ${precision} kernels change scores a little, int8 more than float16; threshold and measurements are those of float32. Check with "pneumoscope evaluate ${visible(out)} --data <dataset>".`,
    );
  }
  for (const { split, images, sensitivity, specificity } of exported.operation) {
    printLine(
      terminal,
      `On ${count(images)} ${split} images: sensitivity ${measuredText(sensitivity)}, specificity ${measuredText(specificity)}.`,
    );
  }
}
