// `pneumoscope evaluate`: how well a trained model does on labelled images, or what saved predictions amount to.
import type { Command } from "commander";
import {
  type Classifier,
  evaluateModel,
  evaluatePredictions,
  formatEvaluation,
  formatReading,
  formatShift,
  type ModelEvaluation,
  metricsVersion,
  type SplitName,
  splitNames,
} from "../../index.js";
import { withImageProgress } from "../image-progress.js";
import {
  type ModelOptions,
  modelPlaces,
  openNamedModel,
  pixelsOption,
  scoresOption,
  thresholdOption,
} from "../inference/model-options.js";
import { thresholdSource } from "../inference/threshold-source.js";
import { printCacheProblem, printLeftOut } from "../left-out.js";
import { counted } from "../numbers.js";
import { decimalNumber, oneOf } from "../options.js";
import { settingOption } from "../setting-options.js";
import { printJson, printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

interface EvaluateCommandOptions extends ModelOptions {
  readonly maxPixels?: number;
  readonly patients?: Parameters<typeof evaluateModel>[1]["patients"];
  readonly data?: string;
  readonly predictions?: string;
  readonly split?: SplitName;
  readonly unsure?: number;
  readonly out?: string;
  readonly cache: string;
  readonly frozen?: string;
  readonly json?: true;
}

const examples = `
With --data the model scores the images of one split. With --predictions nothing is scored: every number is made
again from a saved predictions.csv, exactly; a model named as well only lends its threshold.
Of a run, the images are compared with those it was trained on: a worse result comes with its likely reason.
"train" has read the test images once already: reading them again to choose between models spoils them as a test.

Examples:
  pneumoscope evaluate runs/custom-sound-2026-11-23-1 --data chest_xray
  pneumoscope evaluate model.h5 --data chest_xray --split val --threshold 0.4
  pneumoscope evaluate model.h5 --data other_hospital --out results/other_hospital
  pneumoscope evaluate --predictions runs/custom-sound-2026-11-23-1/predictions.csv`;

/** Adds the command. */
export function addEvaluateCommand(program: Command, terminal: Terminal): void {
  program
    .command("evaluate")
    .argument("[model]", modelPlaces)
    .option(
      "--data <dataset>",
      "a folder with {train,val,test}/{NORMAL,PNEUMONIA} or with NORMAL/ and PNEUMONIA/ alone, a manifest (.csv), or a file with a dataset inside (.zip, .npz, .parquet)",
    )
    .option("--predictions <file>", "a saved predictions.csv in place of --data")
    .option("--split <name>", "images to measure on: test, val or train (default: test)", oneOf(splitNames))
    .addOption(thresholdOption())
    .addOption(scoresOption())
    .addOption(pixelsOption())
    .addOption(settingOption("patients"))
    .addOption(settingOption("maxPixels"))
    .option(
      "--unsure <coverage>",
      'of a run\'s predictions.csv: answer "unsure" in a band of scores that leaves so large a share of each class right or open on its validation rows (default: as the model does)',
      decimalNumber({ min: 0.5, max: 0.999 }),
    )
    .option("--out <dir>", "write report.html, predictions.csv, metrics.json and figures into this new or empty folder")
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .option(
      "--frozen <file>",
      "a frozen protocol (see protocol freeze): another model, threshold or test set is refused",
    )
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (place: string | undefined, options: EvaluateCommandOptions, command: Command) => {
      checkCombination(place, options, command);
      await using model =
        place === undefined ? undefined : await openNamedModel(place, options, terminal, { heatMaps: false });
      const measured = await measure(model, options, terminal);
      show(measured, { place, source: sourceOf(model, options) }, options, terminal);
      const { files } = measured;
      if (files !== null)
        printNote(
          terminal,
          `Written: ${visible(files.report)}, ${visible(files.predictions)}, ${visible(files.metrics)}`,
        );
    });
}

