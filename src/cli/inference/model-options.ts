// How the commands that use a trained model are told which one and how to take it: the same options with the same words in
// each, and what follows from them.
import { Option } from "commander";
import {
  type Assumption,
  type Classifier,
  type ClassifierOptions,
  openClassifier,
  type PixelRange,
  pixelRanges,
  type ScoreMeaning,
  scoreMeanings,
} from "../../index.js";
import { decimalNumber, oneOf } from "../options.js";
import { printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

/** What these options become. */
export interface ModelOptions {
  readonly threshold?: number;
  readonly scores?: ScoreMeaning;
  readonly pixels?: PixelRange;
}

/** Whatever `openClassifier` opens. */
export const modelPlaces =
  "a run folder that train made, a .onnx file that export made, a Keras .keras or .h5 file, or a TensorFlow.js model.json";

export const modelOption = (): Option =>
  new Option("--model <run or file>", `${modelPlaces} (required)`).makeOptionMandatory();

export const thresholdOption = (): Option =>
  new Option(
    "--threshold <number>",
    "call images with at least this score pneumonia (default: the model's own)",
  ).argParser(decimalNumber({ min: 0, max: 1 }));

/** @param otherwise what is taken where it is not given */
export const scoresOption = (otherwise = "default: pneumonia"): Option =>
  new Option(
    "--scores <class>",
    `of a Keras file: the class whose probability it puts out, pneumonia or normal (${otherwise}), or the classes of its two outputs in their order: ${scoreMeanings.slice(2).join(" or ")}`,
  ).argParser(oneOf(scoreMeanings));

export const pixelsOption = (otherwise = "default: by its Rescaling layer, else 0..1"): Option =>
  new Option(
    "--pixels <range>",
    `of a Keras file: what its pixels are scaled to, ${pixelRanges.join(", ")} (${otherwise})`,
  ).argParser(oneOf(pixelRanges));

/** Opens the model; says what is assumed of it, and where its training has not finished. @throws AppError as `openClassifier` */
export async function openNamedModel(
  place: string,
  { scores, pixels }: ModelOptions,
  terminal: Terminal,
  options: ClassifierOptions = {},
): Promise<Classifier> {
  const classifier = await openClassifier(place, { ...options, scores, pixels, cwd: terminal.cwd });
  noteUnfinished(classifier, place, terminal);
  const note = assumptionNote(classifier);
  if (note !== undefined) printNote(terminal, note);
  return classifier;
}

export function noteUnfinished(
  { isFinished }: Pick<Classifier, "isFinished">,
  place: string,
  terminal: Terminal,
): void {
  if (isFinished) return;
  printNote(
    terminal,
    `Note: ${visible(place)}: its training has not finished. This is the best model so far; nothing was measured on test images yet.`,
  );
}

/** What is assumed of a file that does not say how it wants to be read; undefined where nothing is. */
export function assumptionNote({
  file,
  assumed,
  contract,
}: Pick<Classifier, "file" | "assumed" | "contract">): string | undefined {
  if (assumed === null) return undefined;
  const { scores, scoresFrom, pixelsFrom } = assumed;
  const title = contract.scaling.title;
  const scaling = pixelsFrom === "file" ? `${title} (by the file itself)` : title;
  return (
    `${file}: does not say how it wants to be read. Assumed: grey values scaled ${scaling}, ` +
    `${outputText(assumed)}, threshold 0.5.${hintOf(scores, scoresFrom)}`
  );
}

function outputText({ output, scores, scoresFrom }: Assumption): string {
  const by = scoresFrom === "file" ? " (by the file itself)" : "";
  switch (output) {
    case "sigmoid":
      return `sigmoid = P(${scores})`;
    case "logit":
      return `the output is a logit, whose sigmoid = P(${scores})`;
    case "softmax":
      return `softmax of ${scores.replace(",", ", ")}${by}`;
    case "two logits":
      return `logits of ${scores.replace(",", ", ")}${by}`;
    default:
      return output satisfies never;
  }
}

function hintOf(scores: ScoreMeaning, from: Assumption["scoresFrom"]): string {
  if (scores === "normal") return " Scores shown are 1 - output.";
  return scores === "pneumonia" && from === "assumed"
    ? ' If it is P(normal), as in the study, give "--scores normal".'
    : "";
}
