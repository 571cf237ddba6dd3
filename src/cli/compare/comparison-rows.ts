// Which runs form a row of a comparison (they differ in nothing but the seed), what the rows are called, and what is told
// of each.
import { basename } from "node:path";
import { AppError } from "../../core/errors.js";
import { parameterCounts } from "../../model/summary.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import type { RowFacts } from "../../report/comparison/comparison-input.js";
import { type RunArguments, trainingCommand } from "../run/run-arguments.js";
import { runStages } from "../run/run-model.js";
import type { SavedRun } from "./saved-run.js";

export interface ComparisonRowRuns {
  readonly title: string;
  /** By rising seed. */
  readonly runs: readonly [SavedRun, ...SavedRun[]];
}

/** Settings that runs of one row may differ in. */
const ofOneRun: ReadonlySet<string> = new Set<keyof RunArguments>(["seed", "data", "threads", "device"]);

/** Rows in the order in which their first runs stand. @throws AppError OPTION_INVALID for two runs of one row with one seed */
export function groupRuns(runs: readonly SavedRun[]): readonly ComparisonRowRuns[] {
  const groups = new Map<string, SavedRun[]>();
  for (const run of runs) {
    const settings = Object.entries(run.args).filter(([name]) => !ofOneRun.has(name));
    const key = JSON.stringify([...settings, run.provenance.weights]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const rows = [...groups.values()].map((group) => {
    const sorted = group.toSorted((a, b) => a.args.seed - b.args.seed);
    const twice = sorted.find((run, i) => run.args.seed === sorted[i + 1]?.args.seed);
    if (twice === undefined) return sorted as [SavedRun, ...SavedRun[]];
    throw new AppError(
      "OPTION_INVALID",
      `${twice.name}: runs with the same settings differ in their seed, else they are one run counted twice. ` +
        `Received another with seed ${twice.args.seed}. Leave one out.`,
    );
  });
  return titled(rows);
}

/** The models' titles; where two rows share one, with the settings they differ in. */
function titled(rows: readonly [SavedRun, ...SavedRun[]][]): readonly ComparisonRowRuns[] {
  return rows.map((runs) => {
    const [{ entry, args }] = runs;
    const alike = rows.filter(([other]) => other.entry === entry);
    const names = (Object.keys(args) as (keyof RunArguments)[]).filter((name) => !ofOneRun.has(name));
    const differing = names.filter((name) =>
      alike.some(([other]) => JSON.stringify(other.args[name]) !== JSON.stringify(args[name])),
    );
    // The protocol chooses some of the others: where it differs, it says enough unless rows still look the same.
    const shortened = differing.filter((name) => name === "protocol");
    const said = new Set(alike.map(([other]) => settingsText(other.args, shortened)));
    const text = settingsText(args, said.size === alike.length ? shortened : differing);
    const twins = alike.filter(([other]) => settingsText(other.args, differing) === settingsText(args, differing));
    const details = [text, ...(twins.length > 1 ? [weightsText(runs[0])] : [])].filter((detail) => detail !== "");
    return { title: details.length === 0 ? entry.title : `${entry.title} (${details.join(", ")})`, runs };
  });
}

/** For rows that are alike in all settings: the weights' file was another one, under the same name. */
const weightsText = ({ provenance }: SavedRun): string => `weights ${provenance.weights.sha256?.slice(0, 8) ?? "none"}`;

/** As options of the command line, without dashes in front: "train-from conv_pw_13, epochs 5". */
function settingsText(args: RunArguments, names: readonly (keyof RunArguments)[]): string {
  return names
    .filter((name) => args.fineTune > 0 || !ofFineTuning.has(name))
    .map((name) => {
      const option = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return name === "protocol" ? args.protocol : `${option} ${[args[name]].flat().join(" ") || "none"}`;
    })
    .join(", ");
}

const ofFineTuning: ReadonlySet<string> = new Set<keyof RunArguments>(["fineTune", "fineTuneLr", "fineTuneFrom"]);

/** @param hasStudyImages whether the test images are those the study was tested on */
export function rowFacts({ title, runs }: ComparisonRowRuns, hasStudyImages: boolean): RowFacts {
  const [{ entry, args }] = runs;
  const { study } = entry;
  const epochs = runs.flatMap(({ history }) => history);
  const weights = unique(runs.map(({ provenance }) => provenance.weights.title));
  return {
    title,
    protocol: args.protocol,
    validation: args.validation,
    seeds: runs.map((run) => run.args.seed),
    thresholds: runs.map(({ threshold }) => threshold),
    weights: weights.join("; "),
    weightsWanted: weightsWanted(entry, runs),
    // As the study counts them: in the first stage.
    parameters: parameterCounts(runStages(args, entry)[0].graph),
    imageSize: args.imageSize,
    epochs: args.epochs + args.fineTune,
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length,
    imagesPerSecond: epochs.reduce((sum, row) => sum + row.imagesPerSecond, 0) / Math.max(1, epochs.length),
    machine: unique(runs.map(machineText)).join("; "),
    study: {
      parameters: { trainable: study.trainable, nonTrainable: study.nonTrainable, total: study.total },
      scores: hasStudyImages ? study : null,
    },
    runs: runs.map((run) => ({ folder: basename(run.folder), command: trainingCommand(run.args) })),
  };
}

function weightsWanted({ transfer, pretrained }: ZooEntry, runs: readonly SavedRun[]): string | null {
  const isWanted = transfer[(runs[0] as SavedRun).args.protocol].weights === "pretrained";
  const isRandom = runs.some(({ provenance }) => provenance.weights.sha256 === null);
  return isWanted && isRandom ? (pretrained?.title ?? "published weights") : null;
}

/** "Intel Xeon, 2 threads, cpu, float32". */
function machineText({ environment, args }: SavedRun): string {
  const processor = String(environment.processor ?? "unknown processor")
    .replace(/\((?:R|TM)\)|\bCPU\b|\bProcessor\b|@.*$/gi, "")
    .replace(/\s+/g, " ")
    .trim();
  return `${processor}, ${args.threads === 1 ? "1 thread" : `${args.threads} threads`}, ${args.device}, ${args.precision}`;
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
