// .keras and .weights.h5 files by real Keras 3.15 (test/golden/keras-archive), and ours. That outputs equal Keras' is tested
// where they are computed, in src/training/keras-agreement.test.ts; what Keras makes of ours, by test/golden/make/keras_loads.py.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { unzipSync } from "fflate";
import { hasCode } from "../../../test/support/has-code.js";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { golden } from "../../../test/support/paths.js";
import { oneOfEachFamily, smallImageSize } from "../../../test/support/zoo-families.js";
import { inKerasOrder } from "../../model/keras-order.js";
import type { ModelGraph } from "../../model/model-graph.js";
import type { WeightMap } from "../../model/weights.js";
import { readKerasModel } from "../keras-h5/read-keras-model.js";
import { writeKerasModel } from "../keras-h5/write-keras-model.js";
import { loadPretrained } from "../load-pretrained.js";
import { parseModelFile, readModelFile } from "../read-model-file.js";
import { kerasArchiveBytes, writeKerasArchive, writeKerasWeights } from "./write-keras-archive.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-archive-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => golden("keras-archive", name);

function unpack(name: string): string {
  const into = join(folder, `${name}-unpacked`);
  for (const [member, bytes] of Object.entries(unzipSync(new Uint8Array(readFileSync(file(`${name}.keras`)))))) {
    mkdirSync(dirname(join(into, member)), { recursive: true });
    writeFileSync(join(into, member), bytes);
  }
  return into;
}

test("models inside models are opened, called twice they stand there twice, and weights are shared", async () => {
  const { graph, weights } = await readModelFile(file("nested.keras"));
  const reads = new Map(graph.nodes.map(({ name, inputs }) => [name, inputs.join(" ")]));
  assert.equal(graph.kind, "Functional");
  assert.equal(reads.get("tower_conv"), "conv");
  assert.equal(reads.get("shared_1"), "other");
  assert.equal(reads.get("shared_2"), "shared_1");
  assert.equal(reads.get("tower_1_conv"), "relu");
  assert.equal(reads.get("middle_1_end_batch_normalization"), "tower_1_add");
  for (const twin of ["shared_1", "shared_2", "tower_1_shared", "tower_1_shared_2"]) {
    assert.equal(weights.get(twin)?.get("kernel")?.data, weights.get("shared")?.get("kernel")?.data, twin);
  }
  assert.notDeepEqual(weights.get("tower_conv")?.get("bias"), weights.get("conv")?.get("bias"));
});

test("an archive, its bytes and the folder that it was unpacked into are one model", async () => {
  const packed = await readModelFile(file("sequential.keras"));
  const place = unpack("sequential");
  const unpacked = await readModelFile(place);
  const bytes = await parseModelFile("model", new Uint8Array(readFileSync(file("sequential.keras"))));
  assert.equal(unpacked.file, join(place, "config.json"));
  for (const other of [unpacked, bytes]) {
    assert.deepEqual(other.graph, packed.graph);
    assert.deepEqual(other.weights, packed.weights);
    assert.equal(other.contract, undefined);
  }
  // The file's name does not matter.
  const renamed = join(folder, "renamed.h5");
  writeFileSync(renamed, readFileSync(file("sequential.keras")));
  assert.deepEqual((await readModelFile(renamed)).weights, packed.weights);
});

test("additions of tensors are layers of ours and none of Keras'; what cuts whole samples is a Dropout", async () => {
  const { graph } = await readModelFile(file("convnext.keras"));
  const classes = new Map(graph.nodes.map(({ name, className }) => [name, className]));
  assert.deepEqual(
    ["add", "multiply", "maximum"].map((name) => classes.get(name)),
    ["Add", "Multiply", "Maximum"],
  );
  const depth = graph.nodes.find(({ name }) => name === "first_stochastic_depth");
  assert.deepEqual(depth?.config, { rate: 0.1, noiseShape: "samples" });
  const place = unpack("convnext");
  const config = join(place, "config.json");
  const text = readFileSync(config, "utf8");
  const refused: readonly (readonly [from: string, to: string, says: RegExp])[] = [
    ['"class_name": "Maximum"', '"class_name": "Subtract"', /"maximum" \(Subtract\).*only adding/],
    ['"projection_dim": 4', '"projection_dim": 5', /"first_layer_scale" \(LayerScale\).*5 channels/],
  ];
  for (const [from, to, says] of refused) {
    assert.ok(text.includes(from), from);
    writeFileSync(config, text.replace(from, to));
    await assert.rejects(readModelFile(place), says);
  }
});

test("constants of a Normalization layer are taken from its variables", async () => {
  const { graph } = await readModelFile(file("sequential.keras"));
  const found = graph.nodes.find((node) => node.className === "Normalization");
  assert.ok(found?.className === "Normalization" && found.config.mean.length === 3);
  assert.ok([...found.config.mean, ...found.config.variance].every((value) => value >= 0.125 && value <= 1));
});

