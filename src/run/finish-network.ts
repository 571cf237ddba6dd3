// What the end of a run needs of a network that was trained here: its chosen weights are read back from their file.
import { writeFileAtomically } from "../core/atomic-file.js";
import { AppError } from "../core/errors.js";
import { sealOf } from "../interchange/keras-h5/h5-checksum.js";
import { readKerasModel } from "../interchange/keras-h5/read-keras-model.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import { withChecksum } from "../interchange/onnx/onnx-checksum.js";
import { writeInferenceModel } from "../interchange/onnx/write-inference-model.js";
import { isStoredContract } from "../model/stored-contract.js";
import { Network } from "../training/network.js";
import type { ProtocolRules } from "../training/protocol.js";
import type { TrainingState } from "../training/trainer.js";
import type { FinishedTraining, FinishOptions, ScoredParts } from "./finish-run.js";
import { lookAtMistakes } from "./look-at-mistakes.js";
import { modelFacts } from "./report-facts.js";
import { runStages } from "./run-stages.js";
import { everyImage, scoreSamples } from "./score-samples.js";

/** @throws AppError FILE_MISSING, CHECKPOINT_INVALID where the best weights are not those that were saved */
export async function finishedNetwork(
  { paths, settings, entry, rules, data }: Omit<FinishOptions, "model">,
  state: TrainingState,
): Promise<FinishedTraining> {
  const { graph, weights, own } = await readKerasModel(paths.bestWeights);
  const contract = (own.json as { contract?: unknown } | undefined)?.contract;
  if (!isStoredContract(contract)) {
    throw new AppError("CHECKPOINT_INVALID", {
      place: paths.bestWeights,
      rule: "should be the model this training saved",
      received: "one without its contract: the file was replaced",
      remedy: "Restore it, or start a new run",
    });
  }
  const score = async (onProgress: (done: number, total: number) => void): Promise<ScoredParts> => {
    const { trainingData, testImages, samples, validation } = data;
    const total = validation.length + testImages.loaded.length;
    const tellFrom = (before: number) => (done: number) => onProgress(before + done, total);
    const network = new Network(graph, weights, { device: settings.device });
    try {
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
    } finally {
      network.dispose();
    }
  };
  return {
    contract,
    score,
    write: async (stored, forOnnx) => {
      await writeKerasModel(paths.bestWeights, graph, weights, { json: { contract: stored } });
      const madeFrom = await sealOf(paths.bestWeights);
      const onnx = writeInferenceModel(graph, weights, forOnnx, { madeFrom });
      await writeFileAtomically(paths.onnx, await withChecksum(onnx));
    },
    look: (mistakes, forOnnx) => {
      const trained = { file: paths.bestWeights, graph, weights, contract: forOnnx, hasContract: true };
      return lookAtMistakes(trained, mistakes, settings.threads);
    },
    facts: (stored) => ({
      model: modelFacts(entry, stored, runStages(settings, entry)[0].graph),
      training: {
        history: state.history,
        schedule: rules.schedule.name,
        bestEpoch: state.bestEpoch ?? state.history.length,
        bestEpochRule: bestEpochRules[rules.select],
        totalSeconds: state.history.reduce((sum, { seconds }) => sum + seconds, 0),
      },
    }),
  };
}

const bestEpochRules = {
  last: "the last epoch, as in the study",
  "latest among the best": "the latest within one standard error of the highest validation AUC",
} as const satisfies Record<ProtocolRules["select"], string>;
