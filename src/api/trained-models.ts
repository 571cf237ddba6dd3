// What is done with a trained model as a whole, for the public entry: measured, brought in line with local patients, exported.
// The parts that do it load when they are first used.
import type { Classifier } from "../inference/classifier.js";
import type { AuditOptions, ModelAudit } from "../run/audit/audit-model.js";
import type { EvaluateOptions, EvaluatePredictionsOptions, ModelEvaluation } from "../run/evaluate-model.js";
import type { ExportedModel, ExportOptions } from "../run/export-model.js";
import type { MedmnistOptions, MedmnistPredictions } from "../run/medmnist-predictions.js";
import type { RecalibratedModel, RecalibrateOptions } from "../run/recalibrate.js";

/**
 * Scores the images of one split of a dataset and measures the scores. `train` has read the test images once already:
 * reading them again to choose between models spoils them as a test.
 * @param model opened without heat maps it is quicker
 * @param options `data` is the dataset's folder, or one with NORMAL/ and PNEUMONIA/
 *
 * @example
 * await using classifier = await openClassifier("runs/mine", { heatMaps: false });
 * const { evaluation } = await evaluateModel(classifier, { data: "other_hospital" });
 *
 * @throws AppError FILE_…, DATASET_… for the data; NO_IMAGE_SCORED where none can be read; RUN_FOLDER_TAKEN; ABORTED
 */
export async function evaluateModel(model: Classifier, options: EvaluateOptions): Promise<ModelEvaluation> {
  return (await import("../run/evaluate-model.js")).evaluateModel(model, options);
}

/**
 * Makes every number again from a saved predictions.csv, exactly. Nothing is scored.
 * @param file a predictions.csv that `train` or `evaluateModel` wrote
 *
 * @example
 * const { evaluation } = await evaluatePredictions("runs/mine/predictions.csv", { split: "test" });
 *
 * @throws AppError FILE_MISSING, PREDICTIONS_INVALID; EVALUATION_INPUT where the split has no rows; RUN_FOLDER_TAKEN
 */
export async function evaluatePredictions(
  file: string,
  options?: EvaluatePredictionsOptions,
): Promise<ModelEvaluation> {
  return (await import("../run/evaluate-model.js")).evaluatePredictions(file, options);
}

/**
 * Scores every image of one split as it is and in some fifty altered forms, and says what each costs: corruptions by severity, a
 * letter pasted into each corner, everything but the frame covered, or the frame, simulated retakes. A model whose scores depend on
 * markers or on the frame is flagged, by a rule that the report states. Stopped, the same call goes on where it was.
 * @param model opened without heat maps it is quicker
 * @param options `data` has the labelled images; `folder`, where report, numbers and scores go, must be named
 *
 * @example
 * await using classifier = await openClassifier("runs/mine", { heatMaps: false });
 * const { audit, files } = await auditModel(classifier, { data: "chest_xray", folder: "audits/mine" });
 * console.log(audit.shortcuts, audit.findings.length, files.report);
 *
 * @throws AppError FILE_…, DATASET_… for the data; NO_IMAGE_SCORED where none can be read; RUN_FOLDER_TAKEN, RUN_FOLDER_LOCKED;
 *   RUN_SETTINGS_CHANGED for the folder of another audit; ABORTED
 */
export async function auditModel(model: Classifier, options: AuditOptions): Promise<ModelAudit> {
  return (await import("../run/audit/audit-model.js")).auditModel(model, options);
}

/**
 * Brings a trained model in line with local patients: the intercept of its scores, their slope where the patients ask for it, and
 * its threshold. A new file is written that says so; what the threshold does is measured on patients that were left out in turn.
 * @param model whatever `openClassifier` opens: a run folder, a .onnx file, one of several models too, a Keras file or a TensorFlow.js
 *   model; of one by others that does not say it, `scores` and `pixels` say how it is read
 * @param options `data` has the labelled images, at least 10 patients of each class; `out` ends in .onnx, or in .keras or .h5 where
 *   the model is no .onnx file
 *
 * @example
 * const { result } = await recalibrate("runs/mine", { data: "ward", threshold: "sensitivity=0.95", out: "ward.onnx" });
 * console.log(result.method, result.before.specificity.value, result.after.specificity.value);
 *
 * @throws AppError OPTION_INVALID, for an `out` that cannot hold it too; FILE_…, MODEL_… for the model, DATASET_… for the data;
 *   MODEL_INVALID for a model that was recalibrated already and for one by others of which nobody says how it is read;
 *   EVALUATION_INPUT for too few patients; FILE_UNWRITABLE; ABORTED
 */
export async function recalibrate(model: string, options: RecalibrateOptions): Promise<RecalibratedModel> {
  return (await import("../run/recalibrate.js")).recalibrate(model, options);
}

/**
 * Writes a trained model for ONNX Runtime, Keras or TensorFlow.js, with the contract of how it is read.
 * @param model a run folder, a Keras .keras or .h5 file, or a TensorFlow.js model.json; a list of them becomes one .onnx file
 *   that gives the mean of their scores
 *
 * @example
 * await exportModel("runs/mine", { format: "onnx", out: "model.onnx" });
 * await exportModel(["runs/a", "runs/b", "runs/c"], { format: "onnx", out: "ensemble.onnx" });
 *
 * @throws AppError OPTION_INVALID; FILE_MISSING, MODEL_FILE_INVALID; MODEL_INVALID for a .onnx file, from which there is no
 *   way back; EVALUATION_INPUT for `unsure` without validation images that all runs share; RUN_FOLDER_TAKEN, FILE_UNWRITABLE
 */
export async function exportModel(model: string | readonly string[], options: ExportOptions): Promise<ExportedModel> {
  return (await import("../run/export-model.js")).exportModel(model, options);
}

/**
 * Writes predictions of PneumoniaMNIST in the form that MedMNIST's own evaluator reads:
 * `pneumoniamnist_test_[AUC]0.948_[ACC]0.881@1.csv`, a line of index and score per image.
 * @param predictions a predictions.csv of images that `importDataset` made of MedMNIST's archive
 * @param options `folder`, where the file goes, must be named
 *
 * @example
 * const { file, auc } = await writeMedmnistPredictions("runs/mine/predictions.csv", { folder: "submission", size: 64 });
 *
 * @throws AppError OPTION_INVALID; FILE_MISSING; PREDICTIONS_INVALID where scores of images of the part are missing
 */
export async function writeMedmnistPredictions(
  predictions: string,
  options: MedmnistOptions,
): Promise<MedmnistPredictions> {
  return (await import("../run/medmnist-predictions.js")).writeMedmnistPredictions(predictions, options);
}
