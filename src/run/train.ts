// A whole training: settings, run folder, data, epochs, evaluation, report. This is what `train` of the public API and
// `pneumoscope train` do.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  aFunction,
  aList,
  anObject,
  aPath,
  aSignal,
  checkArgument,
  checkOptions,
  type OptionRules,
} from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { writeJson } from "../core/json-file.js";
import {
  createRunFolder,
  createRunFolderAt,
  type RunFolder,
  reopenRunFolder,
  runPaths,
  runStem,
} from "../core/run-folder.js";
import { fewPatientsNote } from "../dataset/few-patients.js";
import { defaultCacheFolder } from "../dataset/load-images.js";
import { requireChoosable } from "../evaluation/threshold.js";
import { requireCoverable } from "../evaluation/unsure/conformal-band.js";
import { weightsFolder } from "../interchange/weight-download/pretrained-weights.js";
import { examineProcessor } from "../machine/processor.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { requireDevice, setThreads } from "../tensor/engine.js";
import { alone, type Processes } from "../tensor/process-group.js";
import { hasCheckpoint } from "../training/checkpoint.js";
import { protocolRules } from "../training/protocol.js";
import type { TrainingState } from "../training/trainer.js";
import { entryOf, hasBackbone } from "./backbone/backbone-entry.js";
import { openBackbone, requireImageSize } from "./backbone/open-backbone.js";
import { trainHead } from "./backbone/train-head.js";
import { describeEnvironment } from "./environment.js";
import { finishedNetwork } from "./finish-network.js";
import { finishRun } from "./finish-run.js";
import { dataOfFirst, openForTraining, type PreparedData, prepareData } from "./prepare-data.js";
import { byFirst, joinLaunched, requireSame } from "./processes/join.js";
import type { Launch } from "./processes/launch.js";
import { sameFacts } from "./processes/same-facts.js";
import { resolveSettings, type TrainSettings } from "./resolve-settings.js";
import { openRun, type Run } from "./run.js";
import type { RunEvent } from "./run-events.js";
import { isFinished } from "./saved-run.js";
import { differingSettings, parseSetting, type RunSettings } from "./settings.js";
import { readSettings, writeSettings } from "./settings-file.js";
import { writeSplits } from "./splits-file.js";
import { type StartingWeights, startingWeights } from "./starting-weights.js";
import { beginProtocol, protocolFor } from "./test-ledger/begin-protocol.js";
import { testSetOf } from "./test-ledger/test-set.js";
import { checkpointFiles, trainStages } from "./train-stages.js";

/** Where a training reads and writes, what it tells and what stops it; what is trained stands in its settings. */
export interface RunOptions {
  /** Told of everything that goes on. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /** Stops the training after the step it is in; finished epochs are kept. */
  readonly signal?: AbortSignal | undefined;
  /** Where decoded images are kept between trainings; default `.cache/pneumoscope` in `cwd`. */
  readonly cacheFolder?: string | undefined;
  /** Where fetched weights lie; default as `weights fetch` keeps them. */
  readonly weightsFolder?: string | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** Which models there are, by name; default the registry's. Give `[...models, mine]` to train one of your own. */
  readonly models?: readonly ZooEntry[] | undefined;
  /** The file of a protocol that was frozen beforehand: other settings and other test images are refused. */
  readonly frozenProtocol?: string | undefined;
}

/** As `RunOptions`, with the folder of a new run. */
export interface TrainOptions extends RunOptions {
  /** The run's folder, new or empty; default a new one in `runs`. */
  readonly folder?: string | undefined;
  /** Where new run folders are made; default `runs` in `cwd`. */
  readonly runs?: string | undefined;
  /** How a new run folder's name begins; default the model's. */
  readonly name?: string | undefined;
}

/** As `RunOptions`, for a training that is one of several. */
export interface PlannedRunOptions extends RunOptions {
  /** Called with the checksum of all images before the first epoch; what it throws ends the training. */
  readonly checkImages?: ((sha256: string) => Promise<void>) | undefined;
}

export const runOptionRules: OptionRules<RunOptions> = {
  onEvent: aFunction,
  signal: aSignal,
  cacheFolder: aPath,
  weightsFolder: aPath,
  cwd: aPath,
  models: aList,
  frozenProtocol: aPath,
};

