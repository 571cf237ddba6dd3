// A training behind a frozen prefix is the training of the whole network: the same losses, scores and weights, on every
// engine, with kept values and after a resume.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { Random } from "../core/random.js";
import { initialWeights } from "../model/initial-weights.js";
import type { ModelGraph } from "../model/model-graph.js";
import { splitGraph } from "../model/split-graph.js";
import { withTrainablePart } from "../model/trainable-part.js";
import type { WeightMap } from "../model/weights.js";
import { randomWeights } from "../model/weights-origin.js";
import { findModel } from "../model/zoo/registry.js";
import { unitScaling } from "../model/zoo/zoo-entry.js";
import { liveTensors } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Adam } from "./adam.js";
import type { AugmentationPart } from "./augmentations/augmentation.js";
import { augmentations } from "./augmentations/registry.js";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { FeatureStore } from "./feature-store.js";
import { openFrozenPrefix } from "./frozen-prefix.js";
import { Network } from "./network.js";
import { prefixEngineNames } from "./prefix-engine.js";
import { studyPlateau } from "./schedules.js";
import { startTraining, type TrainingSettings, type TrainingState, train } from "./trainer.js";

const size = 32;
const random = Random.of("prefix test");
const images = 20;
const data = {
  pixels: Uint8Array.from({ length: images * size * size }, () => random.integer(256)),
  size,
  labels: Uint8Array.from({ length: images }, () => random.integer(2)),
  train: Int32Array.from({ length: 14 }, (_, i) => i),
  validation: Int32Array.from({ length: 6 }, (_, i) => 14 + i),
};

/** MobileNet at a quarter of its width: normalizations to fold, a trainable one behind the cut. */
const graph = withTrainablePart(
  findModel("mobilenet").build({ imageSize: size, alpha: 0.25 }),
  { kind: "last", layers: 5 },
  null,
);
const weights = livelyWeights(graph, 1);

const base: TrainingSettings = {
  epochsBefore: 0,
  lastEpoch: 2,
  batchSize: 4,
  seed: 3,
  scaling: unitScaling,
  augmentation: augmentations.study,
  augmentValidation: false,
  classWeights: [1, 1],
  schedule: { name: "plateau", settings: studyPlateau, monitor: "auc" },
  select: "last",
};

interface Result {
  readonly losses: readonly number[];
  readonly scores: Float32Array;
  readonly state: TrainingState;
  readonly weights: WeightMap;
  /** Images whose frozen values were computed to be kept, after each batch. */
  readonly kept: readonly number[];
}

async function trained(settings: Partial<TrainingSettings>, start: Partial<StartingPoint> = {}): Promise<Result> {
  const { network, optimizer } = { ...newLearner(), ...start };
  const kept: number[] = [];
  let scores: Float32Array = new Float32Array();
  const state = await train(
    { network, optimizer, average: null },
    data,
    { ...base, ...settings },
    start.state ?? startTraining(1e-3),
    {
      emit: (event) => {
        if (event.type === "frozen layers") kept.push(event.imagesDone);
      },
      measure: (_labels, given) => {
        scores = given;
        return { loss: 0, accuracy: 0, auc: 0.5, aucError: null };
      },
      save: async () => undefined,
      now: () => performance.now(),
    },
  );
  const result = {
    losses: state.history.map(({ loss }) => loss),
    scores,
    state,
    weights: network.parameters.toWeightMap(),
    kept,
  };
  network.dispose();
  optimizer.dispose();
  return result;
}

interface StartingPoint {
  readonly network: Network;
  readonly optimizer: Adam;
  readonly state: TrainingState;
}

function newLearner(given: WeightMap = weights, model: ModelGraph = graph): Omit<StartingPoint, "state"> {
  const network = new Network(model, given);
  return { network, optimizer: new Adam(network.parameters.trainable.map(({ tensor }) => tensor)) };
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);

test("losses and scores are those of the whole network, on every engine", async (context) => {
  const whole = await trained({ frozenPrefix: "none" });
  assert.equal(whole.state.prefix, null);
  for (const engine of prefixEngineNames) {
    const divided = await trained({ frozenPrefix: engine });
    assert.equal(divided.state.prefix?.boundary, "conv_pw_13");
    assert.equal(divided.state.prefix.training, engine);
    const differences = [
      largestDifference(divided.losses, whole.losses),
      largestDifference(divided.scores, whole.scores),
    ];
    context.diagnostic(`${engine}: ${differences.map((value) => value.toExponential(1)).join(", ")}`);
    // Rounding is carried through six updates; bfloat16 has three digits to begin with.
    assert.ok(Math.max(...differences) < (engine === "libtorch-bfloat16" ? 5e-2 : 1e-4));
  }
});

test("the frozen layers' weights stay, bit for bit; the others learn", async () => {
  const { weights: learnt } = await trained({ frozenPrefix: "libtorch-float32" });
  const changed = [...learnt].filter(([layer, ofLayer]) =>
    [...ofLayer].some(
      ([name, { data: values }]) => largestDifference(values, weights.get(layer)?.get(name)?.data ?? []) > 0,
    ),
  );
  assert.deepEqual(
    changed.map(([layer]) => layer),
    (splitGraph(graph)?.suffix ?? []).map(({ name }) => name).filter((name) => learnt.has(name)),
  );
});

