// The life of `pneumoscope serve`: open the model, listen, say what is served, and stop when told to.
import { resolve } from "node:path";
import { type ModelReader, onnxBytes, openOnnx, trainedBytes } from "../../reading/open-reader.js";
import { pneumoniaScored } from "../../reading/pneumonia-scored.js";
import { readTrainedModel } from "../../reading/read-trained-model.js";
import { stop } from "../../serve/listen.js";
import { type ModelFile, modelFileOf } from "../../serve/model-file.js";
import { type ScoreMeaning, scoreMeaning } from "../run/score-meaning.js";
import { noteUnfinishedRun } from "../run/unfinished-run.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { servedText } from "./served-text.js";
import { nextStopSignal } from "./stop-signal.js";

export interface ServeCommandOptions {
  readonly model: string;
  readonly scores?: ScoreMeaning;
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly comparison?: string;
  readonly log: "requests" | "off";
  /** MiB. */
  readonly maxBody: number;
  readonly maxFiles: number;
  readonly maxQueue: number;
  readonly maxSeconds: number;
}

/**
 * Serves until a signal asks to stop; then everything that runs is finished.
 * @throws AppError as `openReader`, `createServer` and `listen`
 */
export async function runServer(options: ServeCommandOptions, terminal: Terminal): Promise<void> {
  const place = resolve(terminal.cwd, options.model);
  // Model files are read and opened in threads of their own; meanwhile the server's libraries load here.
  const libraries = import("./listening-server.js");
  const { onnx, meaning } = await servedBytes(place, options.scores);
  await noteUnfinishedRun(place, terminal);
  const opening = openOnnx({ ...onnx, bytes: new Uint8Array(onnx.bytes) }); // a copy, for its thread takes the bytes
  const [model, { createListeningServer }] = await Promise.all([opening, libraries]);
  const opened = { place, model, meaning, modelFile: modelFileOf(onnx.bytes) };
  try {
    const { app, address } = await createListeningServer(options, opened, terminal);
    const signal = nextStopSignal();
    printLine(terminal, servedText(opened, address));
    await signal;
    printNote(terminal, "Stopping: requests that run are finished. Once more ends at once.");
    await stop(app, options.maxSeconds * 1000);
  } finally {
    await opened.model.dispose();
  }
}

/** The model as a file that gives P(pneumonia), whatever it was stored as: the page and the API read the same one. */
async function servedBytes(place: string, asked: ScoreMeaning | undefined) {
  const onnx = await onnxBytes(place);
  const meaning = scoreMeaning(onnx, asked);
  if (meaning === "pneumonia") return { onnx, meaning };
  return { onnx: trainedBytes(pneumoniaScored(await readTrainedModel(place))), meaning };
}

export interface OpenedModel {
  readonly place: string;
  /** Of the stored model's output; what is served gives P(pneumonia). */
  readonly meaning: ScoreMeaning;
  readonly model: ModelReader;
  readonly modelFile: ModelFile;
}
