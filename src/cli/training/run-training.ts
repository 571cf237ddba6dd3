// A whole training on a terminal: progress, Ctrl-C, the evaluation and where its report is.
import { relative } from "node:path";
import { AppError, formatEvaluation, type Run, type RunEvent, type RunOptions } from "../../index.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";
import { TrainingProgress } from "./training-progress.js";
import { untilStopped } from "./until-stopped.js";

/** @param start a training of the API, which gives null where another process has the result. Errors are its, with how to go on where the run folder keeps what was done. */
export async function runTraining(
  terminal: Terminal,
  start: (options: Required<Pick<RunOptions, "onEvent" | "signal" | "cwd">>) => Promise<Run | null>,
): Promise<void> {
  const progress = new TrainingProgress(terminal);
  let folder: string | undefined;
  let isLaunched = false;
  const onEvent = (event: RunEvent) => {
    if (event.type === "process") isLaunched = true;
    if (event.type === "run start") folder = relative(terminal.cwd, event.folder) || ".";
    progress.tell(event);
  };
  const run = await untilStopped(
    () => {
      progress.close(); // a running bar would wipe the note
      printNote(terminal, "Stopping after this step. Again: stop at once.");
    },
    (signal) => start({ onEvent, signal, cwd: terminal.cwd }),
  )
    .catch((thrown: unknown) => {
      throw folder === undefined || isLaunched ? thrown : withWayOn(thrown, folder); // launchers give the same command again
    })
    .finally(() => progress.close());
  if (run === null) {
    printNote(terminal, "This process is done; the first one evaluates and writes the report.");
    return;
  }
  if (folder === undefined) printNote(terminal, finishedBefore);
  showRun(run, terminal);
}

export const finishedBefore = "The run has finished before; this is its result.";

/** What came out, and where it lies. */
export function showRun({ files, evaluation, settings }: Run, terminal: Terminal): void {
  printLine(terminal, `\n${formatEvaluation(evaluation.test)}`);
  printLine(terminal, visible(`Report:  ${relative(terminal.cwd, files.report)}`));
  // A head on a backbone's features is in the .onnx file alone.
  if (settings.backbone === "none") {
    printLine(terminal, visible(`Model:   ${relative(terminal.cwd, files.bestWeights)}`));
  }
  printLine(terminal, visible(`ONNX:    ${relative(terminal.cwd, files.onnx)}`));
}

/** Neither a stop nor a full disk costs a finished epoch. */
function withWayOn(thrown: unknown, folder: string): unknown {
  if (!(thrown instanceof AppError)) return thrown;
  if (thrown.code !== "TRAINING_INTERRUPTED" && thrown.code !== "FILE_UNWRITABLE") return thrown;
  const { code, place, rule, received, remedy } = thrown;
  const quoted = /^[\w./\\:-]+$/.test(folder) ? folder : `'${folder}'`;
  const goOn = `Go on with "pneumoscope train --resume ${quoted}"`;
  const both = remedy === undefined ? goOn : `${remedy}. ${goOn}`;
  return new AppError(code, { place, rule, received, remedy: both }, { cause: thrown });
}
