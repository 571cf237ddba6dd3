// A public entry: what is exported here is the product's face, and kept.
/**
 * Using a trained model in Node.js: scores, heat maps, warnings. It loads neither the training engine nor the report.
 *
 * @module pneumoscope/inference
 */
import type { Classifier, ClassifierOptions, FoundImages, PredictInputs } from "./inference/classifier.js";
import type { ExplainOptions, Explanation } from "./inference/explain-images.js";
import type { NamedBytes } from "./inference/inference-model.js";
import type { PredictToFileOptions, ScoresFile } from "./inference/predict-to-file.js";
import type { WatchedShift, WatchShiftOptions } from "./inference/watch-shift.js";
import type { ModelContract } from "./model/model-contract.js";

export type { ErrorCode } from "./core/error-catalogue.js";
export { AppError, type ErrorFacts } from "./core/errors.js";
export { packageVersion as version } from "./core/package.js";
export type { ReferenceColumn, ReferenceSet } from "./core/reference-set.js";
export { researchUse } from "./core/research-use.js";
export { type Call, callOf, type UnsureBand, unsureScores, unsureText } from "./core/unsure-band.js";
export type { ReferenceName } from "./evaluation/shift/reference-columns.js";
export type { AlarmColumn, NoAlarm, ShiftAlarm } from "./evaluation/shift/shift-watch.js";
export { type HeatMapClass, heatMapClasses } from "./explain/heat-map-class.js";
export { overlay, sideBySide } from "./explain/overlay.js";
export type { RandomisationCheck, RandomisedAgreement } from "./explain/randomisation-check.js";
export type { ChanceAgreement } from "./explain/unrelated-maps.js";
export { evenShares, lungsFrameText, type WhereItLooked, whereItLooked } from "./explain/where-it-looked.js";
export type { ImageTraits } from "./images/appearance.js";
export type { GrayImage } from "./images/gray-image.js";
export type { ImageWarning, ImageWarningCode } from "./images/image-warning.js";
export type { ScopeCheck, ScopeFinding } from "./images/out-of-scope/check-scope.js";
export type { Classifier, ClassifierOptions, FoundImages, PredictInputs } from "./inference/classifier.js";
export type { SeedAgreement } from "./inference/compare-seeds.js";
export type { ExplainedImage, ExplainedResult, ExplainOptions, Explanation } from "./inference/explain-images.js";
export { formatHeatMapCurves, formatSeedAgreement } from "./inference/explanation-words.js";
export type { Assumption } from "./inference/foreign-model.js";
export type { ModelOutput, NamedBytes } from "./inference/inference-model.js";
export type { PerturbationCurve, PerturbationCurves } from "./inference/measure-curves.js";
export { type PixelRange, pixelRanges } from "./inference/pixel-range.js";
export type { PredictOptions } from "./inference/predict-options.js";
export type { PredictToFileOptions, ScoresFile } from "./inference/predict-to-file.js";
export type { Remarks } from "./inference/prepare-image.js";
export type { ImageBytes } from "./inference/prepared-input.js";
export type { ClassHeatMap, ClassHeatMaps, FailedResult, Result, ScoredResult } from "./inference/result.js";
export { resultCells, resultColumns } from "./inference/result-csv.js";
export { csvFormat, type ResultFormat } from "./inference/result-format.js";
export { emptyTally, type ResultTally, tallied } from "./inference/result-tally.js";
export type { InferenceRuntime } from "./inference/runtime.js";
export { type ScoreMeaning, scoreMeanings } from "./inference/score-meaning.js";
export { parseShard, type Shard, shardOf } from "./inference/shard.js";
export type { WatchedShift, WatchShiftOptions } from "./inference/watch-shift.js";
export { type HeatMap, type HeatMapBatch, type HeatMapMethod, heatMapMethods } from "./model/heat-map.js";
export type { MeasuredOperation, MeasuredValue } from "./model/measured-operation.js";
export type { ModelContract } from "./model/model-contract.js";

