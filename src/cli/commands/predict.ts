// `pneumoscope predict`: scores of any number of images by a trained model, row by row as they come.
import type { Command } from "commander";
import { AppError } from "../../core/errors.js";
import { researchUse } from "../../core/research-use.js";
import {
  countInputs,
  filesOf,
  type ImageInput,
  type InputCounts,
  resolveInputs,
} from "../../inference/image-inputs.js";
import type { ModelReader } from "../../inference/open-model.js";
import { readImages } from "../../inference/predict-files.js";
import { columnsOf } from "../hanging-text.js";
import { counted } from "../numbers.js";
import { wholeNumber } from "../options.js";
import { createProgress } from "../progress.js";
import {
  modelOption,
  openNamedModel,
  type ReadingOptions,
  scoresOption,
  settleMeaning,
  thresholdOption,
} from "../run/model-options.js";
import { outOfScopeText, type RowForm, rowFormat } from "../run/reading-rows.js";
import { thresholdSource } from "../run/threshold-source.js";
import { printNote, type Terminal, writePatiently } from "../terminal.js";

interface PredictOptions extends ReadingOptions {
  readonly model: string;
  readonly batch: number;
  readonly json?: true;
  readonly csv?: true;
}

const examples = `
Inputs are image files (JPEG, PNG, DICOM), folders (searched with everything below them) and patterns.
The score is the model's probability of pneumonia, from 0 to 1; from the threshold on an image is called PNEUMONIA.
An image that does not look like an upright frontal chest X-ray is scored, and flagged.
An image that cannot be read is skipped and named. Exit code 0 when at least one image was scored, 1 when none.

Examples:
  pneumoscope predict chest.jpeg --model runs/custom-sound-2026-11-23-1
  pneumoscope predict scans/ --model model.h5 --csv > scores.csv
  pneumoscope predict "scans/**/*.png" --model model.h5 --json | jq .score

A Keras file that was not made here is read as the study's models are: grey values 0 to 1, threshold 0.5. If its
output is the probability of a normal lung, as the study's is, add --scores normal.`;

/** Adds the command. */
export function addPredictCommand(program: Command, terminal: Terminal): void {
  program
    .command("predict")
    .description("Score images with a trained model")
    .argument("<inputs...>", "image files, folders, or patterns in quotes")
    .addOption(modelOption())
    .addOption(thresholdOption())
    .addOption(scoresOption())
    .option("--batch <n>", "images that go through the model together", wholeNumber({ min: 1, max: 1024 }), 4)
    .option("--json", "one JSON object per line")
    .option("--csv", "comma-separated values with a header")
    .addHelpText("after", examples)
    .action(async (texts: readonly string[], options: PredictOptions, command: Command) => {
      if (options.json === true && options.csv === true) {
        command.error("error: --json and --csv: one of them, not both.");
      }
      const inputs = await resolveInputs(texts, terminal.cwd);
      const counts = await countInputs(inputs);
      const model = await openNamedModel(options.model, terminal, { heatMaps: "without" });
      try {
        await predict(inputs, counts, model, options, terminal);
      } finally {
        await model.dispose();
      }
    });
}

async function predict(
  inputs: readonly ImageInput[],
  counts: InputCounts,
  model: ModelReader,
  options: PredictOptions,
  terminal: Terminal,
): Promise<void> {
  const meaning = settleMeaning(model, options, terminal);
  const threshold = options.threshold ?? model.contract.threshold.value;
  const format = rowFormat(formOf(options, terminal), threshold, columnsOf(terminal.out));
  // Rows that appear on the terminal are progress enough, and a bar would get between them.
  const progress = terminal.out.isTTY
    ? undefined
    : createProgress(terminal.err, { label: "predict", total: counts.found, unit: "images" });
  const tally = { scored: 0, pneumonia: 0, skipped: 0, outOfScope: 0 };
  const start = performance.now();
  try {
    await writePatiently(terminal.out, format.head);
    const readings = readImages(filesOf(inputs), model, { batchSize: options.batch, threshold, meaning });
    for await (const reading of readings) {
      await writePatiently(terminal.out, format.row(reading));
      if (reading.kind === "skipped") tally.skipped++;
      else tally.scored++;
      if (reading.kind === "scored" && reading.label === "PNEUMONIA") tally.pneumonia++;
      if (reading.kind === "scored" && !reading.scope.inScope) tally.outOfScope++;
      progress?.update(tally.scored + tally.skipped);
    }
  } finally {
    progress?.finish();
  }
  const seconds = (performance.now() - start) / 1000;
  const source = thresholdSource(model, options.threshold);
  printNote(
    terminal,
    [
      `${counted(tally.scored, "image")} scored, ${tally.pneumonia} called pneumonia (score at least ${threshold}; ${source})`,
      ...(tally.outOfScope > 0 ? [outOfScopeText(tally.outOfScope)] : []),
      `${tally.skipped} skipped`,
      ...(counts.repeated > 0 ? [`${counts.repeated} named twice and scored once`] : []),
      `${((tally.scored + tally.skipped) / seconds).toFixed(1)} images/s`,
    ].join(", "),
  );
  printNote(terminal, researchUse);
  if (tally.scored > 0) return;
  throw new AppError(
    "NO_IMAGE_SCORED",
    `predict: at least one image should be readable. Received ${counted(tally.skipped, "file")}, none of which is: the rows above say why. Name JPEG, PNG or DICOM images.`,
  );
}

function formOf({ json, csv }: PredictOptions, { out }: Terminal): RowForm {
  if (json === true) return "json";
  if (csv === true) return "csv";
  return out.isTTY ? "table" : "plain";
}
