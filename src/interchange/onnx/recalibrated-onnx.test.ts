import assert from "node:assert/strict";
import { test } from "node:test";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { sampleContract } from "../../../test/support/sample-contract.js";
import { Random } from "../../core/random.js";
import { recalibrated } from "../../evaluation/recalibration/fit-recalibration.js";
import { openOnnx } from "../../inference/open-model.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { withChecksum } from "./onnx-checksum.js";
import { readOnnxContract } from "./read-onnx-contract.js";
import { recalibratedOnnx } from "./recalibrated-onnx.js";
import { writeEnsembleModel } from "./write-ensemble-model.js";
import { writeInferenceModel } from "./write-inference-model.js";

const imageSize = 32;
const graph = customCnn({ imageSize });
const weights = livelyWeights(graph, 1);
const random = Random.of("recalibrated");
const images = Uint8Array.from({ length: 6 * imageSize ** 2 }, () => random.integer(256));

async function run(bytes: Uint8Array) {
  const model = await openOnnx({ file: "m.onnx", bytes: bytes.slice(), hasContract: true }, { threads: 1 });
  return model.run(images).finally(() => model.dispose());
}

/** The last layer so large that every score is 0 or 1. */
const sure = new Map(
  [...weights].map(([name, own]) => [
    name,
    name === "dense_2"
      ? new Map([...own].map(([part, { shape, data }]) => [part, { shape, data: data.map((v) => 1e4 * v) }]))
      : own,
  ]),
);
const contract = sampleContract({ imageSize });
const scaling = contract.scaling;
const files = {
  "a model": writeInferenceModel(graph, weights, contract),
  "a model in int8": writeInferenceModel(graph, weights, { ...contract, precision: "int8" }),
  "a model that is sure of everything": writeInferenceModel(graph, sure, contract, { madeFrom: "0".repeat(64) }),
  "an ensemble": writeEnsembleModel(
    [1, 2].map((seed) => ({ graph, weights: livelyWeights(graph, seed), scaling })),
    contract,
  ),
};

for (const [name, bytes] of Object.entries(files)) {
  test(`${name}: scores move by the line, as they do where it is fitted; heat maps do not`, async () => {
    const before = await run(await withChecksum(bytes));
    if (name.includes("sure")) assert.ok(before.scores.every((score) => score === 0 || score === 1));
    for (const line of [
      { intercept: -2.5, slope: 1 },
      { intercept: 1.25, slope: 0.6 },
    ]) {
      const moved = recalibratedOnnx(await withChecksum(bytes), line, { ...contract, title: "Moved" });
      const read = readOnnxContract(moved, "m.onnx");
      assert.deepEqual([read.contract.title, read.madeFrom], ["Moved", null]);
      const after = await run(await withChecksum(moved));
      for (const [i, score] of before.scores.entries()) {
        const expected = recalibrated({ label: 0, score }, line).score;
        assert.ok(Math.abs((after.scores[i] as number) - expected) < 2e-6, `${after.scores[i]}, ${expected} expected`);
      }
      assert.deepEqual(after.heatMaps, before.heatMaps);
    }
  });
}

test("where scores need no change, the contract alone is another one", async () => {
  const bytes = files["a model"];
  const moved = recalibratedOnnx(await withChecksum(bytes), { intercept: 0, slope: 1 }, { ...contract, title: "Same" });
  assert.equal(readOnnxContract(moved, "m.onnx").contract.title, "Same");
  assert.deepEqual((await run(moved)).scores, (await run(bytes)).scores);
});
