// The end of a training: the chosen weights are read back from their file, validation and test are scored once, the
// threshold is chosen, and everything that derives from the predictions is written.
import { basename } from "node:path";
import { writeFileAtomically } from "../core/atomic-file.js";
import { AppError } from "../core/errors.js";
import { packageVersion } from "../core/package.js";
import type { RunPaths } from "../core/run-folder.js";
import { countSamples } from "../dataset/data-summary.js";
import type { Sample } from "../dataset/sample.js";
import { evaluate } from "../evaluation/evaluate.js";
import { writeMetrics } from "../evaluation/metrics-file.js";
import { writePredictions } from "../evaluation/predictions-file.js";
import { describeSet } from "../evaluation/shift/set-description.js";
import { chooseThreshold } from "../evaluation/threshold.js";
import { measuredOperation } from "../inference/measured-operation.js";
import { sealOf } from "../interchange/keras-h5/h5-checksum.js";
import { readKerasModel } from "../interchange/keras-h5/read-keras-model.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import { withChecksum } from "../interchange/onnx/onnx-checksum.js";
import { writeInferenceModel } from "../interchange/onnx/write-inference-model.js";
import { completeContract } from "../model/model-contract.js";
import { isStoredContract, type StoredContract } from "../model/stored-contract.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import type { ReportInput } from "../report/report-input.js";
import { writeReport } from "../report/write-report.js";
import { augmentations } from "../training/augmentations/registry.js";
import { Network } from "../training/network.js";
import type { ProtocolRules } from "../training/protocol.js";
import type { TrainingState } from "../training/trainer.js";
import { describedImages, everyLoadedImage, type ImagesToDescribe } from "./described-images.js";
import type { Environment } from "./environment.js";
import { lookAtMistakes } from "./look-at-mistakes.js";
import { mistakeImages } from "./mistake-images.js";
import type { PreparedData } from "./prepare-data.js";
import { provenanceOf, writeProvenance } from "./provenance-file.js";
import {
  augmentationPreview,
  datasetFacts,
  isStudyTest,
  modelFacts,
  ruleSentences,
  sampleImages,
  studyComparison,
} from "./report-facts.js";
import { runStages } from "./run-stages.js";
import { everyImage, scoreSamples } from "./score-samples.js";
import { plainSettings, type RunSettings } from "./settings.js";
import { shiftFrom } from "./shift-from.js";
import { type LabelledPixels, thumbnailFloor } from "./shortcut-floor.js";
import { trainingCommand } from "./training-command.js";
import { trainingSetKey, writeTrainingSet } from "./training-set-file.js";
import { settingsWithoutPaths } from "./without-paths.js";

export interface FinishOptions {
  readonly paths: RunPaths;
  readonly settings: RunSettings;
  readonly entry: ZooEntry;
  readonly rules: ProtocolRules;
  readonly data: PreparedData;
  readonly state: TrainingState;
  readonly environment: Environment;
  readonly createdAt: Date;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
  /** Called before a file is replaced. @throws AppError when the folder is not this process's any more */
  readonly requireHeld: () => Promise<void>;
}

/**
 * Writes predictions.csv, training-set.json, metrics.json, provenance.json, model.onnx, report.html, model-card.md and figures, and
 * the threshold into weights/best.h5. The report comes last: a run without one is evaluated again by `--resume`.
 * @throws AppError TRAINING_INTERRUPTED when the signal fires before the last files are written
 */
