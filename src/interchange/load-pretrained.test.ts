// Pretrained weights from real files: the ImageNet MobileNet of the TensorFlow.js models, less one kernel, and the small
// backbones that test/golden/make/keras_pretrained.py saves with Keras 2 and 3.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { golden, realData, withoutRealData } from "../../test/support/paths.js";
import { initialWeights } from "../model/initial-weights.js";
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { weightSpecsOf } from "../model/shapes.js";
import { findModel, zoo } from "../model/zoo/registry.js";
import { readKerasModel } from "./keras-h5/read-keras-model.js";
import { writeKerasModel } from "./keras-h5/write-keras-model.js";
import { type LoadPretrained, loadPretrained } from "./load-pretrained.js";
import { readModelFile } from "./read-model-file.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-pretrained-"));
after(() => rmSync(folder, { recursive: true }));

const mobileNet = realData("mobilenet_v1_1.0_224_tfjs");
const skip = withoutRealData("mobilenet_v1_1.0_224_tfjs");
const file = (name: string): string => golden("keras-pretrained", `${name}.h5`);

/** A backbone with a head of ours: pooling and one sigmoid. */
function withHead(backbone: ModelGraph): ModelGraph {
  const pooling: LayerNode = {
    className: "GlobalAveragePooling2D",
    config: { keepdims: false },
    name: "pooling",
    inputs: [backbone.output],
    trainable: true,
  };
  const score: LayerNode = {
    className: "Dense",
    config: { units: 1, activation: "sigmoid", useBias: true },
    name: "predictions",
    inputs: ["pooling"],
    trainable: true,
  };
  return { ...backbone, nodes: [...backbone.nodes, pooling, score], output: "predictions" };
}

test("the real MobileNet loads with its missing layer named as fresh", { skip }, async () => {
  const { firstHeadLayer, build } = findModel("mobilenet");
  const graph = build();
  const options = { graph, firstHeadLayer, place: mobileNet, seed: 5 };
  await assert.rejects(
    loadPretrained({ ...options, fresh: [] }),
    hasCode(
      "MODEL_FILE_INVALID",
      'shard "group37-shard1of1" with conv_pw_13/kernel should lie beside it and is missing',
    ),
  );
  const { weights, provenance } = await loadPretrained({ ...options, fresh: ["conv_pw_13"] });
  assert.deepEqual([...weights.keys()], [...weightSpecsOf(graph).keys()]);
  assert.deepEqual(provenance.freshLayers, ["conv_pw_13", "dense", "dense_1"]);
  assert.deepEqual(provenance.unusedLayers, ["conv_pw_13", "conv_preds"]);
  assert.equal(provenance.loadedLayers.length, 53);
  assert.equal(provenance.file, `${mobileNet}/model.json`);
  assert.equal(
    provenance.source,
    'model.json (TensorFlow.js model "mobilenet_1.00_224", Keras 2.1.4): 53 of 56 layers with weights loaded; ' +
      "fresh: conv_pw_13, dense, dense_1; not used of the file: conv_pw_13, conv_preds",
  );
  const fresh = initialWeights(graph, 5);
  for (const layer of provenance.freshLayers) assert.deepEqual(weights.get(layer), fresh.get(layer));
  // The shard holds this one kernel and nothing else.
  const stored = readFileSync(`${mobileNet}/group1-shard1of1`);
  assert.deepEqual(
    weights.get("conv1")?.get("kernel")?.data,
    new Float32Array(stored.buffer, stored.byteOffset, stored.length / 4),
  );
});

test("another alpha, another model: the error says which it is", { skip }, async () => {
  const { firstHeadLayer, build } = findModel("mobilenet");
  const load = (graph: ModelGraph, first: string | null) =>
    loadPretrained({ graph, firstHeadLayer: first, place: mobileNet, seed: 1, fresh: [] });
  await assert.rejects(
    load(build({ alpha: 0.5 }), firstHeadLayer),
    hasCode("WEIGHTS_MISMATCH", "Its layers are 2 times as wide: another alpha."),
  );
  const dense = findModel("densenet121");
  await assert.rejects(
    load(dense.build(), dense.firstHeadLayer),
    hasCode("WEIGHTS_MISMATCH", "It is another model: 1 of 241 layers have these names."),
  );
});

