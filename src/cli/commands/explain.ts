// `pneumoscope explain`: where a trained model looked, as overlays and as numbers.

import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { AppError } from "../../core/errors.js";
import { researchUse } from "../../core/research-use.js";
import { type HeatMapClass, heatMapClasses } from "../../explain/heat-map-class.js";
import type { RandomisationCheck } from "../../explain/randomisation-check.js";
import { evenShares, lungsFrameText } from "../../explain/where-it-looked.js";
import type { HeatMapBatch } from "../../model/heat-map.js";
import type { ModelReader } from "../../reading/open-reader.js";
import { isOnnx, readTrainedModel } from "../../reading/read-trained-model.js";
import { heatMapCheckText } from "../../report/heat-map-words.js";
import { counted, percent } from "../../report/numbers.js";
import { checkMaps, mostChecked } from "../explain/check-maps.js";
import { type ExplainedRow, explainImages } from "../explain/explain-images.js";
import { csvText, jsonDocument, jsonRow, tableHead, tableRow } from "../explain/explained-rows.js";
import { meanSharesText } from "../explain/mean-shares.js";
import { columnsOf } from "../hanging-text.js";
import { oneOf } from "../options.js";
import { createProgress } from "../progress.js";
import { countInputs, filesOf, type ImageInput, resolveInputs } from "../run/image-inputs.js";
import {
  modelOption,
  openNamedModel,
  type ReadingOptions,
  scoresOption,
  settleMeaning,
  thresholdOption,
} from "../run/model-options.js";
import { makeOutputFolder } from "../run/output-folder.js";
import { jsonLine, outOfScopeText } from "../run/reading-rows.js";
import { thresholdSource } from "../run/threshold-source.js";
import { printNote, type Terminal, writePatiently } from "../terminal.js";
import { visible } from "../visible.js";

interface ExplainCommandOptions extends ReadingOptions {
  readonly model: string;
  readonly out: string;
  readonly class: HeatMapClass;
  readonly check: boolean;
  readonly json?: true;
}

const examples = `
For each image two pictures go into the folder: the radiograph with a heat map over it, and the two side by side; all
numbers go into explain.csv and explain.json. Heat rises from violet to yellow. The map is Grad-CAM's, for the class that
the model called or the one asked for, and is coarse: 7 x 7 cells for most models, 14 x 14 for the custom one.

It shows where the model looked, not where a disease is: a wrong answer has a heat map as well. The custom model gives
some images none: its head weighs each place by itself, which Grad-CAM averages out.

"outside frame" is the share of the heat outside ${lungsFrameText}, where lungs usually
lie (none are outlined); "border" the share in the outer eighth of each side. Heat spread evenly has ${percent(evenShares.outsideFrame, 0)} of each.

An image that does not look like an upright frontal chest X-ray is explained, and flagged. One that cannot be read is
skipped and named.

The randomisation check draws the model's weights again: maps that stay the same then say nothing of the model. It needs
a run folder, a Keras or a TensorFlow.js file; a .onnx file has no weights to draw again.

Examples:
  pneumoscope explain chest.jpeg --model runs/custom-sound-2026-11-23-1 --out looked
  pneumoscope explain scans/ --model model.onnx --class pneumonia --out looked`;

/** Adds the command. */
export function addExplainCommand(program: Command, terminal: Terminal): void {
  program
    .command("explain")
    .description("Show where a trained model looked: heat maps over radiographs")
    .argument("<inputs...>", "image files, folders, or patterns in quotes")
    .addOption(modelOption())
    .requiredOption("--out <folder>", "where pictures and numbers go; must be new or empty")
    .option(
      "--class <class>",
      "class whose evidence is shown: called (the one that the model chose), pneumonia or normal",
      oneOf(heatMapClasses),
      "called",
    )
    .addOption(thresholdOption())
    .addOption(scoresOption())
    .option("--no-check", "leave out the check whether the maps depend on what the model learned")
    .option("--json", "one JSON object per line")
    .addHelpText("after", examples)
    .action(async (texts: readonly string[], options: ExplainCommandOptions) => {
      const inputs = await resolveInputs(texts, terminal.cwd);
      const { found } = await countInputs(inputs);
      const model = await openNamedModel(options.model, terminal);
      try {
        await explain(inputs, found, model, options, terminal);
      } finally {
        await model.dispose();
      }
    });
}