/**
 * Opens a trained model for use: a run folder, a .onnx file that `exportModel` wrote, a Keras .keras or .h5 file or a
 * TensorFlow.js model.json, by its path or as bytes.
 * @param model a path, relative to `options.cwd`; or a .onnx, .keras or .h5 file's bytes with a name for messages
 *
 * @example
 * await using classifier = await openClassifier("runs/mine");
 * for await (const result of classifier.predict(["chest.jpeg", "scans/"])) {
 *   if (result.kind === "scored") console.log(result.name, result.score, result.label);
 *   else console.error(result.name, result.error.message);
 * }
 *
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, MODEL_FILE_INVALID, MODEL_INVALID, MODEL_LAYER_UNSUPPORTED, OPTION_INVALID,
 *   ENGINE_MISSING without ONNX Runtime
 */
export async function openClassifier(model: string | NamedBytes, options?: ClassifierOptions): Promise<Classifier> {
  return (await import("./inference/classifier.js")).openClassifier(model, options);
}

/**
 * Looks up images before they are scored: their number, and files named twice.
 * @param paths files, folders (with everything below them), patterns, and lists: CSV files with a column `path`, such as manifests
 *
 * @example
 * const images = await findImages(["scans/", "more/*.png"]);
 * console.log(images.count);
 *
 * @throws AppError FILE_MISSING naming every path that is neither there nor a pattern; NO_IMAGES_FOUND
 */
export async function findImages(
  paths: readonly string[],
  options?: { readonly cwd?: string | undefined },
): Promise<FoundImages> {
  return (await import("./inference/classifier.js")).findImages(paths, options);
}

/**
 * Scores images into a file that is there when it is whole. Stopped or killed, the same call goes on where it was; when the file is done, it
 * only reads how many images came out how.
 * @param images what `findImages` or `shardOf` gave
 *
 * @example
 * const images = await findImages(["scans/"]);
 * const shard = shardOf(images, { number: 2, of: 8 });
 * const { scored, skipped } = await predictToFile(classifier, shard, { file: "scores-2.csv" });
 * console.log(scored, skipped);
 *
 * @throws AppError as `Classifier.predict`; RUN_FOLDER_TAKEN for a file that is there and was not made so; RUN_SETTINGS_CHANGED where it was
 *   made by another model, of other images or with other options; RUN_FOLDER_LOCKED where another process makes it; FILE_UNWRITABLE
 */
export async function predictToFile(
  classifier: Classifier,
  images: FoundImages,
  options: PredictToFileOptions,
): Promise<ScoresFile> {
  return (await import("./inference/predict-to-file.js")).predictToFile(classifier, images, options);
}

/**
 * Whether a model meets images like those that its threshold was set on: a test without labels that calls alike sets different
 * once in a hundred. Each image counts as one patient's.
 *
 * @example
 * const watched = await watchShift(classifier.contract);
 * for await (const result of classifier.predict("scans/", { traits: true })) watched.add(result);
 * const alarm = watched.verdict();
 * if (typeof alarm === "object" && alarm.isRaised) console.warn("The threshold was set on other images.");
 *
 * @throws AppError OPTION_INVALID
 */
export async function watchShift(
  contract: Pick<ModelContract, "reference">,
  options?: WatchShiftOptions,
): Promise<WatchedShift> {
  return (await import("./inference/watch-shift.js")).watchShift(contract, options);
}

/**
 * Shows where a model looked: overlays of heat maps, and numbers in explain.csv and explain.json.
 * @param classifier opened with heat maps
 * @param images as `Classifier.predict` takes them
 * @param options `folder`, new or empty, takes the pictures and numbers
 *
 * @example
 * await using classifier = await openClassifier("runs/mine");
 * const { results, check } = await explainImages(classifier, "scans/", { folder: "looked" });
 *
 * @throws AppError NO_HEAT_MAP where the model gives none, RUN_FOLDER_TAKEN, FILE_UNWRITABLE, and as `Classifier.predict`
 */
export async function explainImages(
  classifier: Classifier,
  images: PredictInputs,
  options: ExplainOptions,
): Promise<Explanation> {
  return (await import("./inference/explain-images.js")).explainImages(classifier, images, options);
}