function checkCombination(place: string | undefined, options: EvaluateCommandOptions, command: Command): void {
  if (options.data === undefined && options.predictions === undefined) {
    command.error("error: what to measure is missing: give --data <dataset>, or --predictions <file>.");
  }
  if (options.data !== undefined && options.predictions !== undefined) {
    command.error("error: --data and --predictions: one of them, not both.");
  }
  if (options.data !== undefined && place === undefined) {
    command.error("error: --data needs a model that scores its images: evaluate <run or file> --data <dataset>.");
  }
  if (options.predictions !== undefined) {
    const idle = (["maxPixels", "patients", "cache", "frozen"] as const).filter(
      (name) => command.getOptionValueSource(name) === "cli",
    );
    const flags = idle.map((name) => (name === "maxPixels" ? "--max-pixels" : `--${name}`)).join(", ");
    if (flags !== "") command.error(`error: ${flags}: no image is read with --predictions. Leave it out.`);
  }
  if (options.predictions === undefined && options.unsure !== undefined) {
    command.error(
      "error: --unsure: a model's own band is set by train or recalibrate. Leave it out, or give --predictions.",
    );
  }
  if (options.predictions !== undefined && options.pixels !== undefined) {
    command.error("error: --pixels: saved predictions are scores already. Leave it out.");
  }
  if (options.predictions !== undefined && options.scores !== undefined) {
    command.error("error: --scores: saved predictions are P(pneumonia) already. Leave it out.");
  }
}

async function measure(
  model: Classifier | undefined,
  options: EvaluateCommandOptions,
  terminal: Terminal,
): Promise<ModelEvaluation> {
  const {
    data,
    predictions,
    split,
    threshold,
    maxPixels,
    patients,
    out: folder,
    cache: cacheFolder,
    frozen: frozenProtocol,
  } = options;
  const common = { split, threshold, folder, cwd: terminal.cwd };
  if (model === undefined || data === undefined) {
    return evaluatePredictions(predictions ?? "", { ...common, model, unsure: options.unsure });
  }
  if (split !== undefined && split !== "test" && model.hasContract) {
    printNote(
      terminal,
      `Note: "train" learns from train/ and, in the sound protocol, val/. If this model saw these images, its numbers on ${split}/ say little.`,
    );
  }
  return withImageProgress(terminal, (onEvent) =>
    evaluateModel(model, { ...common, data, cacheFolder, maxPixels, patients, frozenProtocol, onEvent }),
  );
}

/** Where the threshold comes from, for people. */
function sourceOf(model: Classifier | undefined, { threshold }: EvaluateCommandOptions): string {
  if (model !== undefined) return thresholdSource(model, threshold);
  if (threshold !== undefined) return "given with --threshold, origin unknown";
  return "the default, for predictions.csv carries none; name the model too to use its own";
}

function show(
  { evaluation, shift, reading, predictions, remarks, skipped, unused, cacheProblem }: ModelEvaluation,
  { place, source }: { readonly place: string | undefined; readonly source: string },
  options: EvaluateCommandOptions,
  terminal: Terminal,
): void {
  const split = options.split ?? predictions[0]?.split ?? null;
  const thresholdNote = `Threshold ${evaluation.threshold.value}: ${source}.`;
  if (options.json === true) {
    printJson(terminal, {
      version: metricsVersion,
      source: { model: place ?? null, data: options.data ?? null, predictions: options.predictions ?? null, split },
      thresholdSource: source,
      skipped: skipped.map(({ name, error }) => ({ name, code: error.code, message: error.message })),
      unused,
      outOfScope: remarks?.outOfScope ?? null,
      warnings: remarks?.warnings ?? null,
      ...evaluation,
      shift,
      reading,
    });
  } else {
    const title = split === null ? "Predictions" : `${split.charAt(0).toUpperCase()}${split.slice(1)}`;
    printLine(terminal, formatEvaluation(evaluation, title).trimEnd());
    if (shift !== null) printLine(terminal, `\n${formatShift(shift).trimEnd()}`);
  }
  printNote(terminal, thresholdNote);
  if (reading !== null) printNote(terminal, formatReading(reading));
  const note = remarks === null ? undefined : remarksText(remarks, predictions.length);
  if (note !== undefined) printNote(terminal, note);
  printLeftOut(terminal, { read: predictions.length, skipped, unused, rest: "--json names all" });
  printCacheProblem(terminal, cacheProblem);
}

/** One line; undefined where nothing speaks against an image. */
function remarksText(
  { outOfScope, warned, warnings }: NonNullable<ModelEvaluation["remarks"]>,
  images: number,
): string | undefined {
  const codes = Object.entries(warnings).map(([code, number]) => `${code} ${number}`);
  const parts = [
    ...(outOfScope > 0 ? [`${outOfScope} flagged as out of scope`] : []),
    ...(warned > 0 ? [`${warned} with DICOM warnings (${codes.join(", ")})`] : []),
  ];
  return parts.length === 0 ? undefined : `Of ${counted(images, "image")}, all measured, ${parts.join(" and ")}.`;
}
