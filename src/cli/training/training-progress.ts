// A training as its user sees it: a progress bar while something runs, one line when an epoch has ended, notes between.
import { relative } from "node:path";
import { formatReading, type RunEvent, type RunSettings } from "../../index.js";
import { printCacheProblem, printLeftOut } from "../left-out.js";
import { createProgress, type Progress } from "../progress.js";
import { printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

export class TrainingProgress {
  readonly #terminal: Terminal;
  /** Set where this is not the first of several processes: its lines stand between those of others, so they are few. */
  #process: Process | undefined;
  #bar: { readonly label: string; readonly progress: Progress } | undefined;
  #epochs: Pick<RunSettings, "epochs" | "fineTune"> = { epochs: 0, fineTune: 0 };

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  tell(event: RunEvent): void {
    const { cwd } = this.#terminal;
    if (this.#process !== undefined) {
      this.#tellOther(this.#process, event);
      return;
    }
    switch (event.type) {
      case "process":
        if (event.rank > 0) this.#process = event;
        if (event.size > 1) printNote(this.#terminal, `${nameOf(event)} is here (${event.launcher})`);
        return;
      case "run start": {
        this.#epochs = event.settings;
        const what = `${event.title}, protocol ${event.settings.protocol}, in ${visible(relative(cwd, event.folder)) || "."}`;
        printNote(this.#terminal, `${event.isResumed ? "Continuing" : "Training"} ${what}`);
        return;
      }
      case "images":
        this.#show("Decoding", event.done, event.total);
        return;
      case "data":
        this.close();
        tellData(event, this.#terminal);
        return;
      case "checkpoint damaged": {
        const kept = visible(relative(cwd, event.file));
        const from = `the one before it, of ${event.epochs} ${event.epochs === 1 ? "epoch" : "epochs"}`;
        printNote(this.#terminal, `The last checkpoint is damaged; going on from ${from}. It was kept as ${kept}`);
        printNote(this.#terminal, `  ${visible(event.error.message)}`);
        return;
      }
      case "frozen layers":
        this.#show("Frozen layers", event.imagesDone, event.images);
        return;
      case "epoch start":
        this.#show(this.#label(event.epoch), 0, event.images);
        return;
      case "batch":
        this.#bar?.progress.update(event.imagesDone, { loss: event.loss.toFixed(4) });
        return;
      case "validation":
        return;
      case "epoch end":
        this.close(summaryLine(event, this.#label(event.row.epoch)));
        return;
      case "head fitted": {
        const auc = event.validationAuc?.toFixed(4) ?? "–";
        const loss = event.validationLoss.toFixed(4);
        const unfinished = event.isConverged ? "" : "; stopped at its limit of iterations";
        this.close();
        printNote(
          this.#terminal,
          `Head with C ${event.c.toPrecision(3)}: validation loss ${loss}, AUC ${auc}${unfinished}`,
        );
        return;
      }
      case "scoring":
        this.#show("Scoring", event.done, event.total);
        if (event.done === event.total) this.close();
        return;
      case "test read":
        printNote(this.#terminal, formatReading(event.reading));
        return;
      default:
        event satisfies never;
    }
  }

  /** Ends a bar that runs; `summary` is left as one line. */
  close(summary?: string): void {
    this.#bar?.progress.finish(summary);
    this.#bar = undefined;
  }

  #tellOther(process: Process, event: RunEvent): void {
    const say = (text: string) => printNote(this.#terminal, `${nameOf(process)}: ${text}`);
    if (event.type === "run start") this.#epochs = event.settings;
    if (event.type === "data") say("its share of the images is here");
    if (event.type === "epoch end") say(`${this.#label(event.row.epoch)} is done`);
  }

  #show(label: string, done: number, total: number): void {
    if (this.#bar?.label !== label) {
      this.close();
      this.#bar = { label, progress: createProgress(this.#terminal.err, { label, total, unit: "images" }) };
    }
    this.#bar.progress.update(done);
  }

  #label(epoch: number): string {
    const { epochs, fineTune } = this.#epochs;
    return `Epoch ${epoch}/${epochs + fineTune}${epoch > epochs ? " (fine-tuning)" : ""}`;
  }
}

type Process = Extract<RunEvent, { type: "process" }>;

const nameOf = ({ rank, size }: Process): string => `Process ${rank} of ${size}`;

function tellData(event: Extract<RunEvent, { type: "data" }>, terminal: Terminal): void {
  const { training, validation, test, skipped, unused } = event;
  const [normal, pneumonia] = event.classWeights;
  printNote(
    terminal,
    `${training} training, ${validation} validation and ${test} test images; ` +
      `class weights: normal ${normal.toFixed(4)}, pneumonia ${pneumonia.toFixed(4)}`,
  );
  printLeftOut(terminal, { read: training + validation + test, unused, skipped, rest: "the report names more" });
  for (const note of event.notes) printNote(terminal, `Note: ${note}.`);
  printCacheProblem(terminal, event.cacheProblem);
}

function summaryLine({ row, isBest, reducedTo }: Extract<RunEvent, { type: "epoch end" }>, label: string): string {
  const shown = (value: number | null) => value?.toFixed(4) ?? "–";
  return [
    `${label}: loss ${shown(row.loss)}, accuracy ${shown(row.accuracy)}`,
    `validation loss ${shown(row.validationLoss)}, accuracy ${shown(row.validationAccuracy)}, AUC ${shown(row.validationAuc)}`,
    `${row.imagesPerSecond.toFixed(1)} images/s${isBest ? " (kept)" : ""}`,
    ...(reducedTo === null ? [] : [`learning rate now ${reducedTo.toPrecision(2)}`]),
  ].join("; ");
}
