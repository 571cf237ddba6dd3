// Against real Keras files: those under test/golden/keras were saved by tf.keras 2.15 and Keras 3.15. What Keras makes
// of our files is checked by test/golden/make/keras_loads.py, which needs TensorFlow.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { kerasGoldenModels, readKerasGolden } from "../../../test/support/keras-golden.js";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { golden, realData, withoutRealData } from "../../../test/support/paths.js";
import { oneOfEachFamily, smallImageSize } from "../../../test/support/zoo-families.js";
import { AppError } from "../../core/errors.js";
import { initialWeights } from "../../model/initial-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { inferShapes } from "../../model/shapes.js";
import { parameterCounts, summaryText } from "../../model/summary.js";
import { zoo } from "../../model/zoo/registry.js";
import { readKerasModel, readKerasPretrained } from "./read-keras-model.js";
import { writeKerasModel } from "./write-keras-model.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-keras-"));
after(() => rmSync(folder, { recursive: true }));

for (const name of kerasGoldenModels) {
  test(`${name}.h5: every weight as Keras has it, shapes as Keras computes them, the same after writing`, async () => {
    const { path, input, output, weights } = readKerasGolden(name);
    const model = await readKerasModel(path);
    const values = [...weights].map(([layer, ofLayer]) => {
      const spelled = [...ofLayer].map(([weight, tensor]) => {
        const isDepthwise = layer.startsWith("depthwise") && weight === "kernel"; // Keras 3's name for it
        return [isDepthwise ? "depthwise_kernel" : weight, tensor] as const;
      });
      return [layer, new Map(spelled)] as const;
    });
    assert.deepEqual(model.weights, new Map(values));
    const shapes = inferShapes(model.graph);
    assert.deepEqual(shapes.get(model.graph.nodes[0]?.name ?? ""), input.shape.slice(1));
    assert.deepEqual(shapes.get(model.graph.output), output.shape.slice(1));
    const copy = join(folder, `${name}.h5`);
    await writeKerasModel(copy, model.graph, model.weights);
    const again = await readKerasModel(copy);
    assert.deepEqual(again.graph, model.graph);
    assert.deepEqual(again.weights, model.weights);
  });
}

test("what the two Kerases save of one model is one graph", async () => {
  const withoutNames = (graph: ModelGraph) =>
    graph.nodes.map((node) => ({ ...node, name: "", inputs: node.inputs.length }));
  for (const name of ["sequential", "functional", "frozen", "prepared"]) {
    const [two, three] = await Promise.all(
      [2, 3].map((version) => readKerasModel(golden("keras", `${name}-keras${version}.h5`))),
    );
    assert.ok(two !== undefined && three !== undefined);
    assert.deepEqual(withoutNames(three.graph), withoutNames(two.graph), name);
  }
});

test("the summaries of files that were read are Keras' own", async () => {
  for (const name of ["functional", "frozen"]) {
    const { graph } = await readKerasModel(golden("keras", `${name}-keras2.h5`));
    assert.equal(summaryText(graph), readFileSync(golden("keras", `summary-${name}.txt`), "utf8"), name);
  }
});

test("weights alone are read for a known model, and for no other", async () => {
  const { graph, weights } = await readKerasModel(golden("keras", "functional-keras2.h5"));
  const read = async (model: ModelGraph, ...parts: string[]) =>
    (await readKerasPretrained(golden("keras", ...parts), { graph: model, firstHeadLayer: null, fresh: [] })).weights;
  assert.deepEqual(await read(graph, "weights-only-keras2.h5"), weights);
  assert.deepEqual(await read(graph, "functional-keras2.h5"), weights);
  const other = await readKerasModel(golden("keras", "frozen-keras2.h5"));
  await assert.rejects(
    read(other.graph, "weights-only-keras2.h5"),
    (error: unknown) =>
      error instanceof AppError &&
      error.code === "WEIGHTS_MISMATCH" &&
      /conv2d\/kernel should be \[3, 3, 1, 2\], is \[1, 1, 4, 4\]/.test(error.message) &&
      /layer stem\/conv is not in the model/.test(error.message) &&
      /batch_normalization\/gamma \[2\] is missing/.test(error.message) &&
      /and \d+ more/.test(error.message),
  );
  assert.deepEqual(await read(graph, "v3-layout-keras2.weights.h5"), weights);
});

test("a normalization that was adapted to other data is not that of the model", async () => {
  const path = golden("keras", "prepared-keras3.h5");
  const { graph, weights } = await readKerasModel(path);
  const request = { graph, firstHeadLayer: null, fresh: [] };
  assert.deepEqual((await readKerasPretrained(path, request)).weights, weights);
  const others = graph.nodes.map((node) =>
    node.className === "Normalization" ? { ...node, config: { ...node.config, mean: [0.5, 0.5, 0.5] } } : node,
  );
  await assert.rejects(
    readKerasPretrained(path, { ...request, graph: { ...graph, nodes: others } }),
    (error: unknown) =>
      error instanceof AppError &&
      error.code === "WEIGHTS_MISMATCH" &&
      /layer "normalization": mean should be \[0.5,0.5,0.5\]/.test(error.message),
  );
});