async function explain(
  inputs: readonly ImageInput[],
  found: number,
  model: ModelReader,
  options: ExplainCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const meaning = settleMeaning(model, options, terminal);
  const threshold = options.threshold ?? model.contract.threshold.value;
  const folder = resolve(terminal.cwd, options.out);
  await makeOutputFolder(folder);
  const rows: ExplainedRow[] = [];
  const seen = new FirstMaps();
  // Rows that appear on the terminal are progress enough, and a bar would get between them.
  const progress = terminal.out.isTTY
    ? undefined
    : createProgress(terminal.err, { label: "explain", total: found, unit: "images" });
  try {
    if (options.json !== true) await writePatiently(terminal.out, tableHead);
    const onMaps = (images: Uint8Array, maps: HeatMapBatch) => seen.add(images, maps);
    const explained = explainImages(filesOf(inputs), model, {
      folder,
      wanted: options.class,
      threshold,
      meaning,
      onMaps,
    });
    for await (const row of explained) {
      rows.push(row);
      await writePatiently(
        terminal.out,
        options.json === true ? jsonLine(jsonRow(row)) : tableRow(row, columnsOf(terminal.out)),
      );
      progress?.update(rows.length);
    }
  } finally {
    progress?.finish();
  }
  const check = options.check ? await randomisationCheck(resolve(terminal.cwd, options.model), seen, terminal) : null;
  const facts = {
    model: { file: basename(resolve(terminal.cwd, options.model)), title: model.contract.title },
    threshold,
    check,
  };
  await writeFileAtomically(join(folder, "explain.csv"), csvText(rows));
  await writeFileAtomically(
    join(folder, "explain.json"),
    `${JSON.stringify(jsonDocument(rows, facts), undefined, 2)}\n`,
  );
  printSummary(rows, { threshold, source: thresholdSource(model, options.threshold) }, options, terminal);
}

/** The first images and their maps: what the randomisation check compares. */
class FirstMaps {
  readonly #images: Uint8Array[] = [];
  readonly #maps: HeatMapBatch[] = [];

  add(images: Uint8Array, maps: HeatMapBatch): void {
    const batches = Math.ceil(mostChecked / 8);
    if (this.#images.length >= batches) return;
    this.#images.push(images);
    this.#maps.push(maps);
  }

  /** [n, size, size] and [n, 2, h, w]; null where there was none. */
  all(): { readonly images: Uint8Array; readonly maps: HeatMapBatch } | null {
    const [first] = this.#maps;
    if (first === undefined) return null;
    const data = new Float32Array(this.#maps.flatMap((maps) => [...maps.data]));
    return { images: Buffer.concat(this.#images), maps: { ...first, data } };
  }
}

async function randomisationCheck(
  place: string,
  seen: FirstMaps,
  terminal: Terminal,
): Promise<RandomisationCheck | null> {
  const first = seen.all();
  if (first === null) return null;
  if (isOnnx(place)) {
    printNote(
      terminal,
      "Randomisation check: left out, for a .onnx file has no weights to draw again. Name the run folder to have it.",
    );
    return null;
  }
  const check = await checkMaps(await readTrainedModel(place), first.images, first.maps);
  printNote(terminal, heatMapCheckText(check));
  return check;
}

function printSummary(
  rows: readonly ExplainedRow[],
  { threshold, source }: { readonly threshold: number; readonly source: string },
  { out, class: wanted }: ExplainCommandOptions,
  terminal: Terminal,
): void {
  const explained = rows.flatMap((row) => (row.kind === "explained" ? [row] : []));
  const outOfScope = explained.filter(({ scope }) => !scope.inScope).length;
  printNote(
    terminal,
    [
      `${counted(explained.length, "image")} explained (heat for ${wanted === "called" ? "the class that was called" : wanted}; called pneumonia from a score of ${threshold}; ${source})`,
      ...(outOfScope > 0 ? [outOfScopeText(outOfScope)] : []),
      `${rows.length - explained.length} skipped`,
      `${explained.filter(({ looked }) => looked === null).length} without heat`,
    ].join(", "),
  );
  const shares = meanSharesText(rows);
  if (shares !== undefined) printNote(terminal, shares);
  printNote(terminal, `Written: ${visible(out)}`);
  printNote(terminal, `Heat maps show where the model looked, not where a disease is. ${researchUse}`);
  if (explained.length > 0) return;
  throw new AppError(
    "NO_IMAGE_SCORED",
    `explain: at least one image should be readable. Received ${counted(rows.length, "file")}, none of which is: the rows above say why. Name JPEG, PNG or DICOM images.`,
  );
}