const trainOptionRules: OptionRules<TrainOptions> = { ...runOptionRules, folder: aPath, runs: aPath, name: aPath };

/**
 * Trains one model, evaluates it on the test images and writes its run folder.
 * @throws AppError OPTION_INVALID and MODEL_UNKNOWN for settings; DATASET_…, FILE_… for the data; WEIGHTS_… for the weights
 *   to start from; ENGINE_MISSING without the training engine; RUN_FOLDER_TAKEN, RUN_FOLDER_LOCKED; TRAINING_DIVERGED;
 *   TRAINING_INTERRUPTED when `signal` aborts
 */
export async function train(settings: TrainSettings, options: TrainOptions = {}): Promise<Run> {
  checkArgument("settings", settings, anObject);
  checkOptions("train", options, trainOptionRules);
  const cwd = options.cwd ?? process.cwd();
  const backboneSize = await sizeOfBackbone(settings, cwd);
  const processor = await examineProcessor();
  const chosen = resolveSettings(settings, { cwd, processor, models: options.models, backboneSize });
  const { folder, runs = "runs", name = chosen.model } = options;
  return trainIn(chosen, options, () =>
    folder === undefined
      ? createRunFolder(resolve(cwd, runs), runStem(name, chosen.protocol, new Date()))
      : createRunFolderAt(resolve(cwd, folder)),
  );
}

/** What is no backbone is refused here, or with the other settings. */
async function sizeOfBackbone(given: TrainSettings, cwd: string): Promise<number | null> {
  const backbone = parseSetting("backbone", given.backbone ?? "none");
  if (!hasBackbone({ backbone })) return null;
  const { imageSize } = await openBackbone(resolve(cwd, backbone), parseSetting("features", given.features ?? "auto"));
  return imageSize;
}

/**
 * Goes on with the run in that folder, by its own settings, from its last finished epoch. A finished run is given back as
 * it is.
 * @throws AppError as `train`; FILE_MISSING, RUN_FILE_INVALID, CHECKPOINT_INVALID; DATASET_CHANGED
 */
export async function resumeRun(folder: string, options: RunOptions = {}): Promise<Run> {
  checkOptions("resumeRun", options, runOptionRules);
  checkArgument("folder", folder, aPath);
  const place = resolve(options.cwd ?? process.cwd(), folder);
  return resumeIn(place, options, (settings) => settings);
}

/**
 * As `train`, by one of several processes: together they train one model.
 * @returns null in all processes but the first
 * @throws AppError as `train` and `joinProcesses`; PROCESSES_DIFFER; RUN_SETTINGS_CHANGED
 */
export async function trainTogether(
  settings: TrainSettings,
  launch: Launch,
  options: TrainOptions & { readonly folder: string },
): Promise<Run | null> {
  checkArgument("settings", settings, anObject);
  checkArgument("launch", launch, anObject);
  checkOptions("trainTogether", options, trainOptionRules);
  const { onEvent: emit = () => undefined, cwd = process.cwd(), models } = options;
  requireOwnNetwork(settings);
  const examined = await examineProcessor();
  // Processes on one machine share its cores.
  const processor = { ...examined, threads: Math.max(1, Math.floor(examined.threads / launch.localSize)) };
  const resolved = resolveSettings(settings, { cwd, processor, models });
  const chosen = onOwnGpu(resolved, launch.localRank);
  const folder = resolve(cwd, options.folder);
  const processes = await joinLaunched(launch, chosen);
  requireDeviceOfGroup(chosen, processes);
  emit({ type: "process", rank: launch.rank, size: launch.size, launcher: launch.launcher });
  await requireSame(processes, await sameFacts(chosen, resolve(cwd, options.cacheFolder ?? defaultCacheFolder)));
  const found = await byFirst(processes, "what the folder holds", () => runIn(folder, chosen));
  if (found === "finished") {
    processes.leave();
    return launch.rank === 0 ? openRun(folder, { cwd, models }) : null;
  }
  const isResumed = found === "begun";
  const makeFolder = () => (isResumed ? reopenRunFolder(folder) : createRunFolderAt(folder));
  return trainWith(processes, chosen, options, makeFolder, isResumed);
}

