// `pneumoscope evaluate`: how well a trained model does on labelled images, or what saved predictions amount to.
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { type SplitName, splitNames } from "../../dataset/sample.js";
import { type Evaluation, evaluate } from "../../evaluation/evaluate.js";
import { metricsVersion, writeMetrics } from "../../evaluation/metrics-file.js";
import type { Prediction } from "../../evaluation/prediction.js";
import { writePredictions } from "../../evaluation/predictions-file.js";
import { fixedThreshold, studyThreshold, type ThresholdChoice } from "../../evaluation/threshold.js";
import type { ModelReader } from "../../reading/open-reader.js";
import { counted } from "../../report/numbers.js";
import { evaluationText } from "../../report/tables.js";
import { printLeftOut } from "../left-out.js";
import { oneOf } from "../options.js";
import { createProgress } from "../progress.js";
import { type ScoredSplit, type SplitRemarks, savedSplit, scoreSplit } from "../run/evaluation-source.js";
import {
  modelPlaces,
  openNamedModel,
  type ReadingOptions,
  scoresOption,
  settleMeaning,
  thresholdOption,
} from "../run/model-options.js";
import { makeOutputFolder } from "../run/output-folder.js";
import { thresholdSource } from "../run/threshold-source.js";
import { printJson, printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

interface EvaluateOptions extends ReadingOptions {
  readonly data?: string;
  readonly predictions?: string;
  readonly split?: SplitName;
  readonly out?: string;
  readonly json?: true;
}

const examples = `
With --data the model scores the images of one split. With --predictions nothing is scored: every number is made
again from a saved predictions.csv, exactly; a model named as well only lends its threshold.
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
    .description("Measure a trained model on labelled images, or saved predictions")
    .argument("[model]", modelPlaces)
    .option("--data <dir>", "folder with {train,val,test}/{NORMAL,PNEUMONIA}, or with NORMAL/ and PNEUMONIA/ alone")
    .option("--predictions <file>", "a saved predictions.csv in place of --data")
    .option("--split <name>", "images to measure on: test, val or train (default: test)", oneOf(splitNames))
    .addOption(thresholdOption())
    .addOption(scoresOption())
    .option("--out <dir>", "write predictions.csv and metrics.json into this new or empty folder")
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (place: string | undefined, options: EvaluateOptions, command: Command) => {
      checkCombination(place, options, command);
      const out = options.out === undefined ? undefined : resolve(terminal.cwd, options.out);
      if (out !== undefined) await makeOutputFolder(out);
      const model = place === undefined ? undefined : await openNamedModel(place, terminal, { heatMaps: "without" });
      try {
        const scored = await gather(model, options, terminal);
        const { threshold, source } = chooseThreshold(model, options);
        const evaluation = evaluate(scored.predictions, { threshold });
        show(evaluation, scored, { place, source }, options, terminal);
        if (out !== undefined) await save(out, scored.predictions, evaluation, terminal);
      } finally {
        await model?.dispose();
      }
    });
}

function checkCombination(place: string | undefined, options: EvaluateOptions, command: Command): void {
  if (options.data === undefined && options.predictions === undefined) {
    command.error("error: what to measure is missing: give --data <dir>, or --predictions <file>.");
  }
  if (options.data !== undefined && options.predictions !== undefined) {
    command.error("error: --data and --predictions: one of them, not both.");
  }
  if (options.data !== undefined && place === undefined) {
    command.error("error: --data needs a model that scores its images: evaluate <run or file> --data <dir>.");
  }
  if (options.predictions !== undefined && options.scores !== undefined) {
    command.error("error: --scores: saved predictions are P(pneumonia) already. Leave it out.");
  }
}

async function gather(
  model: ModelReader | undefined,
  options: EvaluateOptions,
  terminal: Terminal,
): Promise<ScoredSplit> {
  if (options.predictions !== undefined) {
    const path = resolve(terminal.cwd, options.predictions);
    return { predictions: await savedSplit(path, options.split), remarks: null, skipped: [], unused: [] };
  }
  if (model === undefined || options.data === undefined) throw new TypeError("checkCombination lets this not through");
  return score(model, options.data, options, terminal);
}

async function score(
  model: ModelReader,
  data: string,
  options: EvaluateOptions,
  terminal: Terminal,
): Promise<ScoredSplit> {
  const meaning = settleMeaning(model, options, terminal);
  const { split = "test" } = options;
  if (split !== "test" && model.hasContract) {
    printNote(
      terminal,
      `Note: "train" learns from train/ and, in the sound protocol, val/. If this model saw these images, its numbers on ${split}/ say little.`,
    );
  }
  let progress: ReturnType<typeof createProgress> | undefined;
  let stage = "";
  const tell = (label: string, done: number, total: number) => {
    if (label !== stage) {
      progress?.finish();
      progress = createProgress(terminal.err, { label, total, unit: "images" });
      stage = label;
    }
    progress?.update(done);
  };
  try {
    return await scoreSplit(model, {
      folder: resolve(terminal.cwd, data),
      split,
      meaning,
      cwd: terminal.cwd,
      onLoad: ({ done, total }) => tell("images", done, total),
      onScore: (done, total) => tell("scoring", done, total),
    });
  } finally {
    progress?.finish();
  }
}

interface ChosenThreshold {
  readonly threshold: ThresholdChoice;
  /** Where it comes from, for people. */
  readonly source: string;
}

function chooseThreshold(model: ModelReader | undefined, { threshold }: EvaluateOptions): ChosenThreshold {
  if (model === undefined) {
    if (threshold !== undefined) return { threshold: fixedThreshold(threshold), source: "given with --threshold" };
    const source = "the default, for predictions.csv carries none; name the model too to use its own";
    return { threshold: studyThreshold, source };
  }
  const source = thresholdSource(model, threshold);
  if (threshold !== undefined) return { threshold: fixedThreshold(threshold), source };
  const { value, policy, chosenOn } = model.contract.threshold;
  return { threshold: { value, policy, chosenOn, reached: null }, source };
}

function show(
  evaluation: Evaluation,
  { predictions, remarks, skipped, unused }: ScoredSplit,
  { place, source }: { readonly place: string | undefined; readonly source: string },
  options: EvaluateOptions,
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
    });
  } else {
    const title = split === null ? "Predictions" : `${split.charAt(0).toUpperCase()}${split.slice(1)}`;
    printLine(terminal, evaluationText(evaluation, title).trimEnd());
  }
  printNote(terminal, thresholdNote);
  const note = remarks === null ? undefined : remarksText(remarks, predictions.length);
  if (note !== undefined) printNote(terminal, note);
  printLeftOut(terminal, { read: predictions.length, skipped, unused, rest: "--json names all" });
}

/** One line; undefined where nothing speaks against an image. */
function remarksText({ outOfScope, warned, warnings }: SplitRemarks, images: number): string | undefined {
  const codes = Object.entries(warnings).map(([code, number]) => `${code} ${number}`);
  const parts = [
    ...(outOfScope > 0 ? [`${outOfScope} flagged as out of scope`] : []),
    ...(warned > 0 ? [`${warned} with DICOM warnings (${codes.join(", ")})`] : []),
  ];
  return parts.length === 0 ? undefined : `Of ${counted(images, "image")}, all measured, ${parts.join(" and ")}.`;
}

async function save(
  folder: string,
  predictions: readonly Prediction[],
  evaluation: Evaluation,
  terminal: Terminal,
): Promise<void> {
  const files = { predictions: join(folder, "predictions.csv"), metrics: join(folder, "metrics.json") };
  await writePredictions(files.predictions, predictions);
  await writeMetrics(files.metrics, evaluation);
  printNote(terminal, `Written: ${visible(files.predictions)}, ${visible(files.metrics)}`);
}