/** By name, whatever the order. */
const sorted = (weights: WeightMap) => new Map([...weights].sort(([a], [b]) => (a < b ? -1 : 1)));

test("a model of every family comes back from a .keras and from a .weights.h5 file, with its contract", async () => {
  for (const entry of oneOfEachFamily) {
    const graph = entry.build({ imageSize: smallImageSize(entry) });
    const weights = livelyWeights(graph, 3);
    const path = join(folder, `${entry.id}.keras`);
    await writeKerasArchive(path, graph, weights, { contract: { version: 1 } });
    const model = await readModelFile(path);
    assert.deepEqual(model.graph, graph, entry.id);
    assert.deepEqual(sorted(model.weights), sorted(weights), entry.id);
    assert.deepEqual(model.contract, { version: 1 });
    const alone = join(folder, `${entry.id}.weights.h5`);
    await writeKerasWeights(alone, graph, weights);
    // What a .keras file is read with was seen above; the smallest model shows that weights are taken from it as well.
    for (const place of entry.id === "custom" ? [alone, path] : [alone]) {
      const { firstHeadLayer } = entry;
      const loaded = await loadPretrained({ graph, firstHeadLayer, place, seed: 1, fresh: [] });
      assert.deepEqual(loaded.weights, weights, place);
      assert.deepEqual(loaded.provenance.freshLayers, []);
    }
  }
});

test("the same model makes the same bytes, and layers stand in Keras' order, which its weights are found by", async () => {
  const { graph, weights } = await readModelFile(file("nested.keras"));
  const bytes = await kerasArchiveBytes(graph, weights, undefined, "model.keras");
  await new Promise((resolve) => setTimeout(resolve, 1100)); // HDF5's times are in seconds
  assert.deepEqual(await kerasArchiveBytes(graph, weights, undefined, "model.keras"), bytes);
  const again = await parseModelFile("model.keras", bytes);
  assert.deepEqual(again.graph.nodes, inKerasOrder(graph.nodes));
  assert.deepEqual(sorted(again.weights), sorted(weights));
});

test("names with a slash, which Keras 3 forbids, are written without", async () => {
  const { graph, weights } = await readKerasModel(golden("keras", "functional-keras2.h5"));
  const read = await parseModelFile("slash.keras", await kerasArchiveBytes(graph, weights, undefined, "slash.keras"));
  assert.deepEqual(read.weights.get("stem_conv"), weights.get("stem/conv"));
});

/** The golden Sequential with another head, as a model that takes its backbone. */
const withHead = (graph: ModelGraph, units: number): ModelGraph => ({
  ...graph,
  nodes: graph.nodes.map((node) =>
    node.className === "Dense" ? { ...node, name: "head", config: { ...node.config, units } } : node,
  ),
  output: "head",
});

test("a backbone's weights are taken from each kind of file; its own top stays unused", async () => {
  const whole = await readModelFile(file("sequential.keras"));
  const graph = withHead(whole.graph, 2);
  const titles = [];
  for (const place of [file("sequential.keras"), file("sequential.weights.h5"), unpack("sequential")]) {
    const options = { graph, firstHeadLayer: "head", place, seed: 1, fresh: [] };
    const { weights, provenance } = await loadPretrained(options);
    for (const layer of ["conv2d", "batch_normalization"]) {
      assert.deepEqual(weights.get(layer), whole.weights.get(layer), place);
    }
    assert.deepEqual([provenance.freshLayers, provenance.unusedLayers], [["head"], ["dense"]]);
    titles.push(/\((.*?)\):/.exec(provenance.source)?.[1]);
    assert.match(provenance.sha256, /^[0-9a-f]{64}$/);
    await assert.rejects(
      loadPretrained({ ...options, firstHeadLayer: null }),
      hasCode("WEIGHTS_MISMATCH", "layer dense is not in the model"),
    );
  }
  assert.deepEqual(titles, ['Keras 3.15.1 model "plain"', 'Keras 3 weights of "plain"', 'Keras 3.15.1 model "plain"']);
});

test("weights in Keras 3's layout without names, by Keras 2, are found by their place", async () => {
  for (const version of [2, 3]) {
    const { graph, weights } = await readKerasModel(golden("keras", `functional-keras${version}.h5`));
    const place = golden("keras", `v3-layout-keras${version}.weights.h5`);
    const loaded = await loadPretrained({ graph, firstHeadLayer: null, place, seed: 1, fresh: [] });
    assert.deepEqual(sorted(loaded.weights), sorted(weights));
  }
});

test("a model inside the model is a backbone too", async () => {
  const { graph, weights } = await readKerasModel(golden("keras-pretrained", "nested-keras3.h5"));
  const place = join(folder, "flat.h5");
  await writeKerasModel(place, graph, weights);
  const { graph: flat } = await readKerasModel(place);
  assert.deepEqual(
    flat.nodes.map(({ className }) => className),
    graph.nodes.map(({ className }) => className),
  );
});