/** "cuda" is for each process the GPU of its place on this machine. */
function onOwnGpu(settings: RunSettings, localRank: number): RunSettings {
  return settings.device === "cuda" ? { ...settings, device: `cuda:${localRank}` } : settings;
}

/** Which run of these settings a folder holds. @throws AppError RUN_SETTINGS_CHANGED */
async function runIn(folder: string, settings: RunSettings): Promise<"nothing" | "begun" | "finished"> {
  const { args } = runPaths(folder);
  if (!existsSync(args)) return "nothing";
  const differing = differingSettings(await readSettings(args), settings);
  if (differing.length > 0) {
    throw new AppError("RUN_SETTINGS_CHANGED", {
      place: folder,
      rule: "processes go on with the run in their folder by the settings that it began with",
      received: `others: ${differing.join(", ")}`,
      remedy: "Give those settings again, or another folder",
    });
  }
  return isFinished(folder) ? "finished" : "begun";
}

/** A head on a backbone's features is fitted in seconds; its features are the work of one. */
function requireOwnNetwork({ backbone }: TrainSettings): void {
  if (backbone === undefined || backbone === "none") return;
  throw new AppError("OPTION_INVALID", {
    place: "backbone",
    rule: "a head on a backbone's features is trained by one process",
    received: "several",
    remedy: "Start it without a launcher",
  });
}

function requireDeviceOfGroup({ batchNorm, device }: RunSettings, { size }: Processes): void {
  if (size === 1 || batchNorm === "local" || device === "cpu") return;
  throw new AppError("OPTION_INVALID", {
    place: "batchNorm",
    rule: "statistics of several processes are made on processors",
    received: `synchronised with device ${device}`,
    remedy: "Omit one of them",
  });
}

/** @param adapted where the images lie and what computes may be others than those of the saved settings */
export async function resumeIn(
  folder: string,
  options: PlannedRunOptions,
  adapted: (settings: RunSettings) => RunSettings,
): Promise<Run> {
  const held = await reopenRunFolder(folder);
  await held.release();
  const settings = adapted(await readSettings(runPaths(folder).args));
  const { cwd, models } = options;
  if (isFinished(folder)) return openRun(folder, { cwd, models });
  return trainIn(settings, options, () => reopenRunFolder(folder), true);
}

/** @param makeFolder is called when what can be mistyped has been looked at: that leaves no run folder behind */
export async function trainIn(
  settings: RunSettings,
  options: PlannedRunOptions,
  makeFolder: () => Promise<RunFolder>,
  isResumed = false,
): Promise<Run> {
  const run = await trainWith(alone, onOwnGpu(settings, 0), options, makeFolder, isResumed);
  return run as Run; // process 0 always has one
}