test("a model of every family comes back from its file, with our own state beside it", async () => {
  for (const entry of oneOfEachFamily) {
    const graph = entry.build({ imageSize: smallImageSize(entry) });
    const weights = livelyWeights(graph, 3);
    const path = join(folder, `${entry.id}.h5`);
    const tensors = new Map([
      ["adam/m/conv2d/kernel:0", { shape: [2, 1, 3], data: Float32Array.of(1, -2, 3e-30, 4, Number.NaN, -0) }],
      ["scalar", { shape: [], data: Float32Array.of(7) }],
      ["", { shape: [0], data: new Float32Array(0) }],
    ]);
    const json = { epoch: 4, note: "naïve \u{1fac1}\u0000", history: Array.from({ length: 20_000 }, (_, i) => i / 7) };
    await writeKerasModel(path, graph, weights, { json, tensors });
    const model = await readKerasModel(path);
    assert.deepEqual(model.graph, graph, entry.id);
    assert.deepEqual(model.weights, weights, entry.id);
    assert.deepEqual(model.own, { json, tensors });
  }
});

test("a model without state of ours comes back without", async () => {
  const graph = zoo[0]?.build({ imageSize: 16 }) as ModelGraph;
  const path = join(folder, "bare.h5");
  await writeKerasModel(path, graph, livelyWeights(graph, 3));
  assert.deepEqual((await readKerasModel(path)).own, { tensors: new Map() });
});

test("name lists longer than one attribute are split as Keras splits them", async () => {
  const count = 1500;
  const long = "a_layer_with_a_name_of_some_length_as_automatic_names_of_deep_networks_tend_to_be";
  const nodes: ModelGraph["nodes"][number][] = [
    { className: "InputLayer", config: { shape: [1, 1, 1] }, name: "in", inputs: [], trainable: true },
  ];
  for (let i = 0; i < count; i++) {
    const inputs = [nodes.at(-1)?.name ?? ""];
    nodes.push({ className: "ReLU", config: { maxValue: null }, name: `${long}_${i}`, inputs, trainable: true });
  }
  const graph: ModelGraph = { name: "deep", kind: "Functional", nodes, output: nodes.at(-1)?.name ?? "" };
  const path = join(folder, "deep.h5");
  await writeKerasModel(path, graph, new Map());
  assert.deepEqual((await readKerasModel(path)).graph, graph);
});

test("a file that cannot be written is an error, and the old one stays", async () => {
  const graph = zoo[0]?.build({ imageSize: 16 }) as ModelGraph;
  const weights = initialWeights(graph, 1);
  const inside = join(folder, "locked");
  mkdirSync(inside);
  const path = join(inside, "model.h5");
  await writeKerasModel(path, graph, weights);
  await assert.rejects(
    writeKerasModel(join(path, "below-a-file.h5"), graph, weights),
    (error: unknown) => error instanceof AppError && error.code === "FILE_UNWRITABLE",
  );
  if (process.getuid?.() !== 0) {
    chmodSync(inside, 0o500);
    await assert.rejects(
      writeKerasModel(path, graph, initialWeights(graph, 2)),
      (error: unknown) => error instanceof AppError && error.code === "FILE_UNWRITABLE",
    );
    chmodSync(inside, 0o700);
  }
  assert.deepEqual(readdirSync(inside), ["model.h5"]);
  assert.deepEqual((await readKerasModel(path)).weights, weights);
  await assert.rejects(
    writeKerasModel(path, graph, new Map([...weights].slice(1))),
    (error: unknown) => error instanceof AppError && error.code === "WEIGHTS_MISMATCH",
  );
});

const samples = JSON.parse(readFileSync(golden("keras", "samples.json"), "utf8")) as Record<
  string,
  { readonly parameters: number }
>;

for (const [file, { parameters }] of Object.entries(samples)) {
  test(`${file}, a real model by others, loads`, { skip: withoutRealData("keras_samples") }, async () => {
    const { graph, weights } = await readKerasModel(realData("keras_samples", file));
    const stored = [...weights.values()].flatMap((layer) => [...layer.values()]);
    assert.equal(parameterCounts(graph).total, parameters);
    assert.equal(
      stored.reduce((sum, tensor) => sum + tensor.data.length, 0),
      parameters,
    );
    assert.ok(stored.every((tensor) => tensor.data.every(Number.isFinite)));
  });
}
