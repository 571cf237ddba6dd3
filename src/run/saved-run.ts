// A finished run as its folder keeps it: all that a comparison is made from. Reads files only; nothing is scored.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { AppError } from "../core/errors.js";
import { readJson } from "../core/json-file.js";
import { runPaths } from "../core/run-folder.js";
import type { Prediction } from "../evaluation/prediction.js";
import { readPredictions } from "../evaluation/predictions-file.js";
import type { ThresholdChoice } from "../evaluation/threshold.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { type HistoryRow, readHistory } from "../training/history.js";
import { entryOf } from "./backbone/backbone-entry.js";
import { type RunProvenance, readProvenance } from "./provenance-file.js";
import type { RunSettings } from "./settings.js";
import { readSettings } from "./settings-file.js";

export interface SavedRun {
  readonly folder: string;
  /** The folder as the user would write it. */
  readonly name: string;
  readonly settings: RunSettings;
  readonly entry: ZooEntry;
  readonly environment: Readonly<Record<string, string | number>>;
  readonly history: readonly HistoryRow[];
  /** Of the test images. */
  readonly predictions: readonly Prediction[];
  readonly validationPredictions: readonly Prediction[];
  readonly threshold: ThresholdChoice;
  readonly provenance: RunProvenance;
}

/** Whether everything that a comparison reads is there. A report is written last, so one that is there ends a run. */
export function isFinished(folder: string): boolean {
  const { args, environment, history, predictions, metrics, provenance, report } = runPaths(folder);
  return [args, environment, history, predictions, metrics, provenance, report].every((path) => existsSync(path));
}

/**
 * @param context `cwd`: the folder that the run's name is told from; `models`: which there are, by default the registry's
 * @throws AppError FILE_MISSING for a folder without a finished run; RUN_FILE_INVALID, PREDICTIONS_INVALID naming the file
 */
export async function readSavedRun(
  folder: string,
  { cwd, models }: { readonly cwd: string; readonly models?: readonly ZooEntry[] | undefined },
): Promise<SavedRun> {
  if (!isFinished(folder)) {
    throw new AppError("FILE_MISSING", {
      place: folder,
      rule: "should be a finished run, with predictions.csv, metrics.json and provenance.json",
      received: existsSync(folder) ? "a folder without one of them" : "a folder that does not exist",
      remedy: "Resume it, train it again if another version made it, or omit it",
    });
  }
  const paths = runPaths(folder);
  const settings = await readSettings(paths.args);
  const predictions = await readPredictions(paths.predictions);
  return {
    folder,
    name: relative(cwd, folder) || ".",
    settings,
    entry: entryOf(settings, models),
    environment: await readJson(paths.environment, parseEnvironment),
    history: await readHistory(paths.history),
    predictions: predictions.filter(({ split }) => split === "test"),
    validationPredictions: predictions.filter(({ split }) => split === "validation"),
    threshold: await readJson(paths.metrics, parseThreshold),
    provenance: await readProvenance(paths.provenance),
  };
}

function parseEnvironment(value: unknown): SavedRun["environment"] {
  const isTold = (item: unknown) => typeof item === "string" || typeof item === "number";
  if (typeof value === "object" && value !== null && Object.values(value).every(isTold)) {
    return value as SavedRun["environment"];
  }
  throw new TypeError("it should name what the run ran on");
}

function parseThreshold(value: unknown): ThresholdChoice {
  const { threshold } = (value ?? {}) as { threshold?: Partial<ThresholdChoice> };
  if (typeof threshold?.value === "number" && typeof threshold.policy === "string") return threshold as ThresholdChoice;
  throw new TypeError('it should have a "threshold" with "value" and "policy"');
}
