// How the commands that read images by a trained model are told which one and how to read it: the same options with the
// same words in each, and what follows from them.
import { resolve } from "node:path";
import { Option } from "commander";
import { type ModelReader, openReader, type ReaderOptions } from "../../inference/open-model.js";
import { assumptionNote, type ScoreMeaning, scoreMeaning, scoreMeanings } from "../../inference/score-meaning.js";
import { decimalNumber, oneOf } from "../options.js";
import { printNote, type Terminal } from "../terminal.js";
import { noteUnfinishedRun } from "./unfinished-run.js";

/** What these options become. */
export interface ReadingOptions {
  readonly threshold?: number;
  readonly scores?: ScoreMeaning;
}

/** Whatever `openReader` opens. */
export const modelPlaces =
  "a run folder that train made, a .onnx file that export made, a Keras .h5 file, or a TensorFlow.js model.json";

export const modelOption = (): Option => new Option("--model <run or file>", modelPlaces).makeOptionMandatory();

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

/** Opens the model; says so where its training has not finished. @throws AppError as `openReader` */
export async function openNamedModel(
  place: string,
  terminal: Terminal,
  options: ReaderOptions = {},
): Promise<ModelReader> {
  const path = resolve(terminal.cwd, place);
  const model = await openReader(path, options);
  await noteUnfinishedRun(path, terminal);
  return model;
}

/** What the model's output means; prints what is assumed of it. @throws AppError as `scoreMeaning` */
export function settleMeaning(model: ModelReader, { scores }: ReadingOptions, terminal: Terminal): ScoreMeaning {
  const meaning = scoreMeaning(model, scores);
  const note = assumptionNote(model, meaning);
  if (note !== undefined) printNote(terminal, note);
  return meaning;
}
