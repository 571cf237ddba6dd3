// A whole training as a user sees it: folder, data, epochs with progress, evaluation, and where the report is.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { AppError } from "../../core/errors.js";
import { writeJson } from "../../core/json-file.js";
import type { RunFolder, RunPaths } from "../../core/run-folder.js";
import { openDataset } from "../../dataset/open-dataset.js";
import type { Evaluation } from "../../evaluation/evaluation.js";
import { weightsCacheFolder } from "../../interchange/weight-download/pretrained-cache.js";
import { findModel } from "../../model/zoo/registry.js";
import { evaluationText } from "../../report/tables.js";
import { requireDevice, setThreads } from "../../tensor/engine.js";
import { protocolRules } from "../../training/protocol.js";
import type { TrainingEvent } from "../../training/trainer.js";
import { printLeftOut } from "../left-out.js";
import { createProgress, type Progress } from "../progress.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";
import { describeEnvironment } from "./environment.js";
import { finishRun } from "./finish-run.js";
import { type PreparedData, prepareData } from "./prepare-data.js";
import type { RunArguments } from "./run-arguments.js";
import { writeSplits } from "./splits-file.js";
import { startingWeights } from "./starting-weights.js";
import { trainRun } from "./train-run.js";

export interface RunTrainingOptions {
  readonly args: RunArguments;
  readonly makeFolder: () => Promise<RunFolder>;
  readonly resume: boolean;
  readonly cacheFolder: string;
  readonly terminal: Terminal;
}

export interface EndedTraining {
  readonly paths: RunPaths;
  readonly test: Evaluation;
}

/** Ends with the evaluation on stdout and the report's path. Errors as `trainToEnd`. */
export async function runTraining(options: RunTrainingOptions): Promise<void> {
  const { terminal } = options;
  const { paths, test } = await trainToEnd(options);
  printLine(terminal, `\n${evaluationText(test)}`);
  printLine(terminal, visible(`Report:  ${relative(terminal.cwd, paths.report)}`));
  printLine(terminal, visible(`Model:   ${relative(terminal.cwd, paths.bestWeights)}`));
  printLine(terminal, visible(`ONNX:    ${relative(terminal.cwd, paths.onnx)}`));
}

/** Leaves a finished run in its folder; tells its progress on stderr only. Errors as `trainRun` and `finishRun`. */
export async function trainToEnd(options: RunTrainingOptions): Promise<EndedTraining> {
  const { args, resume, terminal } = options;
  setThreads(args.threads);
  requireDevice(args.device);
  const entry = findModel(args.model);
  const rules = protocolRules(args.protocol, entry);
  await openDataset(args.data); // what is mistyped leaves no run folder behind
  const beginning = () => startingWeights(args, entry, weightsCacheFolder(terminal.env));
  const fresh = resume ? null : await beginning();
  const folder = await options.makeFolder();
  try {
    const { paths } = folder;
    // A run that was stopped before its first checkpoint begins again.
    const start = resume && !existsSync(paths.lastWeights) ? await beginning() : fresh;
    const name = relative(terminal.cwd, paths.folder) || ".";
    printNote(
      terminal,
      `${resume ? "Continuing" : "Training"} ${entry.title}, protocol ${args.protocol}, in ${visible(name)}`,
    );
    const environment = await describeEnvironment(args);
    if (!resume) await writeJson(paths.args, args);
    await writeJson(paths.environment, environment);

    const data = await loadData(options);
    await writeSplits(paths.splits, data);
    const reporter = new EpochReporter(args, terminal);
    let scoring: Progress | undefined;
    const closeBars = () => {
      reporter.close();
      scoring?.finish();
    };
    const onProgress = (done: number, total: number) => {
      scoring ??= createProgress(terminal.err, { label: "Scoring", total, unit: "images" });
      scoring.update(done);
    };
    const run = { paths, args, entry, rules, data };
    const { test } = await untilStopped(
      () => {
        closeBars(); // a running bar would wipe the note
        printNote(terminal, "Stopping after this step. Again: stop at once.");
        return stoppedAfterTraining(name);
      },
      async (signal) => {
        const emit = (event: TrainingEvent) => reporter.tell(event);
        const state = await trainRun({ ...run, start, emit, signal });
        return finishRun({ ...run, state, environment, createdAt: new Date(), onProgress, signal });
      },
    ).finally(closeBars);
    return { paths, test };
  } catch (thrown) {
    throw withWayOn(thrown, relative(terminal.cwd, folder.paths.folder) || ".");
  } finally {
    await folder.release();
  }
}

