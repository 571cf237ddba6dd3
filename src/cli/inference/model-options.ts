// How the commands that use a trained model are told which one and how to take it: the same options with the same words in
// each, and what follows from them.
import { Option } from "commander";
import {
  type Classifier,
  type ClassifierOptions,
  openClassifier,
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

export const scoresOption = (): Option =>
  new Option(
    "--scores <class>",
    `of a Keras file: the class whose probability it puts out, ${scoreMeanings.join(" or ")} (default: pneumonia)`,
  ).argParser(oneOf(scoreMeanings));

/** Opens the model; says what is assumed of it, and where its training has not finished. @throws AppError as `openClassifier` */
export async function openNamedModel(
  place: string,
  { scores }: ModelOptions,
  terminal: Terminal,
  options: ClassifierOptions = {},
): Promise<Classifier> {
  const classifier = await openClassifier(place, { ...options, scores, cwd: terminal.cwd });
  noteUnfinished(classifier, place, terminal);
  const note = assumptionNote(classifier, scores);
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
export function assumptionNote(
  { file, hasContract }: Pick<Classifier, "file" | "hasContract">,
  scores: ScoreMeaning = "pneumonia",
): string | undefined {
  if (hasContract) return undefined;
  const hint =
    scores === "pneumonia"
      ? ' If it is P(normal), as in the study, give "--scores normal".'
      : " Scores shown are 1 - output.";
  return (
    `${file}: does not say how it wants to be read. Assumed: grey values scaled 0 to 1, ` +
    `sigmoid = P(${scores}), threshold 0.5.${hint}`
  );
}