test("scores of a prefix in float32 equal the whole network's to 1e-5 before any step", async () => {
  const settings = { augmentation: augmentations.none, lastEpoch: 1, classWeights: [0, 0] } as const; // nothing is learnt
  const whole = await trained({ ...settings, frozenPrefix: "none" });
  for (const frozenPrefix of ["libtorch-float32", "onnxruntime-float32"] as const) {
    assert.ok(largestDifference((await trained({ ...settings, frozenPrefix })).scores, whole.scores) <= 1e-5);
  }
});

test("without augmentation the frozen layers run once for each image, with the same result", async () => {
  const settings = { augmentation: augmentations.none, frozenPrefix: "libtorch-float32" } as const;
  const whole = await trained({ ...settings, frozenPrefix: "none" });
  const kept = await trained(settings);
  assert.deepEqual([whole.kept, kept.kept], [[], [4, 8, 12, 16, 20]], "in batches of 4, for two epochs");
  assert.ok(largestDifference(kept.losses, whole.losses) < 1e-4);
  assert.ok(largestDifference(kept.scores, whole.scores) < 1e-4);
});

test("what an augmentation from outside makes of images reaches the loss behind frozen layers, each epoch anew", async () => {
  let changed = 0;
  const times = (factor: number): AugmentationPart => ({
    description: `grey values times ${factor}`,
    stream: ["times"],
    apply(images) {
      changed += images.shape[0] as number;
      return ops.mulScalar(images, factor);
    },
  });
  const frozenPrefix = "libtorch-float32";
  const { kept } = await trained({ augmentation: { parts: [times(0.5)] }, frozenPrefix });
  assert.deepEqual([kept, changed], [[], base.lastEpoch * data.train.length]);
  const broken = { augmentation: { parts: [times(Number.NaN)] }, frozenPrefix } as const;
  await assert.rejects(trained(broken), hasCode("TRAINING_DIVERGED", "Received NaN"));
});

test("a resumed training ends with the weights of an uninterrupted one, on the engine it began with", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pneumoscope-prefix-"));
  after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "last.h5");
  const contract = {
    version: 1,
    model: "mobilenet",
    title: "MobileNet",
    protocol: "sound",
    imageSize: size,
    interpolation: "linear",
    scaling: unitScaling,
    classes: ["NORMAL", "PNEUMONIA"],
    threshold: { value: 0.5, policy: "0.5", chosenOn: null },
    weights: randomWeights,
    trainedOn: { dataset: "noise", images, sha256: "" },
  } as const;
  const whole = await trained({ frozenPrefix: "onnxruntime-float32" });
  const first = newLearner();
  await train(
    { ...first, average: null },
    data,
    { ...base, lastEpoch: 1, frozenPrefix: "onnxruntime-float32" },
    startTraining(1e-3),
    {
      emit: () => undefined,
      measure: () => ({ loss: 0, accuracy: 0, auc: 0.5, aucError: null }),
      save: (state) =>
        writeCheckpoint(
          { last: path, previous: join(folder, "previous.h5") },
          { ...first, average: null },
          state,
          contract,
        ),
      now: () => performance.now(),
    },
  );
  first.network.dispose();
  first.optimizer.dispose();
  const saved = await readCheckpoint(path);
  const second = newLearner(saved.weights);
  second.optimizer.restore(saved.optimizer);
  const resumed = await trained({ frozenPrefix: "libtorch-float32" }, { ...second, state: saved.state });
  assert.equal(resumed.state.prefix?.training, "onnxruntime-float32", "what it began with, whatever is asked now");
  assert.deepEqual(resumed.weights, whole.weights);
});

test("what computes the frozen part follows from network and precision alone", async () => {
  const choices = [
    ["mobilenet", "bfloat16", "libtorch-bfloat16"],
    ["mobilenet", "float32", "onnxruntime-float32"],
    ["mobilenetv2", "bfloat16", "onnxruntime-float32"], // few multiplications for each value
  ] as const;
  for (const [name, precision, training] of choices) {
    const { build, firstHeadLayer } = findModel(name);
    const frozen = withTrainablePart(build(), { kind: "head" }, firstHeadLayer);
    const network = new Network(frozen, initialWeights(frozen, 1));
    const prefix = await openFrozenPrefix(network, { engine: "fastest", chosen: null, precision });
    assert.deepEqual([prefix?.choice.training, prefix?.choice.scoring], [training, "onnxruntime-float32"], name);
    await prefix?.dispose();
    network.dispose();
  }
});

test("nothing is left behind: no tensor, no file", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "pneumoscope-scratch-"));
  const before = liveTensors();
  for (const frozenPrefix of ["libtorch-float32", "onnxruntime-float32"] as const) {
    await trained({ frozenPrefix });
    await trained({ frozenPrefix, augmentation: augmentations.none });
  }
  assert.equal(liveTensors(), before);
  const store = await FeatureStore.create(scratch);
  assert.deepEqual(readdirSync(scratch), []);
  await store.dispose();
  rmSync(scratch, { recursive: true });
  await assert.rejects(FeatureStore.create(scratch), hasCode("FILE_UNWRITABLE", "TMPDIR"));
});