/** A full disk costs no finished epoch: the error says how to go on. */
function withWayOn(thrown: unknown, run: string): unknown {
  if (!(thrown instanceof AppError) || thrown.code !== "FILE_UNWRITABLE") return thrown;
  const message = `${thrown.message} Then go on with "pneumoscope train --resume ${run}".`;
  return new AppError(thrown.code, message, { cause: thrown });
}

/** For a stop after the last epoch; while epochs run, the trainer says which. */
function stoppedAfterTraining(run: string): AppError {
  return new AppError(
    "TRAINING_INTERRUPTED",
    `${run}: stopped after the last epoch, before its report was written. Every epoch is kept; ` +
      `"pneumoscope train --resume ${run}" makes the evaluation and the report.`,
  );
}

/**
 * Ctrl-C or a termination signal aborts the work with the reason that `onStop` gives; a second one ends the process at
 * once. Before, while images are read, they always do: nothing is lost there, and a lock left behind is taken over.
 */
async function untilStopped<T>(onStop: () => AppError, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => {
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
    stop.abort(onStop());
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
  }
}

async function loadData({ args, cacheFolder, terminal }: RunTrainingOptions): Promise<PreparedData> {
  let progress: Progress | undefined;
  const data = await prepareData({
    folder: args.data,
    validation: args.validation,
    seed: args.seed,
    imageSize: args.imageSize,
    interpolation: args.interpolation,
    cacheFolder,
    onProgress: (done, total) => {
      progress ??= createProgress(terminal.err, { label: "Reading", total, unit: "images" });
      progress.update(done);
    },
  });
  progress?.finish();
  const [normal, pneumonia] = data.classWeights;
  printNote(
    terminal,
    `${data.training.length} training, ${data.validation.length} validation and ${data.testImages.loaded.length} test images; ` +
      `class weights: normal ${normal.toFixed(4)}, pneumonia ${pneumonia.toFixed(4)}`,
  );
  const read = data.samples.length + data.testImages.loaded.length;
  printLeftOut(terminal, {
    read,
    unused: data.dataset.skipped,
    skipped: data.skipped.map(({ sample, error }) => ({ name: sample.name, error })),
    rest: "the report names more",
  });
  if (data.cacheProblem !== undefined) {
    printNote(terminal, `Decoded images are not kept, the next run decodes them again: ${visible(data.cacheProblem)}`);
  }
  return data;
}

/** Shows epochs: a progress bar while one runs, one line when it has ended. */
class EpochReporter {
  readonly #args: Pick<RunArguments, "epochs" | "fineTune">;
  readonly #terminal: Terminal;
  #progress: Progress | undefined;

  constructor(args: Pick<RunArguments, "epochs" | "fineTune">, terminal: Terminal) {
    this.#args = args;
    this.#terminal = terminal;
  }

  tell(event: TrainingEvent): void {
    switch (event.type) {
      case "frozen layers":
        this.#progress ??= createProgress(this.#terminal.err, {
          label: "Frozen layers",
          total: event.images,
          unit: "images",
        });
        this.#progress.update(event.imagesDone);
        return;
      case "epoch start": {
        this.#progress?.finish();
        const label = this.#label(event.epoch);
        this.#progress = createProgress(this.#terminal.err, { label, total: event.images, unit: "images" });
        return;
      }
      case "batch":
        this.#progress?.update(event.imagesDone, { loss: event.loss.toFixed(4) });
        return;
      case "validation":
        return;
      case "epoch end":
        this.#progress?.finish(summaryLine(event, this.#label(event.row.epoch)));
        this.#progress = undefined;
        return;
      default:
        event satisfies never;
    }
  }

  #label(epoch: number): string {
    const { epochs, fineTune } = this.#args;
    return `Epoch ${epoch}/${epochs + fineTune}${epoch > epochs ? " (fine-tuning)" : ""}`;
  }

  /** Ends a progress bar that an error or Ctrl-C left open. */
  close(): void {
    this.#progress?.finish();
    this.#progress = undefined;
  }
}

function summaryLine({ row, isBest, reducedTo }: Extract<TrainingEvent, { type: "epoch end" }>, label: string): string {
  const shown = (value: number | null) => value?.toFixed(4) ?? "–";
  return [
    `${label}: loss ${shown(row.loss)}, accuracy ${shown(row.accuracy)}`,
    `validation loss ${shown(row.validationLoss)}, accuracy ${shown(row.validationAccuracy)}, AUC ${shown(row.validationAuc)}`,
    `${row.imagesPerSecond.toFixed(1)} images/s${isBest ? " (best)" : ""}`,
    ...(reducedTo === null ? [] : [`learning rate now ${reducedTo.toPrecision(2)}`]),
  ].join("; ");
}
