// A whole training on a terminal: progress, Ctrl-C, the evaluation and where its report is.
import { relative } from "node:path";
import { formatEvaluation, type Run, type RunOptions } from "../../index.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { TrainingProgress } from "./training-progress.js";
import { untilStopped } from "./until-stopped.js";

/** @param start a training of the API. Errors are its. */
export async function runTraining(
  terminal: Terminal,
  start: (options: Required<Pick<RunOptions, "onEvent" | "signal" | "cwd">>) => Promise<Run>,
): Promise<void> {
  const progress = new TrainingProgress(terminal);
  const run = await untilStopped(
    () => {
      progress.close(); // a running bar would wipe the note
      printNote(terminal, "Stopping after this batch. Again: stop at once.");
    },
    (signal) => start({ onEvent: (event) => progress.tell(event), signal, cwd: terminal.cwd }),
  ).finally(() => progress.close());
  const { files, evaluation } = run;
  printLine(terminal, `\n${formatEvaluation(evaluation.test)}`);
  printLine(terminal, `Report:  ${relative(terminal.cwd, files.report)}`);
  printLine(terminal, `Model:   ${relative(terminal.cwd, files.bestWeights)}`);
  printLine(terminal, `ONNX:    ${relative(terminal.cwd, files.onnx)}`);
}