export async function finishRun(options: FinishOptions): Promise<void> {
  const { paths, settings, data, signal } = options;
  signal.throwIfAborted();
  const saved = await readKerasModel(paths.bestWeights);
  const contract = (saved.own.json as { contract?: unknown } | undefined)?.contract;
  if (!isStoredContract(contract)) {
    throw new AppError("CHECKPOINT_INVALID", {
      place: paths.bestWeights,
      rule: "should be the model this training saved",
      received: "one without its contract: the file was replaced",
      remedy: "Restore it, or start a new run",
    });
  }
  const { testImages } = data;
  const network = new Network(saved.graph, saved.weights, { device: settings.device });
  const { validationRows, testRows } = await scoreOnce(network, contract, options).finally(() => network.dispose());
  const asValidation = validationRows.map((row) => ({ ...row, split: "validation" }));
  await options.requireHeld();
  await writePredictions(paths.predictions, [...asValidation, ...testRows]);

  const threshold = chooseThreshold(settings.threshold, validationRows, "validation");
  // The best epoch of a run that an older version began carries that version's checksum.
  const trainedOn = { ...contract.trainedOn, sha256: data.fingerprint.files };
  const final: StoredContract = { ...contract, threshold, trainedOn };
  await writeKerasModel(paths.bestWeights, saved.graph, saved.weights, { json: { contract: final } });
  const forOnnx = completeContract(final, options.entry, {
    operation: measuredOperation([...asValidation, ...testRows], threshold.value),
    precision: "float32",
    productVersion: packageVersion(),
  });
  const madeFrom = await sealOf(paths.bestWeights);
  const onnx = writeInferenceModel(saved.graph, saved.weights, forOnnx, { madeFrom });
  await writeFileAtomically(paths.onnx, await withChecksum(onnx));
  signal.throwIfAborted();
  const test = evaluate(testRows, { threshold });
  const validation = evaluate(validationRows, { threshold });
  const trainingSet = describeSet(describedImages(trainingImages(data)), settings.seed);
  await writeTrainingSet(paths.trainingSet, trainingSetKey(final), trainingSet);
  signal.throwIfAborted();
  const tested = { images: describedImages(everyLoadedImage(testImages)), kind: data.dataset.kind, evaluation: test };
  const shift = shiftFrom(trainingSet, tested, forOnnx);
  await writeMetrics(paths.metrics, { ...test, shift });
  await writeProvenance(paths.provenance, provenanceOf(contract.weights, data));
  signal.throwIfAborted();

  const mistakes = mistakeImages(test, testImages);
  const { graph, weights } = saved;
  const trained = { file: paths.bestWeights, graph, weights, contract: forOnnx, hasContract: true };
  const looked = await lookAtMistakes(trained, mistakes, settings.threads);
  signal.throwIfAborted();
  const input = { ...reportInput(options, final, { test, validation }, testRows, looked), shift };
  await writeReport(paths.folder, input, signal);
}

const trainingImages = ({ trainingData, samples, sizes }: PreparedData): ImagesToDescribe => ({
  images: trainingData,
  indices: trainingData.train,
  samples,
  sizes,
});

/** Validation and test images through the finished network; the signal is heard between batches. */
async function scoreOnce(
  network: Network,
  contract: StoredContract,
  { data: { trainingData, testImages, samples, validation }, onProgress, signal }: FinishOptions,
) {
  const total = validation.length + testImages.loaded.length;
  const tellFrom = (before: number) => (done: number) => {
    signal.throwIfAborted();
    onProgress(before + done, total);
  };
  const validationRows = await scoreSamples(
    network,
    contract,
    trainingData,
    samples,
    trainingData.validation,
    tellFrom(0),
  );
  const testRows = await scoreSamples(
    network,
    contract,
    testImages,
    testImages.loaded,
    everyImage(testImages),
    tellFrom(validationRows.length),
  );
  return { validationRows, testRows };
}

function reportInput(
  { settings, entry, rules, data, state, environment, createdAt, paths }: FinishOptions,
  contract: StoredContract,
  evaluation: ReportInput["evaluation"],
  testScores: ReportInput["testScores"],
  looked: Pick<ReportInput, "mistakes" | "heatMaps">,
): ReportInput {
  const { testImages } = data;
  const dataset = datasetFacts(data, settings);
  const test = {
    images: testImages,
    indices: everyImage(testImages),
    labels: testImages.loaded.map(({ label }) => label),
  };
  return {
    run: {
      name: basename(paths.folder),
      createdAt: createdAt.toISOString(),
      command: trainingCommand(settings),
      version: packageVersion(),
    },
    protocol: { name: settings.protocol, rules: ruleSentences(settings, rules) },
    model: modelFacts(entry, contract, runStages(settings, entry)[0].graph),
    dataset,
    samples: sampleImages(data, settings.seed),
    augmentation: augmentationPreview(data, augmentations[settings.augmentation], settings.seed),
    training: {
      history: state.history,
      schedule: rules.schedule.name,
      bestEpoch: state.bestEpoch ?? state.history.length,
      bestEpochRule: bestEpochRules[rules.select],
      totalSeconds: state.history.reduce((sum, { seconds }) => sum + seconds, 0),
    },
    evaluation,
    testScores,
    ...looked,
    floors: [thumbnailFloor(wholeTrainingPart(data), test)],
    // The study was tested on these images and no others.
    reference:
      dataset.kind === "chest-xray-pneumonia" && settings.fold === null && isStudyTest(countSamples(testImages.loaded))
        ? studyComparison(entry.study)
        : undefined,
    settings: plainSettings(settingsWithoutPaths(settings)),
    environment,
  };
}

/** All of train/, or all folds but one: a floor learns from them whichever part validates, so that it is one for all runs. */
function wholeTrainingPart({ trainingData, samples }: PreparedData): LabelledPixels {
  const indices = Int32Array.from([...samples.keys()].filter((i) => samples[i]?.split === "train"));
  return { images: trainingData, indices, labels: Array.from(indices, (i) => (samples[i] as Sample).label) };
}

const bestEpochRules = {
  last: "the last epoch, as in the study",
  "latest among the best": "the latest within one standard error of the highest validation AUC",
} as const satisfies Record<ProtocolRules["select"], string>;
