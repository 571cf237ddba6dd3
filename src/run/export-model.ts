// A trained model as a file for other programs, with the contract of how it is read.
import { existsSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { writeFileAtomically } from "../core/atomic-file.js";
import {
  aFraction,
  aList,
  aListOfPaths,
  aPath,
  checkArgument,
  checkOptions,
  type OptionRules,
  oneOf,
} from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { makeOutputFolder } from "../core/output-folder.js";
import { packageVersion } from "../core/package.js";
import { runPaths } from "../core/run-folder.js";
import { aCoverage } from "../evaluation/unsure/conformal-band.js";
import { isFinishedModel } from "../inference/finished-model.js";
import { requireSaid } from "../inference/foreign-model.js";
import { type PixelRange, pixelRanges } from "../inference/pixel-range.js";
import {
  contractInvalid,
  isOnnx,
  isOnnxAlone,
  readTrainedModel,
  type TrainedModel,
} from "../inference/read-trained-model.js";
import { type ScoreMeaning, scoreMeanings } from "../inference/score-meaning.js";
import { readFileBytes } from "../interchange/file-bytes.js";
import { writeKerasArchive, writeKerasWeights } from "../interchange/keras-archive/write-keras-archive.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import { readForeignOnnx, realNumbersIn } from "../interchange/onnx/foreign-onnx.js";
import { verifyChecksum, withChecksum } from "../interchange/onnx/onnx-checksum.js";
import { maxOnnxBytes, readOnnxContract } from "../interchange/onnx/read-onnx-contract.js";
import { writeInferenceModel } from "../interchange/onnx/write-inference-model.js";
import { readModelFile, tfjsMetadataKey } from "../interchange/read-model-file.js";
import { writeTfjsModel } from "../interchange/tfjs-layers/write-tfjs-model.js";
import type { MeasuredOperation } from "../model/measured-operation.js";
import { type WeightPrecision, weightPrecisions } from "../model/model-contract.js";
import type { ModelGraph } from "../model/model-graph.js";
import { isStoredContract, type StoredContract } from "../model/stored-contract.js";
import { parameterCounts } from "../model/summary.js";
import type { WeightMap } from "../model/weights.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { writeEnsemble } from "./export-ensemble.js";
import { type ExportFormat, exportFormats } from "./export-formats.js";

/** What is written, and where. */
export interface ExportOptions {
  /** Of several models together: scores of at least this are called pneumonia; default the mean of their thresholds. */
  readonly threshold?: number | undefined;
  /**
   * Of several runs together that share their validation images: the file answers "unsure" in a band of scores that leaves this
   * share of each class of them right or open, 0.5..0.999. No band by default.
   */
  readonly unsure?: number | undefined;
  readonly format: ExportFormat;
  /**
   * A new file or a new or empty folder (tfjs). Its ending says more: onnx .onnx; keras .keras, .h5 for tf.keras 2 too, or
   * .weights.h5 for the weights alone.
   */
  readonly out: string;
  /** How a .onnx file stores its kernels; it computes in float32 all the same. Default float32. */
  readonly precision?: WeightPrecision | undefined;
  /** Of a file by others that is to become .onnx, as in `openClassifier`: which class its output is, or both its outputs. */
  readonly scores?: ScoreMeaning | undefined;
  /** Of such a file: what its pixels are scaled to. */
  readonly pixels?: PixelRange | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
  /** Models whose licences are known by name; default the registry's. */
  readonly models?: readonly ZooEntry[] | undefined;
}

const optionRules: OptionRules<ExportOptions> = {
  format: oneOf(exportFormats),
  out: aPath,
  precision: oneOf(weightPrecisions),
  threshold: aFraction,
  unsure: aCoverage,
  scores: oneOf(scoreMeanings),
  pixels: oneOf(pixelRanges),
  cwd: aPath,
  models: aList,
};

/** What was written, and how it wants to be fed. */
export interface ExportedModel {
  /** Absolute. */
  readonly out: string;
  /** What it was exported from; several models with commas between them. */
  readonly file: string;
  readonly parameters: number;
  /** How the model wants to be read; null for a file by others that does not say so. */
  readonly contract: Pick<
    StoredContract,
    "imageSize" | "interpolation" | "scaling" | "classes" | "threshold" | "reference" | "unsure"
  > | null;
  /** What its threshold was measured to do; of .onnx files, which carry it. */
  readonly operation: readonly MeasuredOperation[];
  /** Of a .onnx file; null for the others. */
  readonly bytes: number | null;
  /** False where the run folder's training still goes on or was stopped. */
  readonly isFinished: boolean;
}

type Exported = Omit<ExportedModel, "isFinished">;

/**
 * @param model a run folder, a Keras .keras or .h5 file, or a TensorFlow.js model.json; a list of them becomes one .onnx file
 *   that gives the mean of their scores
 * @throws AppError OPTION_INVALID; FILE_MISSING, MODEL_FILE_INVALID, MODEL_INVALID for a .onnx file, from which there is no way
 *   back; RUN_FOLDER_TAKEN, FILE_UNWRITABLE
 */
export async function exportModel(model: string | readonly string[], options: ExportOptions): Promise<ExportedModel> {
  checkArgument("model", model, typeof model === "string" ? aPath : aListOfPaths);
  checkOptions("exportModel", options, optionRules, ["format", "out"]);
  const { cwd = process.cwd(), format, precision, scores, pixels, models } = options;
  const [only, ...more] = [model].flat();
  if (only === undefined) throw optionInvalid("model", "at least one", model);
  if (more.length > 0) return exportTogether([only, ...more], options);
  const ofSeveral = options.threshold ?? options.unsure;
  if (ofSeveral !== undefined) throw optionInvalid("threshold, unsure", "left to several models together", ofSeveral);
  if (precision !== undefined && format !== "onnx") {
    throw optionInvalid("precision", "left to .onnx files, which alone can have another than float32", precision);
  }
  if ((scores ?? pixels) !== undefined && format !== "onnx") {
    throw optionInvalid("scores, pixels", "left to .onnx files: the others are written as they are", scores ?? pixels);
  }
  const [source, out] = [resolve(cwd, only), resolve(cwd, options.out)];
  if (isOnnx(source)) {
    throw new AppError("MODEL_INVALID", {
      place: source,
      rule: "there is no way back from a .onnx file to a model with layers",
      remedy: "Name the run folder or the file that it was exported from",
    });
  }
  if (format === "onnx") requireNewFile(out, [".onnx"]);
  if (await isOnnxAlone(source)) return { ...(await exportBackbone(source, out, options)), isFinished: true };
  const exported = await (format === "onnx"
    ? exportOnnx(await readTrainedModel(source, models, { scores, pixels }), out, precision ?? "float32")
    : exportForOthers(source, out, format));
  return { ...exported, isFinished: await isFinishedModel(source) };
}

async function exportTogether(models: readonly string[], options: ExportOptions): Promise<ExportedModel> {
  const { cwd = process.cwd(), format, precision = "float32", threshold, unsure } = options;
  if (format !== "onnx") throw optionInvalid("format", "onnx for several models together", format);
  const asked = options.scores ?? options.pixels;
  if (asked !== undefined) throw optionInvalid("scores, pixels", "left to one model: members say so themselves", asked);
  const out = resolve(cwd, options.out);
  requireNewFile(out, [".onnx"]);
  const sources = models.map((model) => resolve(cwd, model));
  const written = await writeEnsemble(sources, { out, precision, threshold, unsure, models: options.models });
  const finished = await Promise.all(sources.map(isFinishedModel));
  const { operation } = written.contract;
  return { ...written, out, operation, file: models.join(", "), isFinished: finished.every(Boolean) };
}

async function exportOnnx(
  { file, graph, weights, contract: own, assumed }: TrainedModel,
  out: string,
  precision: WeightPrecision,
): Promise<Exported> {
  requireSaid(file, assumed);
  const contract = { ...own, precision };
  const bytes = await writeOnnx(out, { graph, weights, contract });
  const parameters = parameterCounts(graph).total;
  return { out, file, parameters, contract, operation: contract.operation, bytes };
}

/** @returns the file's size in bytes. @throws AppError FILE_UNWRITABLE */
export async function writeOnnx(
  out: string,
  { graph, weights, contract }: Pick<TrainedModel, "graph" | "weights" | "contract">,
): Promise<number> {
  const written = { ...contract, productVersion: packageVersion() };
  const bytes = await withChecksum(writeInferenceModel(graph, weights, written));
  await writeFileAtomically(out, bytes);
  return bytes.length;
}

/** A run on a backbone has its model as one .onnx file already. */
async function exportBackbone(run: string, out: string, { format, precision }: ExportOptions): Promise<Exported> {
  const file = runPaths(run).onnx;
  if (format !== "onnx" || (precision ?? "float32") !== "float32") {
    throw new AppError("MODEL_INVALID", {
      place: run,
      rule: "a head on a backbone by others is exported as a .onnx file, its numbers as they are",
      received:
        format === "onnx" ? `precision ${precision}` : `format ${format}, for which its layers would have to be known`,
      remedy: "Export it as onnx without a precision",
    });
  }
  const bytes = await readFileBytes(file, maxOnnxBytes);
  const { contract } = readOnnxContract(bytes, file);
  await verifyChecksum(bytes, file);
  await writeFileAtomically(out, bytes);
  const parameters = [...readForeignOnnx(bytes, file).constants.values()].map(realNumbersIn).reduce((a, b) => a + b, 0);
  return { out, file, parameters, contract, operation: contract.operation, bytes: bytes.length };
}

async function exportForOthers(source: string, out: string, format: "keras" | "tfjs"): Promise<Exported> {
  const { file, graph, weights, contract: stored } = await readModelFile(source);
  if (stored !== undefined && !isStoredContract(stored)) throw contractInvalid(file);
  const contract = stored ?? null;
  await (format === "keras" ? writeKeras(out, graph, weights, contract) : writeTfjs(out, graph, weights, contract));
  return { out, file, parameters: parameterCounts(graph).total, contract, operation: [], bytes: null };
}

async function writeKeras(
  out: string,
  graph: ModelGraph,
  weights: WeightMap,
  contract: StoredContract | null,
): Promise<void> {
  requireNewFile(out, kerasEndings);
  await writeKerasFile(out, { graph, weights }, contract);
}

const kerasEndings = [".keras", ".weights.h5", ".h5"];

/** The ending says which of Keras' formats. @throws AppError FILE_UNWRITABLE, MODEL_INVALID */
export async function writeKerasFile(
  out: string,
  { graph, weights }: Pick<TrainedModel, "graph" | "weights">,
  contract: StoredContract | null,
): Promise<void> {
  const ending = kerasEndings.find((one) => out.endsWith(one));
  const own = contract === null ? undefined : { contract };
  if (ending === ".keras") await writeKerasArchive(out, graph, weights, own);
  else if (ending === ".weights.h5") await writeKerasWeights(out, graph, weights);
  else await writeKerasModel(out, graph, weights, { json: own });
}

async function writeTfjs(
  out: string,
  graph: ModelGraph,
  weights: WeightMap,
  contract: StoredContract | null,
): Promise<void> {
  await makeOutputFolder(out);
  await writeTfjsModel(out, graph, weights, contract === null ? undefined : { [tfjsMetadataKey]: contract });
}

/** @throws AppError OPTION_INVALID */
export function requireNewFile(out: string, endings: readonly string[]): void {
  const isNamed = endings.some((one) => out.endsWith(one) && basename(out) !== one);
  if (isNamed && !existsSync(out)) return;
  throw new AppError("OPTION_INVALID", {
    place: out,
    rule: `this format is a new file that ends in ${endings.join(" or ")}`,
    received: existsSync(out) ? "a path that exists" : `the ending "${extname(out)}"`,
    remedy: "Choose another name",
  });
}

function optionInvalid(place: string, rule: string, received: unknown): AppError {
  return new AppError("OPTION_INVALID", { place, rule: `should be ${rule}`, received: JSON.stringify(received) });
}
