// `pneumoscope recalibrate`: a trained model's scores and threshold brought in line with local patients.
import type { Command } from "commander";
import {
  formatEstimate,
  type RecalibratedModel,
  recalibrate,
  type SplitName,
  splitNames,
  type UnsureBand,
  unsureScores,
  unsureText,
} from "../../index.js";
import { withImageProgress } from "../image-progress.js";
import { type ModelOptions, modelPlaces, pixelsOption, scoresOption } from "../inference/model-options.js";
import { printCacheProblem, printLeftOut } from "../left-out.js";
import { counted } from "../numbers.js";
import { decimalNumber, oneOf } from "../options.js";
import { settingOption } from "../setting-options.js";
import { printJson, printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

interface RecalibrateCommandOptions extends Pick<ModelOptions, "scores" | "pixels"> {
  readonly data: string;
  readonly out: string;
  readonly split?: SplitName;
  readonly threshold?: string;
  readonly unsure?: number;
  readonly by?: string;
  readonly patients?: Parameters<typeof recalibrate>[1]["patients"];
  readonly maxPixels?: number;
  readonly cache: string;
  readonly json?: true;
}

const examples = `
A model that was trained elsewhere mostly scores the images of another place too high or too low, and its threshold does
not hold there. From some dozens of patients of that place (at least 10 of each class) this fits the intercept of its scores,
and the slope where these patients ask for it, chooses the threshold anew, and writes a new model. The original is only read.
What the new threshold does is measured on patients that were left out in turn. Every file made from it says so.

Keep the patients that you want to test the new model on out of this folder.

Examples:
  pneumoscope recalibrate runs/custom-sound-2026-11-23-1 --data ward --threshold sensitivity=0.95 --out ward.onnx
  pneumoscope recalibrate ensemble.onnx --data ward.csv --threshold youden --out ward.onnx --by "Radiology, A. N. Other"
  pneumoscope recalibrate theirs.keras --scores normal --pixels 0..1 --data ward --out ward.keras
  pneumoscope predict radiographs --model ward.onnx`;

/** Adds the command. */
export function addRecalibrateCommand(program: Command, terminal: Terminal): void {
  program
    .command("recalibrate")
    .argument("<model>", modelPlaces)
    .requiredOption(
      "--data <dataset>",
      "labelled local images: a folder with NORMAL/ and PNEUMONIA/, a dataset, or a manifest (.csv) (required)",
    )
    .requiredOption(
      "--out <file>",
      "a new file: .onnx of any model; .keras or .h5 of one that is no .onnx file (required)",
    )
    .option("--split <name>", "of a dataset: test, val or train (default: test)", oneOf(splitNames))
    .option(
      "--threshold <policy>",
      "how the new threshold is chosen: youden, sensitivity=0.95, specificity=0.9 or a number (default: as the model's was)",
    )
    .option(
      "--unsure <coverage>",
      'let the new model answer "unsure" in a band of scores that leaves so large a share of each class right or open, such as 0.9',
      decimalNumber({ min: 0.5, max: 0.999 }),
    )
    .addOption(scoresOption("needed"))
    .addOption(pixelsOption("needed where no Rescaling layer tells"))
    .option("--by <name>", "who does it, as the new file will say (default: nobody is named)")
    .addOption(settingOption("patients"))
    .addOption(settingOption("maxPixels"))
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (place: string, { cache: cacheFolder, json, ...options }: RecalibrateCommandOptions) => {
      const made = await withImageProgress(terminal, (onEvent) =>
        recalibrate(place, { ...options, cacheFolder, cwd: terminal.cwd, onEvent }),
      );
      if (json === true) {
        const { out, file, thresholdBefore, result, contract } = made;
        printJson(terminal, {
          version: 1,
          out,
          file,
          thresholdBefore,
          ...result,
          recalibration: contract.recalibration,
          unsure: contract.unsure ?? null,
        });
      } else show(made, terminal);
      printLeftOut(terminal, { ...made, read: made.result.images, rest: "evaluate --json names all" });
      printCacheProblem(terminal, made.cacheProblem);
    });
}

function show({ out, file, result, thresholdBefore, contract }: RecalibratedModel, terminal: Terminal): void {
  const { threshold, patients, images, arePatientsKnown, before, after, neededPatients } = result;
  const people = arePatientsKnown ? "patients" : "images, each taken for a patient of its own";
  printLine(
    terminal,
    `${counted(images, "image")}: ${patients.normal} ${people} without pneumonia, ${patients.pneumonia} with.`,
  );
  printLine(terminal, changeText(result));
  printLine(
    terminal,
    `Threshold: ${threshold.value.toFixed(4)} (${threshold.policy}) on the new scores; ${thresholdBefore.toFixed(4)} before.\n`,
  );
  const rows = [
    ["", "before", "after, on patients left out in turn"],
    ["sensitivity", formatEstimate(before.sensitivity), formatEstimate(after.sensitivity)],
    ["specificity", formatEstimate(before.specificity), formatEstimate(after.specificity)],
    ["log loss", before.logLoss.toFixed(3), after.logLoss.toFixed(3)],
  ];
  for (const [name = "", ...cells] of rows) {
    printLine(terminal, `${name.padEnd(13)}${cells.map((cell) => cell.padEnd(22)).join("")}`.trimEnd());
  }
  if (contract.unsure !== undefined) printLine(terminal, `\n${visible(bandText(contract.unsure, threshold.value))}`);
  printLine(terminal, `\n${visible(out)}: made from ${visible(file)}. Research use only.`);
  if (neededPatients.pneumonia > patients.pneumonia || neededPatients.normal > patients.normal) {
    printNote(
      terminal,
      `Note: to know sensitivity and specificity to within 5 points takes about ${neededPatients.pneumonia} patients with pneumonia and ${neededPatients.normal} without.`,
    );
  }
}

function bandText(band: UnsureBand, threshold: number): string {
  const scores = unsureScores(band, threshold);
  const which =
    scores === null
      ? "No score is called unsure: on these patients the threshold alone does what was asked."
      : `Scores from ${scores.from.toFixed(4)} to ${scores.to.toFixed(4)} are called unsure.`;
  return `${which} ${unsureText(band)}`;
}

function changeText({ method, intercept, slope, intervals }: RecalibratedModel["result"]): string {
  const shown = (value: number, interval: { readonly low: number; readonly high: number } | null) =>
    interval === null
      ? value.toFixed(2)
      : `${value.toFixed(2)} (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`;
  switch (method) {
    case "none":
      return "Scores: unchanged. These patients do not speak against them.";
    case "intercept":
      return `Scores: intercept ${shown(intercept, intervals.intercept)}; the slope is left at 1, for these patients do not ask for another.`;
    case "intercept-and-slope":
      return `Scores: intercept ${shown(intercept, intervals.intercept)}, slope ${shown(slope, intervals.slope)}.`;
    default:
      return method satisfies never;
  }
}
