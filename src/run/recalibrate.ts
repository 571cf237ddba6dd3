// A trained model brought in line with local patients: its scores and its threshold, in a new file that says so. The original
// is only read.
import { basename, resolve } from "node:path";
import {
  aFunction,
  aPath,
  aSignal,
  checkArgument,
  checkOptions,
  type OptionRules,
  oneOf,
} from "../core/check-options.js";
import { digestsOf } from "../core/download/file-digest.js";
import { AppError } from "../core/errors.js";
import { defaultCacheFolder } from "../dataset/load-images.js";
import { type SplitName, splitNames } from "../dataset/sample.js";
import { type PatientSource, patientSources } from "../dataset/split.js";
import { recalibrated } from "../evaluation/recalibration/fit-recalibration.js";
import { recalibrateScores, type ScoreRecalibration } from "../evaluation/recalibration/recalibrate-scores.js";
import { describeReference } from "../evaluation/shift/describe-reference.js";
import { parseThresholdPolicy } from "../evaluation/threshold.js";
import { aCoverage, conformalBand } from "../evaluation/unsure/conformal-band.js";
import { aPixelLimit } from "../images/pixel-limit.js";
import { measuredValue } from "../inference/measured-operation.js";
import { openTrainedModel } from "../inference/open-model.js";
import { readTrainedModel, type TrainedModel } from "../inference/read-trained-model.js";
import type { MeasuredOperation } from "../model/measured-operation.js";
import { completeContract, type ModelContract } from "../model/model-contract.js";
import { type Recalibration, recalibratedModel } from "../model/recalibration.js";
import type { StoredContract } from "../model/stored-contract.js";
import { zoo } from "../model/zoo/registry.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { describedImages, everyLoadedImage, withScores } from "./described-images.js";
import type { EvaluationEvent } from "./evaluate-model.js";
import { requireNewFile, writeKerasFile, writeOnnx } from "./export-model.js";
import { fingerprint } from "./fingerprint.js";
import { type ScoredSplit, scoreSplit } from "./score-split.js";
import { recordReading } from "./test-ledger/record-reading.js";
import { testSetOf } from "./test-ledger/test-set.js";

/** On whose images, and where the new model goes. */
export interface RecalibrateOptions {
  /** The dataset's folder, or one that holds NORMAL/ and PNEUMONIA/ directly; a manifest; a file with a dataset inside. */
  readonly data: string;
  /** A new file: .onnx, .keras or .h5. */
  readonly out: string;
  /** Which images: default "test", which is all of a folder with NORMAL/ and PNEUMONIA/. */
  readonly split?: SplitName | undefined;
  /** How the new threshold is chosen: "youden", "sensitivity=0.95", "specificity=0.9" or a number; default the model's own way. */
  readonly threshold?: string | undefined;
  /**
   * The new file answers "unsure" in a band of scores, set so that this share of each class is answered right or left open: 0.5..0.999.
   * Without it there is no third answer, whether the original has one or not.
   */
  readonly unsure?: number | undefined;
  /** Who does it, as the new file will say; nobody is named by default. */
  readonly by?: string | undefined;
  /** Where decoded images are kept; default `.cache/pneumoscope` in `cwd`. */
  readonly cacheFolder?: string | undefined;
  /** Who is on an image, as `evaluateModel`'s. */
  readonly patients?: PatientSource | undefined;
  /** Pixels that an image may have, 10,000..1,000,000,000; default 100 million. */
  readonly maxPixels?: number | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** The date that the new file will say; default now. */
  readonly now?: (() => Date) | undefined;
  /** Told of the progress. */
  readonly onEvent?: ((event: EvaluationEvent) => void) | undefined;
  /** Ends the work with an error ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Models whose licences are known by name; default the registry's. */
  readonly models?: readonly ZooEntry[] | undefined;
}

const optionRules: OptionRules<RecalibrateOptions> = {
  data: aPath,
  out: aPath,
  split: oneOf(splitNames),
  threshold: { rule: "a text", holds: (value) => typeof value === "string" },
  unsure: aCoverage,
  by: { rule: "a name of at most 100 characters", holds: (value) => typeof value === "string" && value.length <= 100 },
  cacheFolder: aPath,
  patients: oneOf(patientSources),
  maxPixels: aPixelLimit,
  cwd: aPath,
  now: aFunction,
  onEvent: aFunction,
  signal: aSignal,
  models: { rule: "a list", holds: Array.isArray },
};

/** What was changed, how sure it is, and the new file. */
export interface RecalibratedModel extends Pick<ScoredSplit, "skipped" | "unused" | "cacheProblem"> {
  /** Absolute. */
  readonly out: string;
  /** The file that it was made from. */
  readonly file: string;
  /** The threshold before. */
  readonly thresholdBefore: number;
  readonly result: ScoreRecalibration;
  readonly contract: ModelContract;
}

/** Of the folds and the bootstrap: the same images give the same model. */
const seed = 1;

