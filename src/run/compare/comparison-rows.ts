// Which runs form a row of a comparison (they differ in nothing but seed and fold), what the rows are called, and what is
// told of each.
import { basename } from "node:path";
import { AppError } from "../../core/errors.js";
import { type FoldPredictions, foldResults } from "../../evaluation/cross-validation.js";
import { parameterCounts } from "../../model/summary.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import type { RowFacts } from "../../report/comparison/comparison-input.js";
import { runStages } from "../run-stages.js";
import type { SavedRun } from "../saved-run.js";
import {
  differingSettings,
  plainSettings,
  type RunSettings,
  type SettingName,
  settingNames,
  trainingSettings,
} from "../settings.js";
import { flagOf, trainingCommand } from "../training-command.js";

export interface ComparisonRowRuns {
  readonly title: string;
  /** By rising seed; the folds of a seed, all of them, in their order. */
  readonly runs: readonly [SavedRun, ...SavedRun[]];
}

/**
 * Rows in the order in which their first runs stand.
 * @throws AppError OPTION_INVALID for two runs of one row with the same seed and fold, and for a cross-validation that lacks a fold
 */
export function groupRuns(runs: readonly SavedRun[]): readonly ComparisonRowRuns[] {
  const groups = new Map<string, SavedRun[]>();
  for (const run of runs) {
    const plain = plainSettings({ ...run.settings, seed: 0, fold: null });
    const folds = run.settings.fold?.of;
    const key = JSON.stringify([trainingSettings.map((name) => plain[name]), folds, run.provenance.weights]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const rows = [...groups.values()].map((group) => {
    const sorted = group.toSorted((a, b) => a.settings.seed - b.settings.seed || foldNumber(a) - foldNumber(b));
    const isTwin = (a: SavedRun, b: SavedRun | undefined) =>
      a.settings.seed === b?.settings.seed && foldNumber(a) === foldNumber(b);
    const twice = sorted.find((run, i) => isTwin(run, sorted[i + 1]));
    if (twice === undefined) {
      requireAllFolds(sorted);
      return sorted as [SavedRun, ...SavedRun[]];
    }
    throw new AppError("OPTION_INVALID", {
      place: twice.name,
      rule: "runs with the same settings differ in their seed or fold, else they are one run counted twice",
      received: `another with seed ${twice.settings.seed}${twice.settings.fold === null ? "" : ` of the same fold`}`,
      remedy: "Omit one",
    });
  });
  return titled(rows);
}

/** 0 where the run was tested on test/. */
export const foldNumber = ({ settings }: SavedRun): number => settings.fold?.number ?? 0;

/** A row's runs by their seed, in order. */
export function runsBySeed(runs: readonly SavedRun[]): readonly (readonly SavedRun[])[] {
  const seeds = [...new Set(runs.map(({ settings }) => settings.seed))];
  return seeds.map((seed) => runs.filter(({ settings }) => settings.seed === seed));
}

function requireAllFolds(runs: readonly SavedRun[]): void {
  for (const ofSeed of runsBySeed(runs)) {
    const [{ name, settings }] = ofSeed as [SavedRun];
    const { of = 1 } = settings.fold ?? {};
    if (ofSeed.length === of) continue;
    throw new AppError("OPTION_INVALID", {
      place: name,
      rule: "a cross-validation is compared when every fold is there, for only then is every image tested",
      received: `${ofSeed.length} of ${of} folds with seed ${settings.seed}`,
      remedy: "Name the others as well, or train them",
    });
  }
}

/** The models' titles; where two rows share one, with the settings they differ in. */
function titled(rows: readonly [SavedRun, ...SavedRun[]][]): readonly ComparisonRowRuns[] {
  return rows.map((runs) => {
    const [{ entry, settings }] = runs;
    const alike = rows.filter(([other]) => other.entry === entry);
    const named = alike.flatMap(([other]) =>
      differingSettings(other.settings, { ...settings, seed: other.settings.seed, fold: other.settings.fold }),
    );
    const differing = settingNames.filter((name) => named.includes(name));
    // The protocol chooses some of the others: where it differs, it says enough unless rows still look the same.
    const shortened = differing.filter((name) => name === "protocol");
    const said = new Set(alike.map(([other]) => settingsText(other.settings, shortened)));
    const text = settingsText(settings, said.size === alike.length ? shortened : differing);
    const twins = alike.filter(
      ([other]) => settingsText(other.settings, differing) === settingsText(settings, differing),
    );
    const details = [text, ...(twins.length > 1 ? [weightsText(runs[0])] : [])].filter((detail) => detail !== "");
    return { title: details.length === 0 ? entry.title : `${entry.title} (${details.join(", ")})`, runs };
  });
}

/** For rows that are alike in all settings: the weights' file was another one, under the same name. */
const weightsText = ({ provenance }: SavedRun): string => `weights ${provenance.weights.sha256?.slice(0, 8) ?? "none"}`;

/** As options of the command line, without dashes in front: "train-from conv_pw_13, epochs 5". */
function settingsText(settings: RunSettings, names: readonly SettingName[]): string {
  const plain = plainSettings(settings);
  return names
    .filter((name) => settings.fineTune > 0 || !name.startsWith("fineTune"))
    .map((name) =>
      name === "protocol" ? settings.protocol : `${flagOf(name).slice(2)} ${[plain[name]].flat().join(" ") || "none"}`,
    )
    .join(", ");
}

/** @param hasStudyImages whether the test images are those the study was tested on */
export function rowFacts({ title, runs }: ComparisonRowRuns, hasStudyImages: boolean): RowFacts {
  const [{ entry, settings }] = runs;
  const { study } = entry;
  const epochs = runs.flatMap(({ history }) => history);
  const weights = unique(runs.map(({ provenance }) => provenance.weights.title));
  return {
    title,
    protocol: settings.protocol,
    validation: settings.validation,
    seeds: [...new Set(runs.map((run) => run.settings.seed))],
    folds: foldsOf(runs),
    thresholds: runs.map(({ threshold }) => threshold),
    weights: weights.join("; "),
    weightsWanted: weightsWanted(entry, runs),
    // As the study counts them: in the first stage.
    parameters: parameterCounts(runStages(settings, entry)[0].graph),
    imageSize: settings.imageSize,
    epochs: settings.epochs + settings.fineTune,
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length,
    imagesPerSecond: epochs.reduce((sum, row) => sum + row.imagesPerSecond, 0) / Math.max(1, epochs.length),
    machine: unique(runs.map(machineText)).join("; "),
    study: study && {
      parameters: { trainable: study.trainable, nonTrainable: study.nonTrainable, total: study.total },
      scores: hasStudyImages ? study : null,
    },
    runs: runs.map((run) => ({ folder: basename(run.folder), command: trainingCommand(run.settings) })),
  };
}

/** Every fold of every seed; empty where test/ was tested. */
function foldsOf(runs: readonly SavedRun[]): RowFacts["folds"] {
  if (runs[0]?.settings.fold === null) return [];
  return runsBySeed(runs).flatMap((ofSeed) =>
    foldResults(ofSeed.map(foldPredictions)).map((result, i) => ({
      ...result,
      seed: (ofSeed[i] as SavedRun).settings.seed,
    })),
  );
}

export const foldPredictions = (run: SavedRun): FoldPredictions => ({
  fold: foldNumber(run),
  predictions: run.predictions,
  threshold: run.threshold.value,
});

function weightsWanted({ transfer, pretrained }: ZooEntry, runs: readonly SavedRun[]): string | null {
  const isWanted = transfer[(runs[0] as SavedRun).settings.protocol].weights === "pretrained";
  const isRandom = runs.some(({ provenance }) => provenance.weights.sha256 === null);
  return isWanted && isRandom ? (pretrained?.title ?? "published weights") : null;
}

/** "Intel Xeon, 2 threads, cpu, float32". */
function machineText({ environment, settings }: SavedRun): string {
  const processor = String(environment.processor ?? "unknown processor")
    .replace(/\((?:R|TM)\)|\bCPU\b|\bProcessor\b|@.*$/gi, "")
    .replace(/\s+/g, " ")
    .trim();
  return `${processor}, ${settings.threads === 1 ? "1 thread" : `${settings.threads} threads`}, ${settings.device}, ${settings.precision}`;
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
