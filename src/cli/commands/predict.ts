// `pneumoscope predict`: scores of any number of images by a trained model, row by row as they come.
import { type Command, InvalidArgumentError } from "commander";
import {
  AppError,
  type Classifier,
  emptyTally,
  type FoundImages,
  findImages,
  formatShiftAlarm,
  parseShard,
  predictToFile,
  type ResultTally,
  researchUse,
  type Shard,
  shardOf,
  tallied,
  unsureText,
  type WatchedShift,
  watchShift,
} from "../../index.js";
import { columnsOf } from "../hanging-text.js";
import { heldElsewhere } from "../held-elsewhere.js";
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
import { untilStopped } from "../training/until-stopped.js";

interface PredictCommandOptions extends ModelOptions {
  readonly maxPixels?: number;
  readonly model: string;
  readonly batch: number;
  readonly json?: true;
  readonly csv?: true;
  readonly out?: string;
  readonly shard?: Shard;
}

const examples = `
Inputs are image files (JPEG, PNG, DICOM), folders (searched with everything below them), patterns, and lists: CSV files with a
column path, such as manifests.
The score is from 0 to 1, higher for pneumonia, and not the chance that a patient has it; from the threshold on an image is called PNEUMONIA.
An image that does not look like an upright frontal chest X-ray is scored, and flagged.
An image that cannot be read is skipped and named. Exit code 0 when at least one image was scored, 1 when none.

Examples:
  pneumoscope predict chest.jpeg --model runs/custom-sound-2026-11-23-1
  pneumoscope predict scans/ --model model.h5 --csv > scores.csv
  pneumoscope predict "scans/**/*.png" --model model.h5 --json | jq .score
  pneumoscope predict scans/ --model model.onnx --shard 2/8 --out scores-2.csv

Shards written to files of their own are joined by putting them one after the other: only the first has a header.

A Keras file that was not made here is read as the study's models are: grey values 0 to 1, threshold 0.5. If its
output is the probability of a normal lung, as the study's is, add --scores normal.`;

/** Adds the command. */
export function addPredictCommand(program: Command, terminal: Terminal): void {
  program
    .command("predict")
    .argument("<inputs...>", "image files, folders, patterns in quotes, or lists (.csv)")
    .addOption(modelOption())
    .addOption(thresholdOption())
    .addOption(scoresOption())
    .addOption(pixelsOption())
    .addOption(settingOption("maxPixels"))
    .option("--batch <n>", "images that go through the model together", wholeNumber({ min: 1, max: 1024 }), 4)
    .option("--json", "one JSON object per line")
    .option("--csv", "comma-separated values with a header")
    .option("--out <file>", "write there, comma-separated or with --json; stopped, the same command goes on")
    .option("--shard <number/of>", "score a part of the images, such as 2/8: the second eighth", shardOption)
    .addHelpText("after", examples)
    .action(async (texts: readonly string[], options: PredictCommandOptions, command: Command) => {
      if (options.json === true && options.csv === true) {
        command.error("error: --json and --csv: one of them, not both.");
      }
      const { out, shard, batch: batchSize, threshold } = options;
      const all = await findImages(texts, { cwd: terminal.cwd });
      const images = shard === undefined ? all : shardOf(all, shard, { batchSize });
      if (shard !== undefined) printNote(terminal, shardText(shard, images, all));
      await using model = await openNamedModel(options.model, options, terminal, { heatMaps: false });
      const watched = await watchShift(model.contract);
      if (out !== undefined) {
        const tally = await predictInto(out, images, { model, watched }, options, terminal);
        tell(tally, images, { model, watched }, { threshold, seconds: null }, terminal);
        return;
      }
      const start = performance.now();
      const tally = await predict(images, { model, watched }, options, terminal);
      const seconds = (performance.now() - start) / 1000;
      tell(tally, images, { model, watched }, { threshold, seconds }, terminal);
    });
}

function shardOption(text: string): Shard {
  const shard = parseShard(text);
  if (shard !== undefined) return shard;
  throw new InvalidArgumentError(
    `Should be a number from 1, "/" and how many shards there are, such as 2/8. Received "${text}".`,
  );
}

/** The names' checksum lets one see whether all shards saw the same list. */
function shardText({ number, of }: Shard, { count, range }: FoundImages, all: FoundImages): string {
  const which = count === 0 || range === undefined ? "none" : `${range.from + 1} to ${range.to}`;
  return `Shard ${number} of ${of}: images ${which} of ${all.count}, list ${all.sha256.slice(0, 12)}`;
}

