// Against real TensorFlow.js: test/golden/tfjs holds a model it saved, weights it dequantized, and the digests of exports
// that it loaded with equal predictions (test/golden/make/tfjs-models.js). What our engine computes for the saved model is
// compared in src/training/tfjs-agreement.test.ts.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { kerasGoldenModels } from "../../../test/support/keras-golden.js";
import { golden } from "../../../test/support/paths.js";
import { oneOfEachFamily, smallImageSize } from "../../../test/support/zoo-families.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { inferShapes, product, weightSpecsOf } from "../../model/shapes.js";
import type { WeightMap } from "../../model/weights.js";
import { convNeXtTinyEntry } from "../../model/zoo/convnext.js";
import { readKerasModel } from "../keras-h5/read-keras-model.js";
import { readTfjsModel } from "./read-tfjs-model.js";
import { parseManifest } from "./tfjs-manifest.js";
import { weightValues } from "./tfjs-shards.js";
import { writeTfjsModel } from "./write-tfjs-model.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-tfjs-"));
after(() => rmSync(folder, { recursive: true }));

const evidence = JSON.parse(readFileSync(golden("tfjs", "loads.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, { readonly modelJson: string; readonly weights: string }>>;
};

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** They hold layers that TensorFlow.js does not have. */
const refused: Readonly<Record<string, RegExp>> = {
  "dilated-keras3": /"conv2d_1" \(Conv2D\).*in groups/,
  "augmented-keras3": /"resizing" \(Resizing\)/,
  "resized-keras3": /"resizing_2" \(Resizing\)/,
  "normalized-keras3": /"group_normalization" \(GroupNormalization\)/,
  "imagewise-keras3": /"conv2d" \(Conv2D\).*activation "hard_tanh"/,
  "rectified-keras3": /"elu" \(ELU\)/,
  "activated-keras3": /"activation_\d+" \(Activation\).*activation "celu"/,
};

for (const [name, says] of Object.entries(refused)) {
  test(`${name}: is refused as what TensorFlow.js could not load`, async () => {
    const { graph, weights } = await readKerasModel(golden("keras", `${name}.h5`));
    await assert.rejects(writeTfjsModel(join(folder, name), graph, weights), says);
  });
}

for (const name of kerasGoldenModels.filter((one) => refused[one] === undefined)) {
  test(`${name}: the export is the one TensorFlow.js computed the same with, and is read back equal`, async () => {
    const { graph, weights } = await readKerasModel(golden("keras", `${name}.h5`));
    const out = join(folder, name);
    await writeTfjsModel(out, graph, weights);
    assert.equal(sha256(join(out, "model.json")), evidence.exports[name]?.modelJson);
    assert.equal(sha256(join(out, "group1-shard1of1.bin")), evidence.exports[name]?.weights);
    const again = await readTfjsModel(join(out, "model.json"));
    assert.deepEqual(again.weights, weights);
    assert.deepEqual(inferShapes(again.graph).get(again.graph.output), inferShapes(graph).get(graph.output));
  });
}

test("convnexttiny: is refused as what TensorFlow.js could not load", async () => {
  const graph = convNeXtTinyEntry.build({ imageSize: 64 });
  await assert.rejects(writeTfjsModel(join(folder, "convnexttiny"), graph, zeroWeights(graph)), /Conv2D\).*in groups/);
});

for (const entry of oneOfEachFamily.filter(({ id }) => id !== "convnexttiny")) {
  test(`${entry.id}: the exported topology is the one TensorFlow.js loaded`, async () => {
    const graph = entry.build({ imageSize: smallImageSize(entry) });
    const out = join(folder, entry.id);
    await writeTfjsModel(out, graph, zeroWeights(graph));
    assert.equal(sha256(join(out, "model.json")), evidence.exports[entry.id]?.modelJson);
    const again = await readTfjsModel(join(out, "model.json"));
    const layers = ({ nodes }: ModelGraph) => nodes.map((node) => [node.name, ...node.inputs]);
    assert.deepEqual(layers(again.graph), layers(graph));
    assert.deepEqual(inferShapes(again.graph), inferShapes(graph));
    rmSync(out, { recursive: true });
  });
}

function zeroWeights(graph: ModelGraph): WeightMap {
  const layers = [...weightSpecsOf(graph)].map(([layer, specs]) => {
    const tensors = specs.map(({ name, shape }) => [name, { shape, data: new Float32Array(product(shape)) }] as const);
    return [layer, new Map(tensors)] as const;
  });
  return new Map(layers);
}

test("a model that TensorFlow.js saved is read, its own spelling of the topology included", async () => {
  const { graph, weights } = await readTfjsModel(golden("tfjs", "by-tfjs", "model.json"));
  assert.equal(graph.name, "by_tfjs");
  assert.deepEqual(
    graph.nodes.map((node) => node.className),
    ["InputLayer", "Conv2D", "BatchNormalization", "DepthwiseConv2D", "ReLU", "GlobalAveragePooling2D", "Dense"],
  );
  const stored = readFileSync(golden("tfjs", "by-tfjs", "weights.bin"));
  const [first] = weights.get("conv2d_Conv2D1")?.get("kernel")?.data ?? [];
  assert.equal(first, stored.readFloatLE(0));
});

test("weights in fewer bits become the values that TensorFlow.js takes them for", () => {
  const { specs, stored, values } = JSON.parse(readFileSync(golden("tfjs", "quantized.json"), "utf8"));
  const [group] = parseManifest([{ paths: ["a"], weights: specs }], "model.json");
  const bytes = new Uint8Array(Buffer.from(stored, "base64"));
  assert.equal(group?.bytes, bytes.length);
  for (const weight of group?.weights ?? []) {
    const expected = Buffer.from(values[weight.name].base64, "base64");
    const { data, shape } = weightValues(bytes, weight);
    assert.deepEqual(shape, values[weight.name].shape);
    for (const [i, value] of data.entries()) {
      // TensorFlow.js multiplies in double precision, too: no difference is allowed.
      assert.equal(value, expected.readFloatLE(4 * i), `${weight.name}[${i}]`);
    }
  }
});

test("large weights are cut into shards of 4 MiB, metadata comes back, and nothing half-written stays", async () => {
  const nodes: ModelGraph["nodes"] = [
    { className: "InputLayer", config: { shape: [1, 1, 1500] }, name: "in", inputs: [], trainable: true },
    { className: "Flatten", config: {}, name: "flat", inputs: ["in"], trainable: true },
    {
      className: "Dense",
      config: { units: 1500, activation: "linear", useBias: true },
      name: "dense",
      inputs: ["flat"],
      trainable: false,
    },
  ];
  const graph: ModelGraph = { name: "large", kind: "Functional", nodes, output: "dense" };
  const kernel = { shape: [1500, 1500], data: new Float32Array(1500 * 1500).map((_, i) => i / 7) };
  const weights = new Map([
    [
      "dense",
      new Map([
        ["kernel", kernel],
        ["bias", { shape: [1500], data: new Float32Array(1500).fill(-1) }],
      ]),
    ],
  ]);
  const out = join(folder, "large");
  mkdirSync(out);
  await writeTfjsModel(out, graph, weights, { pneumoscope: { note: "naïve" } });
  assert.deepEqual(readdirSync(out).sort(), [
    "group1-shard1of3.bin",
    "group1-shard2of3.bin",
    "group1-shard3of3.bin",
    "model.json",
  ]);
  const again = await readTfjsModel(join(out, "model.json"));
  assert.deepEqual(again.weights, weights);
  assert.deepEqual(again.metadata, { pneumoscope: { note: "naïve" } });
  assert.deepEqual(again.graph, graph);
  await assert.rejects(writeTfjsModel(out, graph, weights), /must be new or empty/);
  writeFileSync(join(folder, "a-file"), "");
  await assert.rejects(writeTfjsModel(join(folder, "a-file", "below"), graph, weights), /cannot be written/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
});