/** Null in all processes but the first, which alone has the run's folder. */
async function trainWith(
  processes: Processes,
  settings: RunSettings,
  options: PlannedRunOptions,
  makeFolder: () => Promise<RunFolder>,
  isResumed: boolean,
): Promise<Run | null> {
  const { onEvent: emit = () => undefined, signal = new AbortController().signal, cwd = process.cwd() } = options;
  if (!hasBackbone(settings)) {
    setThreads(settings.threads);
    requireDevice(settings.device);
  }
  const entry = entryOf(settings, options.models);
  const rules = protocolRules(settings.protocol, entry);
  const cacheFolder = resolve(cwd, options.cacheFolder ?? defaultCacheFolder);
  const protocol = await protocolFor(settings, options);
  await openForTraining({ ...settings, folder: settings.data, cacheFolder });
  const backbone = hasBackbone(settings) ? await openBackbone(settings.backbone, settings.features) : null;
  if (backbone !== null) requireImageSize(backbone, settings.imageSize);
  const beginning = () => startingWeights(settings, entry, weightsFolder({ folder: options.weightsFolder, cwd }));
  let folder: RunFolder | null = null;
  let start: StartingWeights | null = null;
  try {
    const place = await byFirst(processes, "run folder", async () => {
      const fresh = isResumed || backbone !== null ? null : await beginning();
      folder = await makeFolder();
      // A run that was stopped before its first checkpoint begins again.
      const isBegunAgain = isResumed && backbone === null && !hasCheckpoint(checkpointFiles(folder.paths));
      start = isBegunAgain ? await beginning() : fresh;
      return folder.paths.folder;
    });
    const held: RunFolder = folder ?? elsewhere(place);
    const { paths, requireHeld } = held;
    const isFirst = processes.rank === 0;
    emit({ type: "run start", folder: paths.folder, settings, title: entry.title, isResumed });
    const environment = await describeEnvironment(settings, processes.size);
    if (isFirst && !isResumed) await writeSettings(paths.args, settings);
    if (isFirst) await writeJson(paths.environment, environment);
    const data = await loadData(settings, cacheFolder, emit, processes);
    await options.checkImages?.(data.imagesSha256);
    if (isFirst && protocol !== null)
      await beginProtocol(protocol, settings.data, testSetOf(data.testImages), cacheFolder);
    requireChoosable(settings.threshold, data.validation, "validation");
    if (settings.unsure !== null) requireCoverable(data.validation, settings.unsure, "validation");
    if (isFirst) await writeSplits(paths.splits, data);
    requireGoingOn(signal, paths.folder);
    const run = { paths, settings, entry, rules, emit, signal, requireHeld };
    const state = backbone === null ? await trainStages({ ...run, data, processes, start }) : null;
    const all = await dataOfFirst(data, processes);
    processes.leave();
    if (!isFirst) return null;
    const onProgress = (done: number, total: number) => emit({ type: "scoring", done, total });
    const done = { ...run, data: all, environment, createdAt: new Date(), onProgress, cacheFolder };
    const asStop = (when: string) => (thrown: unknown) => {
      throw signal.aborted && thrown === signal.reason ? stopped(signal, paths.folder, when) : thrown;
    };
    const model =
      backbone === null
        ? await finishedNetwork(done, state as TrainingState)
        : await trainHead({ ...done, backbone }).catch(asStop("before its head was fitted"));
    await finishRun({ ...done, model }).catch(asStop("after its last epoch, before its report was written"));
    return await openRun(paths.folder, { cwd, models: options.models });
  } finally {
    await (folder as RunFolder | null)?.release();
  }
}

/** The run's folder for processes that leave it alone. */
const elsewhere = (folder: string): RunFolder => ({
  paths: runPaths(folder),
  requireHeld: async () => undefined,
  release: async () => undefined,
});

function requireGoingOn(signal: AbortSignal, folder: string): void {
  if (signal.aborted) throw stopped(signal, folder, "before its first epoch");
}

/** While epochs run, the trainer says which are kept. */
const stopped = (signal: AbortSignal, folder: string, when: string): AppError =>
  new AppError(
    "TRAINING_INTERRUPTED",
    {
      place: folder,
      rule: `was stopped ${when}`,
      remedy: "Every finished epoch is kept; resuming the run goes on from there",
    },
    { cause: signal.reason },
  );

async function loadData(
  settings: RunSettings,
  cacheFolder: string,
  emit: (event: RunEvent) => void,
  processes: Processes,
): Promise<PreparedData> {
  const { data: folder, validation, patients, leaks, fold, seed, imageSize, interpolation, maxPixels } = settings;
  const onProgress = (done: number, total: number) => emit({ type: "images", done, total });
  const images = { imageSize, interpolation, maxPixels, cacheFolder };
  const together = { processes, batch: settings.batch };
  const data = await prepareData({ folder, validation, patients, leaks, fold, seed, ...images, onProgress, together });
  emit({
    type: "data",
    training: data.training.length,
    validation: data.validation.length,
    test: data.testImages.loaded.length,
    classWeights: data.classWeights,
    skipped: data.skipped.map(({ sample, error }) => ({ name: sample.name, error })),
    unused: data.dataset.skipped,
    notes: [
      fewPatientsNote("the validation part", data.validation),
      fewPatientsNote("the test part", data.testImages.loaded),
    ].filter((note) => note !== undefined),
    cacheProblem: data.cacheProblem,
  });
  return data;
}
