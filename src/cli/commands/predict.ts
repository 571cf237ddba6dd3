// `pneumoscope predict`: scores of any number of images by a trained model, row by row as they come.
import type { Command } from "commander";
import { AppError, type Classifier, type FoundImages, findImages, researchUse } from "../../index.js";
import { columnsOf } from "../hanging-text.js";
import {
  type ModelOptions,
  modelOption,
  openNamedModel,
  pixelsOption,
  scoresOption,
  thresholdOption,
} from "../inference/model-options.js";
import { outOfScopeText, type RowForm, rowFormat } from "../inference/result-rows.js";
import { thresholdSource } from "../inference/threshold-source.js";
import { counted } from "../numbers.js";
import { wholeNumber } from "../options.js";
import { createProgress } from "../progress.js";
import { settingOption } from "../setting-options.js";
import { printNote, type Terminal, writePatiently } from "../terminal.js";

interface PredictCommandOptions extends ModelOptions {
  readonly maxPixels?: number;
  readonly model: string;
  readonly batch: number;
  readonly json?: true;
  readonly csv?: true;
}

const examples = `
Inputs are image files (JPEG, PNG, DICOM), folders (searched with everything below them) and patterns.
The score is from 0 to 1, higher for pneumonia, and not the chance that a patient has it; from the threshold on an image is called PNEUMONIA.
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
    .argument("<inputs...>", "image files, folders, or patterns in quotes")
    .addOption(modelOption())
    .addOption(thresholdOption())
    .addOption(scoresOption())
    .addOption(pixelsOption())
    .addOption(settingOption("maxPixels"))
    .option("--batch <n>", "images that go through the model together", wholeNumber({ min: 1, max: 1024 }), 4)
    .option("--json", "one JSON object per line")
    .option("--csv", "comma-separated values with a header")
    .addHelpText("after", examples)
    .action(async (texts: readonly string[], options: PredictCommandOptions, command: Command) => {
      if (options.json === true && options.csv === true) {
        command.error("error: --json and --csv: one of them, not both.");
      }
      const images = await findImages(texts, { cwd: terminal.cwd });
      await using model = await openNamedModel(options.model, options, terminal, { heatMaps: false });
      await predict(images, model, options, terminal);
    });
}

async function predict(
  images: FoundImages,
  model: Classifier,
  options: PredictCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const threshold = options.threshold ?? model.contract.threshold.value;
  const format = rowFormat(formOf(options, terminal), columnsOf(terminal.out));
  // Rows that appear on the terminal are progress enough, and a bar would get between them.
  const progress = terminal.out.isTTY
    ? undefined
    : createProgress(terminal.err, { label: "predict", total: images.count, unit: "images" });
  const tally = { scored: 0, pneumonia: 0, skipped: 0, outOfScope: 0 };
  const start = performance.now();
  try {
    await writePatiently(terminal.out, format.head);
    const asked = { threshold, batchSize: options.batch, maxPixels: options.maxPixels };
    for await (const result of model.predict(images, asked)) {
      await writePatiently(terminal.out, format.row(result));
      if (result.kind === "failed") tally.skipped++;
      else {
        tally.scored++;
        if (result.label === "PNEUMONIA") tally.pneumonia++;
        if (!result.scope.inScope) tally.outOfScope++;
      }
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
      ...(images.repeated > 0 ? [`${images.repeated} named twice and scored once`] : []),
      `${((tally.scored + tally.skipped) / seconds).toFixed(1)} images/s`,
    ].join(", "),
  );
  printNote(terminal, researchUse);
  if (tally.scored > 0) return;
  throw new AppError("NO_IMAGE_SCORED", {
    place: "predict",
    rule: "at least one image should be readable",
    received: `${counted(tally.skipped, "file")}, none of which is: the rows above say why`,
    remedy: "Name JPEG, PNG or DICOM images",
  });
}

function formOf({ json, csv }: PredictCommandOptions, { out }: Terminal): RowForm {
  if (json === true) return "json";
  if (csv === true) return "csv";
  return out.isTTY ? "table" : "plain";
}
