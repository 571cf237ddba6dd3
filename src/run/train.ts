// A whole training: settings, run folder, data, epochs, evaluation, report. This is what `train` of the public API and
// `pneumoscope train` do.
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
import { weightsFolder } from "../interchange/weight-download/pretrained-weights.js";
import { examineProcessor } from "../machine/processor.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { requireDevice, setThreads } from "../tensor/engine.js";
import { hasCheckpoint } from "../training/checkpoint.js";
import { protocolRules } from "../training/protocol.js";
import { entryOf, hasBackbone } from "./backbone/backbone-entry.js";
import { openBackbone, requireImageSize } from "./backbone/open-backbone.js";
import { trainHead } from "./backbone/train-head.js";
import { describeEnvironment } from "./environment.js";
import { finishedNetwork } from "./finish-network.js";
import { finishRun } from "./finish-run.js";
import { openForTraining, type PreparedData, prepareData } from "./prepare-data.js";
import { resolveSettings, type TrainSettings } from "./resolve-settings.js";
import { openRun, type Run } from "./run.js";
import type { RunEvent } from "./run-events.js";
import { isFinished } from "./saved-run.js";
import { parseSetting, type RunSettings } from "./settings.js";
import { readSettings, writeSettings } from "./settings-file.js";
import { writeSplits } from "./splits-file.js";
import { startingWeights } from "./starting-weights.js";
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
  const { onEvent: emit = () => undefined, signal = new AbortController().signal, cwd = process.cwd() } = options;
  setThreads(settings.threads);
  requireDevice(settings.device);
  const entry = entryOf(settings, options.models);
  const rules = protocolRules(settings.protocol, entry);
  const cacheFolder = resolve(cwd, options.cacheFolder ?? defaultCacheFolder);
  await openForTraining({ ...settings, folder: settings.data, cacheFolder });
  const backbone = hasBackbone(settings) ? await openBackbone(settings.backbone, settings.features) : null;
  if (backbone !== null) requireImageSize(backbone, settings.imageSize);
  const beginning = () => startingWeights(settings, entry, weightsFolder({ folder: options.weightsFolder, cwd }));
  const fresh = isResumed || backbone !== null ? null : await beginning();
  const folder = await makeFolder();
  try {
    const { paths, requireHeld } = folder;
    // A run that was stopped before its first checkpoint begins again.
    const isBegunAgain = isResumed && backbone === null && !hasCheckpoint(checkpointFiles(paths));
    const start = isBegunAgain ? await beginning() : fresh;
    emit({ type: "run start", folder: paths.folder, settings, title: entry.title, isResumed });
    const environment = await describeEnvironment(settings);
    if (!isResumed) await writeSettings(paths.args, settings);
    await writeJson(paths.environment, environment);
    const data = await loadData(settings, cacheFolder, emit);
    await options.checkImages?.(data.imagesSha256);
    requireChoosable(settings.threshold, data.validation, "validation");
    await writeSplits(paths.splits, data);
    requireGoingOn(signal, paths.folder);
    const onProgress = (done: number, total: number) => emit({ type: "scoring", done, total });
    const run = { paths, settings, entry, rules, data, emit, signal, requireHeld };
    const done = { ...run, environment, createdAt: new Date(), onProgress };
    const asStop = (when: string) => (thrown: unknown) => {
      throw signal.aborted && thrown === signal.reason ? stopped(signal, paths.folder, when) : thrown;
    };
    const model =
      backbone === null
        ? await finishedNetwork(done, await trainStages({ ...run, start }))
        : await trainHead({ ...run, backbone, cacheFolder }).catch(asStop("before its head was fitted"));
    await finishRun({ ...done, model }).catch(asStop("after its last epoch, before its report was written"));
    return await openRun(paths.folder, { cwd, models: options.models });
  } finally {
    await folder.release();
  }
}

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
): Promise<PreparedData> {
  const { data: folder, validation, patients, leaks, fold, seed, imageSize, interpolation, maxPixels } = settings;
  const onProgress = (done: number, total: number) => emit({ type: "images", done, total });
  const images = { imageSize, interpolation, maxPixels, cacheFolder };
  const data = await prepareData({ folder, validation, patients, leaks, fold, seed, ...images, onProgress });
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