/** A model, and whether it meets images like those that its threshold was set on. */
interface WatchedModel {
  readonly model: Classifier;
  readonly watched: WatchedShift;
}

/** Row by row as they come. */
async function predict(
  images: FoundImages,
  { model, watched }: WatchedModel,
  options: PredictCommandOptions,
  terminal: Terminal,
): Promise<ResultTally> {
  const form = formOf(options, terminal);
  const format = rowFormat(form, columnsOf(terminal.out));
  // Rows that appear on the terminal are progress enough, and a bar would get between them.
  const progress = terminal.out.isTTY ? undefined : progressOf(images, terminal);
  let tally = emptyTally;
  try {
    if (form === "table" || (images.range?.from ?? 0) === 0) await writePatiently(terminal.out, format.head);
    const traits = model.contract.reference !== undefined;
    for await (const result of model.predict(images, { ...scoring(options), traits })) {
      watched.add(result);
      await writePatiently(terminal.out, format.row(result));
      tally = tallied(tally, result);
      progress?.update(tally.scored + tally.skipped);
    }
  } finally {
    progress?.finish();
  }
  return tally;
}

async function predictInto(
  file: string,
  images: FoundImages,
  { model, watched }: WatchedModel,
  options: PredictCommandOptions,
  terminal: Terminal,
): Promise<ResultTally> {
  const progress = progressOf(images, terminal);
  const scores = await untilStopped(
    () => {
      progress.finish();
      printNote(terminal, "Stopping; what is scored is kept. Again: stop at once.");
    },
    (signal) =>
      predictToFile(model, images, {
        ...scoring(options),
        file,
        format: rowFormat(options.json === true ? "json" : "csv"),
        cwd: terminal.cwd,
        signal,
        onResult: (result) => watched.add(result),
        onProgress: (done) => progress.update(done),
        onWait: () => printNote(terminal, heldElsewhere),
      }),
  ).finally(() => progress.finish());
  if (scores.before > 0) printNote(terminal, `${counted(scores.before, "image")} scored before`);
  return scores;
}

const scoring = ({ threshold, batch: batchSize, maxPixels }: PredictCommandOptions) => ({
  threshold,
  batchSize,
  maxPixels,
});

const progressOf = ({ count: total }: FoundImages, { err }: Terminal) =>
  createProgress(err, { label: "predict", total, unit: "images" });

/** @throws AppError NO_IMAGE_SCORED */
function tell(
  tally: ResultTally,
  images: FoundImages,
  { model, watched }: WatchedModel,
  given: Told,
  terminal: Terminal,
): void {
  const { threshold = model.contract.threshold.value, seconds } = given;
  const source = thresholdSource(model, given.threshold);
  printNote(
    terminal,
    [
      `${counted(tally.scored, "image")} scored, ${tally.pneumonia} called pneumonia (score at least ${threshold}; ${source})`,
      ...(model.contract.unsure === undefined ? [] : [`${tally.unsure} unsure`]),
      ...(tally.outOfScope > 0 ? [outOfScopeText(tally.outOfScope)] : []),
      `${tally.skipped} skipped`,
      ...(images.repeated > 0 ? [`${images.repeated} named twice and scored once`] : []),
      ...(seconds === null ? [] : [`${((tally.scored + tally.skipped) / seconds).toFixed(1)} images/s`]),
    ].join(", "),
  );
  if (model.contract.unsure !== undefined) printNote(terminal, `Note: ${unsureText(model.contract.unsure)}`);
  const alarm = watched.verdict();
  if (typeof alarm === "object" && alarm.isRaised) printNote(terminal, `Note: ${formatShiftAlarm(alarm)}`);
  printNote(terminal, researchUse);
  if (tally.scored > 0 || images.count === 0) return;
  throw new AppError("NO_IMAGE_SCORED", {
    place: "predict",
    rule: "at least one image should be readable",
    received: `${counted(tally.skipped, "file")}, none of which is: the rows ${seconds === null ? "" : "above "}say why`,
    remedy: "Name JPEG, PNG or DICOM images",
  });
}

interface Told {
  readonly threshold: number | undefined;
  /** What it took; null where some may have been scored before. */
  readonly seconds: number | null;
}

function formOf({ json, csv }: PredictCommandOptions, { out }: Terminal): RowForm {
  if (json === true) return "json";
  if (csv === true) return "csv";
  return out.isTTY ? "table" : "plain";
}
