// Pretrained weights from real files: the ImageNet MobileNet of the TensorFlow.js models, less one kernel, and files by
// real Keras.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { realData, withoutRealData } from "../../test/support/paths.js";
import { initialWeights } from "../model/initial-weights.js";
import { weightSpecsOf } from "../model/shapes.js";
import { findModel } from "../model/zoo/registry.js";
import { loadPretrained } from "./load-pretrained.js";

const mobileNet = realData("mobilenet_v1_1.0_224_tfjs");
const skip = withoutRealData("mobilenet_v1_1.0_224_tfjs");

test("the real MobileNet loads with its missing layer named as fresh", { skip }, async () => {
  const { firstHeadLayer, build } = findModel("mobilenet");
  const graph = build();
  const options = { graph, firstHeadLayer, place: mobileNet, seed: 5 };
  await assert.rejects(
    loadPretrained({ ...options, fresh: [] }),
    hasCode("MODEL_FILE_INVALID", 'shard "group37-shard1of1" with conv_pw_13/kernel lies beside it: it is missing'),
  );
  const { weights, provenance } = await loadPretrained({ ...options, fresh: ["conv_pw_13"] });
  assert.deepEqual([...weights.keys()], [...weightSpecsOf(graph).keys()]);
  assert.deepEqual(provenance.freshLayers, ["conv_pw_13", "dense", "dense_1"]);
  assert.deepEqual(provenance.unusedLayers, ["conv_pw_13", "conv_preds"]);
  assert.equal(provenance.loadedLayers.length, 53);
  assert.equal(provenance.file, `${mobileNet}/model.json`);
  assert.match(provenance.sha256, /^[0-9a-f]{64}$/);
  const fresh = initialWeights(graph, 5);
  for (const layer of provenance.freshLayers) assert.deepEqual(weights.get(layer), fresh.get(layer));
  // The shard holds this one kernel and nothing else.
  const stored = readFileSync(`${mobileNet}/group1-shard1of1`);
  assert.deepEqual(
    weights.get("conv1")?.get("kernel")?.data,
    new Float32Array(stored.buffer, stored.byteOffset, stored.length / 4),
  );
});
