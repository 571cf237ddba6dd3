// What the trainer decides between epochs: the learning rate of each and which epoch is kept. Validation is a script here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { initialWeights } from "../model/initial-weights.js";
import { customCnn } from "../model/zoo/custom-cnn.js";
import { unitScaling } from "../model/zoo/zoo-entry.js";
import { Adam } from "./adam.js";
import { augmentations } from "./augmentations/registry.js";
import { Network } from "./network.js";
import { cosineDecay, studyPlateau } from "./schedules.js";
import { startTraining, type TrainingSettings, train, type ValidationScores } from "./trainer.js";

const size = 32;
const images = 4;
const data = {
  pixels: Uint8Array.from({ length: images * size * size }, (_, i) => (i * 37) % 256),
  size,
  labels: Uint8Array.of(0, 1, 0, 1),
  train: Int32Array.of(0, 1),
  validation: Int32Array.of(2, 3),
};
const graph = customCnn({ imageSize: size });

const settings: TrainingSettings = {
  epochsBefore: 0,
  lastEpoch: 5,
  batchSize: 2,
  seed: 1,
  scaling: unitScaling,
  augmentation: augmentations.none,
  augmentValidation: false,
  classWeights: [1, 1],
  schedule: { name: "cosine" },
  select: "latest among the best",
};

/** Trains one epoch for each validation AUC and standard error. Returns the final state and the epochs kept on the way. */
async function follow(script: readonly (readonly [number | null, number])[], changes: Partial<TrainingSettings> = {}) {
  const network = new Network(graph, initialWeights(graph, 1));
  const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
  const kept: number[] = [];
  const next = script.values();
  const measure = (): ValidationScores => {
    const [auc, aucError] = next.next().value ?? [null, 0];
    return { loss: null, accuracy: null, auc, aucError };
  };
  const state = await train(
    { network, optimizer, average: null },
    data,
    { ...settings, lastEpoch: script.length, ...changes },
    startTraining(1e-3),
    {
      emit: () => undefined,
      measure,
      save: async ({ history }, isBest) => {
        if (isBest) kept.push(history.length);
      },
      now: () => 0,
    },
  );
  network.dispose();
  optimizer.dispose();
  return { state, kept };
}

test("kept is the latest epoch within one standard error of the highest AUC", async () => {
  const { state, kept } = await follow([
    [0.9, 0.02],
    [0.97, 0.01],
    [0.965, 0.5], // the error of the highest counts, not its own
    [0.95, 0.5],
    [null, 0],
  ]);
  assert.deepEqual(kept, [1, 2, 3]);
  assert.equal(state.bestEpoch, 3);
  assert.deepEqual(state.highest, { auc: 0.97, error: 0.01 });
});

test("without any AUC, or where the protocol says so, the last epoch is kept", async () => {
  const unknown = [null, 0] as const;
  assert.equal((await follow([unknown, unknown])).state.bestEpoch, 2);
  assert.equal(
    (
      await follow(
        [
          [0.9, 0],
          [0.1, 0],
        ],
        { select: "last" },
      )
    ).state.bestEpoch,
    2,
  );
});

test("the learning rate falls along the cosine of its own stage, or waits for the plateau", async () => {
  const flat = [0.9, 0] as const;
  const cosine = await follow([flat, flat, flat, flat]);
  assert.deepEqual(
    cosine.state.history.map(({ learningRate }) => learningRate),
    [0, 0.25, 0.5, 0.75].map((done) => Math.fround(1e-3) * cosineDecay(done)),
  );
  const plateau = await follow([flat, flat, flat, flat], {
    schedule: { name: "plateau", settings: studyPlateau, monitor: "auc" },
  });
  assert.deepEqual(
    plateau.state.history.map(({ learningRate }) => Number(learningRate.toPrecision(3))),
    [1e-3, 1e-3, 1e-3, 3e-4],
  );
});
