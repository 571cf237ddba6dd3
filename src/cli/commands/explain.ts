// `pneumoscope explain`: where a trained model looked, as overlays and as numbers.
import type { Command } from "commander";
import {
  AppError,
  type Classifier,
  type Explanation,
  evenShares,
  explainedRow,
  explainImages,
  type FoundImages,
  findImages,
  formatHeatMapCheck,
  formatHeatMapCurves,
  formatSeedAgreement,
  type HeatMapClass,
  type HeatMapMethod,
  heatMapClasses,
  heatMapMethods,
  lungsFrameText,
  researchUse,
} from "../../index.js";
import { columnsOf } from "../hanging-text.js";
import { tableHead, tableRow } from "../inference/explained-rows.js";
import { meanSharesText } from "../inference/mean-shares.js";
import {
  type ModelOptions,
  modelOption,
  openNamedModel,
  pixelsOption,
  scoresOption,
  thresholdOption,
} from "../inference/model-options.js";
import { jsonLine, outOfScopeText } from "../inference/result-rows.js";
import { thresholdSource } from "../inference/threshold-source.js";
import { counted, percent } from "../numbers.js";
import { oneOf } from "../options.js";
import { createProgress } from "../progress.js";
import { settingOption } from "../setting-options.js";
import { printNote, type Terminal, writePatiently } from "../terminal.js";
import { visible } from "../visible.js";

interface ExplainCommandOptions extends ModelOptions {
  readonly maxPixels?: number;
  readonly model: string;
  readonly out: string;
  readonly class: HeatMapClass;
  readonly check: boolean;
  readonly method: HeatMapMethod;
  readonly curves?: true;
  readonly beside?: readonly string[];
  readonly json?: true;
}

const examples = `
For each image two pictures go into the folder: the radiograph with a heat map over it, and the two side by side; all
numbers go into explain.csv and explain.json. Heat rises from violet to yellow. The map is Grad-CAM's, for the class that
the model called or the one asked for, and is coarse: 7 x 7 cells for most models, 14 x 14 for the custom one.

It shows where the model looked, not where a disease is: a wrong answer has a heat map as well. The custom model gives
some images none: its head weighs each place by itself, which Grad-CAM averages out; --method hirescam does not.

"outside frame" is the share of the heat outside ${lungsFrameText}, where lungs usually
lie (none are outlined); "border" the share in the outer eighth of each side. Heat spread evenly has ${percent(evenShares.outsideFrame, 0)} of each.

An image that does not look like an upright frontal chest X-ray is explained, and flagged. One that cannot be read is
skipped and named.

The randomisation check draws the model's weights again, three times: maps that stay the same then say nothing of the model. It needs
a run folder, a Keras or a TensorFlow.js file; a .onnx file has no weights to draw again.

Examples:
  pneumoscope explain chest.jpeg --model runs/custom-sound-2026-11-23-1 --out looked
  pneumoscope explain scans/ --model model.onnx --class pneumonia --out looked
  pneumoscope explain scans/ --model runs/seed-1 --beside runs/seed-2 runs/seed-3 --curves --out looked`;

/** Adds the command. */
export function addExplainCommand(program: Command, terminal: Terminal): void {
  program
    .command("explain")
    .argument("<inputs...>", "image files, folders, or patterns in quotes")
    .addOption(modelOption())
    .requiredOption("--out <folder>", "where pictures and numbers go; must be new or empty (required)")
    .option(
      "--class <class>",
      "class whose evidence is shown: called (the one that the model chose), pneumonia or normal",
      oneOf(heatMapClasses),
      "called",
    )
    .addOption(thresholdOption())
    .addOption(scoresOption())
    .addOption(pixelsOption())
    .addOption(settingOption("maxPixels"))
    .option("--no-check", "omit the check whether the maps depend on what the model learned")
    .option(
      "--method <name>",
      "how maps are made: grad-cam, or hirescam, which is faithful to a flattened head too (not of .onnx files)",
      oneOf(heatMapMethods),
      "grad-cam",
    )
    .option("--curves", "measure insertion and deletion on the first 16 images: it takes 136 scores an image")
    .option("--beside <runs...>", "runs of the same recipe with other seeds: how far their maps agree with these")
    .option("--json", "one JSON object per line")
    .addHelpText("after", examples)
    .action(async (texts: readonly string[], options: ExplainCommandOptions) => {
      const images = await findImages(texts, { cwd: terminal.cwd });
      const { method: heatMapMethod } = options;
      await using model = await openNamedModel(options.model, options, terminal, { heatMapMethod });
      await explain(images, model, options, terminal);
    });
}

async function explain(
  images: FoundImages,
  model: Classifier,
  options: ExplainCommandOptions,
  terminal: Terminal,
): Promise<void> {
  // Rows that appear on the terminal are progress enough, and a bar would get between them.
  const progress = terminal.out.isTTY
    ? undefined
    : createProgress(terminal.err, { label: "explain", total: images.count, unit: "images" });
  let done = 0;
  try {
    const explanation = await explainImages(model, images, {
      folder: options.out,
      class: options.class,
      threshold: options.threshold,
      check: options.check,
      curves: options.curves,
      beside: options.beside,
      maxPixels: options.maxPixels,
      cwd: terminal.cwd,
      onResult: async (row) => {
        const text = options.json === true ? jsonLine(explainedRow(row)) : tableRow(row, columnsOf(terminal.out));
        const head = done === 0 && options.json !== true ? tableHead : "";
        await writePatiently(terminal.out, head + text);
        progress?.update(++done);
      },
    });
    progress?.finish();
    printSummary(explanation, model, options, terminal);
  } finally {
    progress?.finish();
  }
}

function printSummary(
  { results, threshold, check, curves, seeds }: Explanation,
  model: Classifier,
  options: ExplainCommandOptions,
  terminal: Terminal,
): void {
  if (check !== null) printNote(terminal, formatHeatMapCheck(check));
  else if (options.check && /\.onnx$/i.test(model.place ?? "")) {
    printNote(
      terminal,
      "Randomisation check omitted: a .onnx file has no weights to draw again. Name the run folder to have it.",
    );
  }
  if (curves !== null) printNote(terminal, formatHeatMapCurves(curves));
  if (seeds !== null) printNote(terminal, formatSeedAgreement(seeds));
  const { out, class: wanted } = options;
  const explained = results.flatMap((row) => (row.kind === "explained" ? [row] : []));
  const outOfScope = explained.filter(({ scope }) => !scope.inScope).length;
  const source = thresholdSource(model, options.threshold);
  printNote(
    terminal,
    [
      `${counted(explained.length, "image")} explained (heat for ${wanted === "called" ? "the class that was called" : wanted}; called pneumonia from a score of ${threshold}; ${source})`,
      ...(outOfScope > 0 ? [outOfScopeText(outOfScope)] : []),
      `${results.length - explained.length} skipped`,
      `${explained.filter(({ looked }) => looked === null).length} without heat`,
    ].join(", "),
  );
  const shares = meanSharesText(results);
  if (shares !== undefined) printNote(terminal, shares);
  printNote(terminal, `Written: ${visible(out)}`);
  printNote(terminal, `Heat maps show where the model looked, not where a disease is. ${researchUse}`);
  if (explained.length > 0) return;
  throw new AppError("NO_IMAGE_SCORED", {
    place: "explain",
    rule: "at least one image should be readable",
    received: `${counted(results.length, "file")}, none of which is: the rows above say why`,
    remedy: "Name JPEG, PNG or DICOM images",
  });
}
