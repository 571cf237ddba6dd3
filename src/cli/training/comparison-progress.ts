// A comparison as its user sees it while its models are trained: which run, what failed, and each training's own progress.
import { relative } from "node:path";
import type { ComparisonEvent, FailedRun } from "../../index.js";
import { reportFailure } from "../failure.js";
import { heldElsewhere } from "../held-elsewhere.js";
import { counted } from "../numbers.js";
import { printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";
import { TrainingProgress } from "./training-progress.js";

export class ComparisonProgress {
  readonly #terminal: Terminal;
  readonly #training: TrainingProgress;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#training = new TrainingProgress(terminal);
  }

  tell(event: ComparisonEvent): void {
    const note = (text: string) => printNote(this.#terminal, text);
    switch (event.type) {
      case "checking images":
        note("Checking that the images are those that the finished runs saw");
        return;
      case "comparison start": {
        const { models, seeds, folds, runs, finished, folder } = event;
        const place = relative(this.#terminal.cwd, folder) || ".";
        const parts = [
          counted(models, "model"),
          counted(seeds, "seed"),
          ...(folds === null ? [] : [counted(folds, "fold")]),
        ];
        note(`${parts.join(", ")}: ${counted(runs, "run")} in ${visible(place)}`);
        if (finished > 0) note(`${counted(finished, "run")} of ${runs} finished before`);
        return;
      }
      case "foreseen":
        for (const line of foreseenText(event.failures)) note(line);
        return;
      case "comparison run":
        note(`\nRun ${event.position} of ${event.of}: ${runText(event.run)}`);
        return;
      case "comparison run end": {
        const { accuracy, auc } = event.result.evaluation.test.metrics;
        note(`${runText(event.run)}: accuracy ${shown(accuracy.value)}, AUC ${shown(auc.value)}`);
        return;
      }
      case "comparison run failed":
        this.#training.close();
        reportFailure(event.error, this.#terminal);
        return;
      case "comparison run held":
        note(heldElsewhere);
        return;
      case "comparing":
        note("\nComparing; the shortcut floors take a moment");
        return;
      default:
        this.#training.tell(event);
    }
  }

  tellStop(): void {
    this.#training.close();
    printNote(this.#terminal, "Stopping after this step. Again: stop at once.");
  }

  close(): void {
    this.#training.close();
  }
}

/** "Custom CNN, seed 1, fold 2 of 5" */
export const runText = ({ entry, settings: { seed, fold } }: FailedRun["run"]): string =>
  `${entry.title}, seed ${seed}${fold === null ? "" : `, fold ${fold.number} of ${fold.of}`}`;

const shown = (value: number | null): string => value?.toFixed(3) ?? "n/a";

function foreseenText(failures: readonly FailedRun[]): readonly string[] {
  const unfetched = failures.filter(({ error }) => error.code === "WEIGHTS_NOT_FETCHED").map(({ run }) => run.entry);
  const others = failures.filter(({ error }) => error.code !== "WEIGHTS_NOT_FETCHED");
  const names = (of: "title" | "id", separator: string) => unfetched.map((entry) => entry[of]).join(separator);
  return [
    ...(unfetched.length === 0
      ? []
      : [
          `Will fail, for their pretrained weights are not here: ${names("title", ", ")}. ` +
            `First run "pneumoscope weights fetch ${names("id", " ")}", or give --weights none.`,
        ]),
    ...others.map(({ run, error }) => `Will fail: ${run.entry.title}. ${error.code}: ${error.message}`),
    "Models without such a fault are trained all the same; Ctrl-C stops, and the same command goes on.",
  ];
}