test("weights by Keras 2, with and without a top, load into the network as Keras 3 names it", async () => {
  const backbone = await readKerasModel(file("densenet-keras3"));
  const graph = withHead(backbone.graph);
  const load = (name: string) =>
    loadPretrained({ graph, firstHeadLayer: "pooling", place: file(name), seed: 2, fresh: [] });
  for (const name of ["densenet-weights-keras2", "densenet-top-weights-keras2", "densenet-keras3"]) {
    const { weights, provenance } = await load(name);
    for (const [layer, tensors] of backbone.weights) assert.deepEqual(weights.get(layer), tensors, `${name}: ${layer}`);
    assert.deepEqual(provenance.freshLayers, ["predictions"], name);
    // The file's own top has our head's name, and seven classes.
    assert.deepEqual(provenance.unusedLayers, name.includes("top") ? ["predictions"] : [], name);
    assert.equal(
      provenance.sha256,
      createHash("sha256")
        .update(readFileSync(file(name)))
        .digest("hex"),
    );
  }
  assert.match((await load("densenet-weights-keras2")).provenance.source, /\(Keras 2\.\d+\.\d+ weights\)/);
});

test("a backbone inside another model is found, as transfer learning in Keras saves it", async () => {
  const { graph, weights } = await readKerasModel(file("whole-keras3"));
  const first = "global_average_pooling2d";
  for (const name of ["nested-keras2.h5", "nested-keras3.h5", "nested.keras"]) {
    const place = golden("keras-pretrained", name);
    const loaded = await loadPretrained({ graph, firstHeadLayer: first, place, seed: 2, fresh: [] });
    for (const layer of ["conv1", "conv1_bn", "conv_dw_1", "conv_dw_1_bn"]) {
      assert.deepEqual(loaded.weights.get(layer), weights.get(layer), `${name}: ${layer}`);
    }
    assert.deepEqual(loaded.provenance.freshLayers, ["dense", "dense_1"]);
    assert.deepEqual(loaded.provenance.unusedLayers, ["dense"]);
  }
});

test("a whole model comes with its head; one with another number of classes is refused until its layer is fresh", async () => {
  const { graph, weights } = await readKerasModel(file("whole-keras2"));
  const options: LoadPretrained = {
    graph,
    firstHeadLayer: "global_average_pooling2d",
    place: file("whole-keras2"),
    seed: 2,
    fresh: [],
  };
  const { provenance, weights: loaded } = await loadPretrained(options);
  assert.deepEqual(loaded, weights);
  assert.deepEqual([provenance.freshLayers, provenance.unusedLayers], [[], []]);
  const nodes = graph.nodes.map((node) =>
    node.name === "dense_1" && node.className === "Dense" ? { ...node, config: { ...node.config, units: 3 } } : node,
  );
  const three = { ...graph, nodes };
  await assert.rejects(
    loadPretrained({ ...options, graph: three }),
    hasCode("WEIGHTS_MISMATCH", "dense_1/kernel should be [2, 3], is [2, 1]"),
  );
  const partly = await loadPretrained({ ...options, graph: three, fresh: ["dense_1"] });
  assert.deepEqual(partly.provenance.freshLayers, ["dense_1"]);
  assert.deepEqual(partly.weights.get("dense"), weights.get("dense"));
});

test("a run folder means its best weights; every registered model of ours starts again from its own file", async () => {
  for (const entry of zoo.filter(({ id }) => id === "custom" || id === "mobilenet")) {
    const graph = entry.build({ imageSize: 64 });
    const weights = initialWeights(graph, 9);
    const run = join(folder, entry.id);
    mkdirSync(join(run, "weights"), { recursive: true });
    await writeKerasModel(join(run, "weights", "best.h5"), graph, weights, { json: { contract: { version: 1 } } });
    const { firstHeadLayer } = entry;
    const loaded = await loadPretrained({ graph, firstHeadLayer, place: run, seed: 1, fresh: [] });
    assert.deepEqual(loaded.weights, weights);
    assert.deepEqual(loaded.provenance.freshLayers, []);
    const read = await readModelFile(run);
    assert.deepEqual([read.file, read.contract], [join(run, "weights", "best.h5"), { version: 1 }]);
    // The same file does for another image size, if the layers' shapes do not depend on it.
    const larger = entry.build({ imageSize: 96 });
    const load = loadPretrained({ graph: larger, firstHeadLayer, place: run, seed: 1, fresh: [] });
    if (entry.id === "mobilenet") assert.deepEqual((await load).weights, weights);
    else await assert.rejects(load, hasCode("WEIGHTS_MISMATCH", "dense/kernel should be [1152, 128], is [512, 128]"));
  }
});

test("what is not there is said to be missing", async () => {
  const { graph } = await readKerasModel(file("whole-keras2"));
  const absent = "there is no such file";
  const places = {
    [join(folder, "none.h5")]: absent,
    [join(folder, "none.json")]: absent,
    [folder]: "should hold a model",
  };
  for (const [place, words] of Object.entries(places)) {
    await assert.rejects(
      loadPretrained({ graph, firstHeadLayer: null, place, seed: 1, fresh: [] }),
      hasCode("FILE_MISSING", words),
    );
  }
});