/**
 * @param place a run folder, a Keras file or a TensorFlow.js model of ours
 * @throws AppError OPTION_INVALID; FILE_…, MODEL_… for the model, DATASET_… for the data; MODEL_INVALID for a .onnx file and for
 *   a model that was recalibrated already; EVALUATION_INPUT for too few patients; FILE_UNWRITABLE; ABORTED
 */
export async function recalibrate(place: string, options: RecalibrateOptions): Promise<RecalibratedModel> {
  checkArgument("model", place, aPath);
  checkOptions("recalibrate", options, optionRules, ["data", "out"]);
  const { cwd = process.cwd(), split = "test", models = zoo, onEvent, signal } = options;
  const [source, folder, out] = [place, options.data, options.out].map((path) => resolve(cwd, path)) as [
    string,
    string,
    string,
  ];
  requireNewFile(out, [".onnx", ".keras", ".h5"]);
  const model = await readTrainedModel(source, models);
  requireOriginal(model);
  const cacheFolder = resolve(cwd, options.cacheFolder ?? defaultCacheFolder);
  const policy = parseThresholdPolicy(options.threshold ?? model.contract.threshold.policy);
  const opened = await openTrainedModel(model, { heatMaps: "without" });
  const { scored, images } = await scoreSplit(opened, {
    folder,
    split,
    patients: options.patients ?? "known",
    cacheFolder,
    maxPixels: options.maxPixels,
    onLoad: ({ done, total }) => onEvent?.({ type: "images", done, total }),
    onScore: (done, total) => onEvent?.({ type: "scoring", done, total }),
    signal,
  }).finally(() => opened.dispose());
  await recordReading(
    {
      by: "recalibrate",
      test: testSetOf(images),
      model: { title: model.contract.title, id: (await digestsOf(model.file, ["sha256"])).sha256 },
      settings: {},
      threshold: null,
    },
    { cacheFolder, runFolder: null },
  );
  const dataset = basename(folder);
  const thresholdBefore = model.contract.threshold.value;
  const result = recalibrateScores(scored.predictions, {
    policy,
    thresholdBefore,
    chosenOn: `${dataset} (local)`,
    seed,
  });
  const rows = scored.predictions.map((row) => recalibrated(row, result));
  const reference = describeReference(
    withScores(describedImages(everyLoadedImage(images)), rows),
    `${dataset} (local)`,
  );
  const recalibration: Recalibration = {
    intercept: result.intercept,
    slope: result.slope,
    method: result.method,
    dataset,
    images: result.images,
    patients: result.patients,
    arePatientsKnown: result.arePatientsKnown,
    sha256: fingerprint(images, [["recalibration", images.loaded.keys()]]).files,
    date: (options.now ?? (() => new Date()))().toISOString().slice(0, 10),
    by: options.by ?? null,
    thresholdBefore,
    operation: operationOf(result),
  };
  const unsure =
    options.unsure === undefined
      ? undefined
      : conformalBand(rows, { coverage: options.unsure, setOn: `${dataset} (local)`, isLocal: true });
  const { unsure: _ofOriginal, ...original } = storedPart(model.contract);
  const stored: StoredContract = {
    ...original,
    threshold: result.threshold,
    reference,
    ...(unsure && { unsure }),
    recalibration,
  };
  const contract = completeContract(
    stored,
    models.find(({ id }) => id === stored.model),
    { operation: [], precision: "float32", productVersion: null },
  );
  const moved = recalibratedModel(model, recalibration, model.file);
  if (out.endsWith(".onnx")) await writeOnnx(out, { ...moved, contract });
  else await writeKerasFile(out, moved, stored);
  const { skipped, unused, cacheProblem } = scored;
  return { out, file: model.file, thresholdBefore, result, contract, skipped, unused, cacheProblem };
}

function requireOriginal({ file, hasContract, contract }: TrainedModel): void {
  if (hasContract && contract.recalibration === undefined) return;
  throw new AppError("MODEL_INVALID", {
    place: file,
    ...(hasContract
      ? {
          rule: "only an original model is recalibrated, so that what was done to its scores stays one line",
          received: `a model that was recalibrated on ${contract.recalibration?.dataset}`,
          remedy: "Name the model that it was made from",
        }
      : {
          rule: "the model should say how its pixels are scaled and what its score means",
          received: "a file by others that does not say so",
          remedy: "Choose a model that was trained here",
        }),
  });
}

/** What is stored with weights; the rest of a contract is worked out when a file is read. */
function storedPart(contract: ModelContract): StoredContract {
  const { schemaVersion, productVersion, precision, operation, licence, intendedUse, ...stored } = contract;
  return stored;
}

const operationOf = ({ threshold, images, after, auc }: ScoreRecalibration): MeasuredOperation => ({
  split: "local",
  threshold: threshold.value,
  images,
  sensitivity: measuredValue(after.sensitivity),
  specificity: measuredValue(after.specificity),
  auc: measuredValue(auc),
});
