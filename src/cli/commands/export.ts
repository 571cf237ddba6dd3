// `pneumoscope export`: a trained model as a file for other programs, with the contract of how it is read.
import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { Command } from "commander";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { AppError } from "../../core/errors.js";
import { thresholdOrigin } from "../../evaluation/threshold.js";
import { writeKerasModel } from "../../interchange/keras-h5/write-keras-model.js";
import { withChecksum } from "../../interchange/onnx/onnx-checksum.js";
import { writeReadingModel } from "../../interchange/onnx/write-reading-model.js";
import { type ModelFile, readModelFile, tfjsMetadataKey } from "../../interchange/read-model-file.js";
import { writeTfjsModel } from "../../interchange/tfjs-layers/write-tfjs-model.js";
import { type WeightPrecision, weightPrecisions } from "../../model/model-contract.js";
import { isReadingContract, type ReadingContract } from "../../model/reading-contract.js";
import { parameterCounts } from "../../model/summary.js";
import { readTrainedModel } from "../../reading/read-trained-model.js";
import { count } from "../../report/numbers.js";
import { oneOf } from "../options.js";
import { packageVersion } from "../package.js";
import { makeOutputFolder } from "../run/output-folder.js";
import { measuredText } from "../run/threshold-source.js";
import { noteUnfinishedRun } from "../run/unfinished-run.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

const formats = ["onnx", "keras", "tfjs"] as const;

interface ExportOptions {
  readonly format: (typeof formats)[number];
  readonly out: string;
  readonly precision?: WeightPrecision;
}

const examples = `
onnx: one .onnx file for ONNX Runtime that needs nothing else: 8-bit grey images in, probability of pneumonia out; scaling
is inside, threshold and what it was measured to do are in its metadata. --precision float16 and int8 store the kernels
in half and a quarter of the bytes; they compute in float32 all the same. How to use the file: docs/onnx.md.

keras: one .h5 file for tf.keras 2 and Keras 3, without the optimizer's state.

tfjs: a folder with model.json and 4 MiB shards for tf.loadLayersModel.

Examples:
  pneumoscope export runs/custom-sound-2026-11-23-1 --format onnx --out model.onnx
  pneumoscope export runs/mobilenet-sound-2026-11-23-1 --format tfjs --out web-model
  pneumoscope export runs/custom-sound-2026-11-23-1 --format keras --out model.h5`;

/** Adds the command. */
export function addExportCommand(program: Command, terminal: Terminal): void {
  program
    .command("export")
    .description("Write a trained model for ONNX Runtime, Keras or TensorFlow.js")
    .argument("<model>", "a run folder, a Keras .h5 file, or a TensorFlow.js model.json")
    .requiredOption("--format <name>", `the format: ${formats.join(", ")}`, oneOf(formats))
    .requiredOption("--out <path>", "a new file (onnx, keras) or a new folder (tfjs)")
    .option(
      "--precision <name>",
      `how a .onnx file stores its kernels: ${weightPrecisions.join(", ")} (default: float32)`,
      oneOf(weightPrecisions),
    )
    .addHelpText("after", examples)
    .action(async (place: string, options: ExportOptions, command: Command) => {
      if (options.precision !== undefined && options.format !== "onnx") {
        command.error("error: --precision: only a .onnx file can have another than float32.");
      }
      const target = resolve(terminal.cwd, options.out);
      const source = resolve(terminal.cwd, place);
      await noteUnfinishedRun(source, terminal);
      if (options.format === "onnx") await exportOnnx(source, target, options.precision ?? "float32", terminal);
      else await exportForOthers(source, target, options.format, terminal);
    });
}

async function exportOnnx(
  source: string,
  target: string,
  precision: WeightPrecision,
  terminal: Terminal,
): Promise<void> {
  checkNewFile(target, ".onnx", "ONNX");
  const { file, graph, weights, contract: own, hasContract } = await readTrainedModel(source);
  if (!hasContract) {
    throw new AppError(
      "MODEL_INVALID",
      `${file}: a .onnx file says how its pixels are scaled and what its score means. Received a model that does not say so. Export one that "pneumoscope train" made.`,
    );
  }
  const contract = { ...own, precision, productVersion: packageVersion() };
  const bytes = await withChecksum(writeReadingModel(graph, weights, contract));
  await writeFileAtomically(target, bytes);
  const size = `${(bytes.length / 1e6).toFixed(1)} MB`;
  printLine(
    terminal,
    `${visible(target)}: ${count(parameterCounts(graph).total)} parameters from ${visible(file)}, kernels in ${precision}, ${size}`,
  );
  printLine(
    terminal,
    `Feed it "image", uint8 [n, 1, ${contract.imageSize}, ${contract.imageSize}], grey, resized (${contract.interpolation}); ` +
      `"probability" is P(${contract.classes[1]}); threshold ${contract.threshold.value} (${thresholdOrigin(contract.threshold)}). Research use only.`,
  );
  if (precision !== "float32") {
    printNote(
      terminal,
      `Note: ${precision} kernels change scores a little, int8 more than float16; threshold and measurements are those of float32. Check with "pneumoscope evaluate ${visible(target)} --data <dir>".`,
    );
  }
  for (const { split, images, sensitivity, specificity } of contract.operation) {
    printLine(
      terminal,
      `On ${count(images)} ${split} images: sensitivity ${measuredText(sensitivity)}, specificity ${measuredText(specificity)}.`,
    );
  }
}

async function exportForOthers(
  source: string,
  target: string,
  format: "keras" | "tfjs",
  terminal: Terminal,
): Promise<void> {
  const model = await readModelFile(source);
  const contract = isReadingContract(model.contract) ? model.contract : undefined;
  await writers[format](target, model, contract);
  printLine(
    terminal,
    `${visible(target)}: ${count(parameterCounts(model.graph).total)} parameters from ${visible(model.file)}`,
  );
  printLine(terminal, contract === undefined ? unknownContract : contractText(contract));
}

type Writer = (target: string, model: ModelFile, contract: ReadingContract | undefined) => Promise<void>;

const writers: Readonly<Record<"keras" | "tfjs", Writer>> = {
  keras: async (target, { graph, weights }, contract) => {
    checkNewFile(target, ".h5", "Keras");
    await writeKerasModel(target, graph, weights, contract === undefined ? {} : { json: { contract } });
  },
  tfjs: async (target, { graph, weights }, contract) => {
    await makeOutputFolder(target);
    await writeTfjsModel(target, graph, weights, contract === undefined ? undefined : { [tfjsMetadataKey]: contract });
  },
};

/** @throws AppError OPTION_INVALID */
function checkNewFile(target: string, ending: string, format: string): void {
  if (extname(target) === ending && !existsSync(target)) return;
  const received = existsSync(target) ? "a path that exists" : `the ending "${extname(target)}"`;
  throw new AppError(
    "OPTION_INVALID",
    `--out: ${target}: ${format === "ONNX" ? "an" : "a"} ${format} export is a new file that ends in ${ending}. Received ${received}. Choose another name.`,
  );
}

const unknownContract =
  "The model does not say how its pixels are scaled and what its score means: ask whoever trained it.";

function contractText({ imageSize, interpolation, scaling, threshold, classes }: ReadingContract): string {
  return (
    `Feed it grey ${imageSize} x ${imageSize} images (${interpolation} resize, three equal channels), pixels scaled: ${scaling.title}. ` +
    `Its score is P(${classes[1]}); threshold ${threshold.value} (${thresholdOrigin(threshold)}). Research use only.`
  );
}
