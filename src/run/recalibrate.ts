// A trained model brought in line with local patients: its scores and its threshold, in a new file that says so. The original
// is only read.
import { basename, resolve } from "node:path";
import {
  aFunction,
  aList,
  aPath,
  checkArgument,
  checkOptions,
  type OptionRules,
  oneOf,
} from "../core/check-options.js";
import { digestsOf } from "../core/download/file-digest.js";
import { AppError } from "../core/errors.js";
import { packageVersion } from "../core/package.js";
import { recalibrated } from "../evaluation/recalibration/fit-recalibration.js";
import { recalibrateScores, type ScoreRecalibration } from "../evaluation/recalibration/recalibrate-scores.js";
import { describeReference } from "../evaluation/shift/describe-reference.js";
import { parseThresholdPolicy, type ThresholdPolicy } from "../evaluation/threshold.js";
import { aCoverage, conformalBand } from "../evaluation/unsure/conformal-band.js";
import type { ForeignOptions } from "../inference/foreign-model.js";
import type { InferenceModel } from "../inference/inference-model.js";
import { measuredValue } from "../inference/measured-operation.js";
import { pixelRanges } from "../inference/pixel-range.js";
import { scoreMeanings } from "../inference/score-meaning.js";
import type { MeasuredOperation } from "../model/measured-operation.js";
import { completeContract, type ModelContract } from "../model/model-contract.js";
import type { Recalibration } from "../model/recalibration.js";
import type { StoredContract } from "../model/stored-contract.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { describedImages, everyLoadedImage, withScores } from "./described-images.js";
import { meanOfThresholds } from "./export-ensemble.js";
import { requireNewFile } from "./export-model.js";
import { fingerprint } from "./fingerprint.js";
import { openOriginal } from "./original-model.js";
import {
  cacheFolderOf,
  type LabelledImages,
  labelledImagesRules,
  type ScoredSplit,
  scoreLabelled,
} from "./score-split.js";
import { recordReading } from "./test-ledger/record-reading.js";
import { testSetOf } from "./test-ledger/test-set.js";

/** On whose images, and where the new model goes. */
export interface RecalibrateOptions extends LabelledImages, ForeignOptions {
  /** A new file: .onnx of any model; .keras or .h5 of one with layers, which a .onnx file has not. */
  readonly out: string;
  /** How the new threshold is chosen: "youden", "sensitivity=0.95", "specificity=0.9" or a number; default the model's own way. */
  readonly threshold?: string | undefined;
  /**
   * The new file answers "unsure" in a band of scores, set so that this share of each class is answered right or left open: 0.5..0.999.
   * Without it there is no third answer, whether the original has one or not.
   */
  readonly unsure?: number | undefined;
  /** Who does it, as the new file will say; nobody is named by default. */
  readonly by?: string | undefined;
  /** The date that the new file will say; default now. */
  readonly now?: (() => Date) | undefined;
  /** Models whose licences are known by name; default the registry's. */
  readonly models?: readonly ZooEntry[] | undefined;
}

const optionRules: OptionRules<RecalibrateOptions> = {
  ...labelledImagesRules,
  out: aPath,
  threshold: { rule: "a text", holds: (value) => typeof value === "string" },
  unsure: aCoverage,
  by: { rule: "a name of at most 100 characters", holds: (value) => typeof value === "string" && value.length <= 100 },
  scores: oneOf(scoreMeanings),
  pixels: oneOf(pixelRanges),
  now: aFunction,
  models: aList,
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
 * @param place whatever `openClassifier` opens
 * @throws AppError OPTION_INVALID; FILE_…, MODEL_… for the model, DATASET_… for the data; MODEL_INVALID for a model that was
 *   recalibrated already, and for one by others of which nobody says how it is read; EVALUATION_INPUT for too few patients;
 *   FILE_UNWRITABLE; ABORTED
 */
export async function recalibrate(place: string, options: RecalibrateOptions): Promise<RecalibratedModel> {
  checkArgument("model", place, aPath);
  checkOptions("recalibrate", options, optionRules, ["data", "out"]);
  const { cwd = process.cwd() } = options;
  const out = resolve(cwd, options.out);
  requireNewFile(out, [".onnx", ".keras", ".h5"]);
  const model = await openOriginal(resolve(cwd, place), out, options);
  const { file, contract: original } = model.opened;
  const { scored, images, policy } = await scoreOriginal(model.opened, options);
  await recordReading(
    {
      by: "recalibrate",
      test: testSetOf(images),
      model: { title: original.title, id: (await digestsOf(file, ["sha256"])).sha256 },
      settings: {},
      threshold: null,
    },
    { cacheFolder: cacheFolderOf(options), runFolder: null },
  );
  const dataset = basename(resolve(cwd, options.data));
  const on = `${dataset} (local)`;
  const thresholdBefore = original.threshold.value;
  const result = recalibrateScores(scored.predictions, { policy, thresholdBefore, chosenOn: on, seed });
  const rows = scored.predictions.map((row) => recalibrated(row, result));
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
  const { unsure: _ofOriginal, ...kept } = storedPart(original);
  const { unsure: coverage } = options;
  const stored: StoredContract = {
    ...kept,
    threshold: result.threshold,
    reference: describeReference(withScores(describedImages(everyLoadedImage(images)), rows), on),
    ...(coverage !== undefined && { unsure: conformalBand(rows, { coverage, setOn: on, isLocal: true }) }),
    recalibration,
  };
  const { precision, licence } = original;
  const measured = { operation: [], precision, productVersion: packageVersion() };
  const contract = { ...completeContract(stored, undefined, measured), licence };
  await model.write(recalibration, stored, contract);
  const { skipped, unused, cacheProblem } = scored;
  return { out, file, thresholdBefore, result, contract, skipped, unused, cacheProblem };
}

/** What is refused is refused before an image is read. */
async function scoreOriginal(opened: InferenceModel, options: RecalibrateOptions) {
  try {
    requireOriginal(opened);
    const policy = policyOf(opened.contract, options, opened.file);
    return { policy, ...(await scoreLabelled(opened, options)) };
  } finally {
    await opened.dispose();
  }
}

function requireOriginal({ file, contract: { recalibration } }: InferenceModel): void {
  if (recalibration === undefined) return;
  throw new AppError("MODEL_INVALID", {
    place: file,
    rule: "only an original model is recalibrated, so that what was done to its scores stays one line",
    received: `a model that was recalibrated on ${recalibration.dataset}`,
    remedy: "Name the model that it was made from",
  });
}

/** @throws AppError OPTION_INVALID */
function policyOf({ threshold }: ModelContract, options: RecalibrateOptions, file: string): ThresholdPolicy {
  if (options.threshold === undefined && threshold.policy === meanOfThresholds) {
    throw new AppError("OPTION_INVALID", {
      place: "threshold",
      rule: "of several models together it is said how the new one is chosen: theirs is the mean of each model's own",
      received: `none, for ${file}`,
      remedy: 'Give "youden", "sensitivity=0.95", "specificity=0.9" or a number',
    });
  }
  return parseThresholdPolicy(options.threshold ?? threshold.policy);
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
