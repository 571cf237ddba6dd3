// The public API for using a trained model in a browser: the same classifier and results as in Node, on onnxruntime-web.
import type { Classifier, ClassifierOptions, NamedImage } from "./browser/classifier.js";
import type { ImageSource } from "./browser/decoder.js";
import type { ModelSource } from "./browser/model-bytes.js";
import type { WatchedShift, WatchShiftOptions } from "./inference/watch-shift.js";
import type { ModelContract } from "./model/model-contract.js";

export type { Assets } from "./browser/assets.js";
export type { Classifier, ClassifierOptions, ImageInput, NamedImage, PredictInputs } from "./browser/classifier.js";
export type { ImageSource } from "./browser/decoder.js";
export type { EngineChoice } from "./browser/engine.js";
export type { ModelProgress, ModelSource } from "./browser/model-bytes.js";
export type { ErrorCode } from "./core/error-catalogue.js";
export { AppError, type ErrorFacts } from "./core/errors.js";
export type { ReferenceColumn, ReferenceSet } from "./core/reference-set.js";
export { researchUse } from "./core/research-use.js";
export { type Call, callOf, type UnsureBand, unsureScores, unsureText } from "./core/unsure-band.js";
export type { ReferenceName } from "./evaluation/shift/reference-columns.js";
export type { AlarmColumn, NoAlarm, ShiftAlarm } from "./evaluation/shift/shift-watch.js";
export { type HeatMapClass, heatMapClasses } from "./explain/heat-map-class.js";
export type { ImageTraits } from "./images/appearance.js";
export type { GrayImage } from "./images/gray-image.js";
export type { ImageWarning, ImageWarningCode } from "./images/image-warning.js";
export type { ScopeCheck, ScopeFinding } from "./images/out-of-scope/check-scope.js";
export type { ModelOutput, NamedBytes } from "./inference/inference-model.js";
export type { PredictOptions } from "./inference/predict-options.js";
export type { Remarks } from "./inference/prepare-image.js";
export type { ImageBytes } from "./inference/prepared-input.js";
export type { ClassHeatMap, ClassHeatMaps, FailedResult, Result, ScoredResult } from "./inference/result.js";
export { resultCells, resultColumns } from "./inference/result-csv.js";
export type { WatchedShift, WatchShiftOptions } from "./inference/watch-shift.js";
export type { HeatMap, HeatMapBatch } from "./model/heat-map.js";
export type { MeasuredOperation, MeasuredValue } from "./model/measured-operation.js";
export type { ModelContract } from "./model/model-contract.js";

/**
 * Opens a .onnx file that `exportModel` wrote. Nothing is uploaded: images are decoded and scored in the browser, on the
 * thread that calls. In a worker, the page stays responsive while they are.
 *
 * @param model its address, a server's answer, a file that the user chose, or bytes
 *
 * @example
 * const classifier = await openClassifier("/models/mine.onnx");
 * for await (const result of classifier.predict(input.files ?? [], { heatMaps: true })) {
 *   if (result.kind === "scored") console.log(result.name, result.score, result.label);
 *   else console.error(result.name, result.error.message);
 * }
 *
 * @throws AppError DOWNLOAD_FAILED, FILE_UNREADABLE, MODEL_FILE_INVALID, MODEL_INVALID, OPTION_INVALID, ABORTED
 */
export async function openClassifier(model: ModelSource, options?: ClassifierOptions): Promise<Classifier> {
  return (await import("./browser/classifier.js")).openClassifier(model, options);
}

/**
 * Decodes a radiograph to show it; `predict` takes the answer too, so that nothing is decoded twice.
 *
 * @example
 * const shown = await decodeImage(file);
 * const { width, height, data } = shown.image;
 *
 * @throws AppError IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TOO_COSTLY, DICOM_UNREADABLE, DICOM_UNSUPPORTED,
 *   FILE_UNREADABLE, DOWNLOAD_FAILED, OPTION_INVALID
 */
export async function decodeImage(
  source: ImageSource,
  options?: Pick<ClassifierOptions, "assets">,
): Promise<NamedImage> {
  return (await import("./browser/classifier.js")).decodeImage(source, options);
}

/**
 * Whether a model meets images like those that its threshold was set on: a test without labels that calls alike sets different
 * once in a hundred. Each image counts as one patient's.
 *
 * @example
 * const classifier = await openClassifier("/models/mine.onnx");
 * const watched = await watchShift(classifier.contract);
 * for await (const result of classifier.predict(input.files ?? [], { traits: true })) watched.add(result);
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
