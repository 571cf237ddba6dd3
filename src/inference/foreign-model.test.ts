// Models by others: which class each output is, what pixels are scaled to, and that the score is what the file computes.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { Random } from "../core/random.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import { writeTfjsModel } from "../interchange/tfjs-layers/write-tfjs-model.js";
import type { Activation, LayerSpec } from "../model/layers.js";
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { inArena } from "../tensor/arena.js";
import { Tensor } from "../tensor/tensor.js";
import { Network } from "../training/network.js";
import { type OpenModelOptions, openModel } from "./open-model.js";
import { scalingOf } from "./pixel-range.js";
import { orderOfLabels } from "./score-meaning.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-foreign-"));
after(() => rmSync(folder, { recursive: true }));

const size = 12;
const images = (() => {
  const random = Random.of("foreign");
  return Uint8Array.from({ length: 3 * size * size }, () => Math.floor(random.uniform(0, 256)));
})();

const conv: LayerSpec = {
  className: "Conv2D",
  config: { filters: 4, kernelSize: [3, 3], strides: [1, 1], padding: "same", activation: "relu", useBias: true },
};
const pool: LayerSpec = { className: "GlobalAveragePooling2D", config: { keepdims: false } };
const dense = (units: number, activation: Activation): LayerSpec => ({
  className: "Dense",
  config: { units, activation, useBias: true },
});
const softmax: LayerSpec = { className: "Activation", config: { activation: "softmax" } };
const rescaling = (scale: number, offset: number): LayerSpec => ({ className: "Rescaling", config: { scale, offset } });

function chain(channels: number, ...layers: LayerSpec[]): ModelGraph {
  const nodes: LayerNode[] = [
    { className: "InputLayer", config: { shape: [size, size, channels] }, name: "in", inputs: [], trainable: true },
  ];
  for (const [i, layer] of layers.entries()) {
    nodes.push({ ...layer, name: `l${i}`, inputs: [nodes.at(-1)?.name ?? ""], trainable: true });
  }
  return { name: "foreign", kind: "Sequential", nodes, output: nodes.at(-1)?.name ?? "" };
}

let written = 0;
async function fileOf(graph: ModelGraph): Promise<string> {
  const file = join(folder, `${written++}.h5`);
  await writeKerasModel(file, graph, livelyWeights(graph, 8));
  return file;
}

async function scoresOf(place: string, options: OpenModelOptions = {}) {
  const model = await openModel(place, { threads: 1, ...options });
  const output = await model.run(images).finally(() => model.dispose());
  return { ...output, assumed: model.assumed, contract: model.contract };
}

/** What the training engine computes of output `unit` with that scaling. */
function engineScores(graph: ModelGraph, unit: number, pixels: keyof typeof scalingOf): number[] {
  const [first] = graph.nodes;
  assert.ok(first?.className === "InputLayer");
  const channels = first.config.shape[2];
  const { multiply, add } = scalingOf[pixels];
  const area = size * size;
  const data = Float32Array.from({ length: 3 * channels * area }, (_, i) => {
    const channel = Math.floor(i / area) % channels;
    const grey = images[Math.floor(i / area / channels) * area + (i % area)] as number;
    return grey * (multiply[channel] as number) + (add[channel] as number);
  });
  const network = new Network(graph, livelyWeights(graph, 8));
  const all = inArena(() => network.predict(Tensor.fromArray(data, [3, channels, size, size])));
  network.dispose();
  const units = all.length / 3;
  return [...all].filter((_, i) => i % units === unit);
}

const near = (found: Iterable<number>, expected: readonly number[]) => {
  const values = [...found];
  assert.equal(values.length, expected.length);
  assert.ok(new Set(expected).size > 1);
  for (const [i, value] of values.entries()) {
    assert.ok(Math.abs(value - (expected[i] ?? Number.NaN)) <= 1e-5, `${values} and ${expected}`);
  }
};

for (const [title, ends] of [
  ["softmax inside the last layer", [dense(2, "softmax")]],
  ["softmax by itself", [dense(2, "linear"), softmax]],
] as const) {
  test(`two classes, ${title}: either order, and heat maps`, async () => {
    const graph = chain(3, conv, pool, ...ends);
    const file = await fileOf(graph);
    for (const [unit, scores] of (["pneumonia,normal", "normal,pneumonia"] as const).entries()) {
      const { assumed, heatMaps, scores: found } = await scoresOf(file, { scores });
      near(found, engineScores(graph, unit, "0..1"));
      assert.equal(assumed?.output, "softmax");
      assert.ok((heatMaps?.data.length ?? 0) > 0);
    }
    await assert.rejects(scoresOf(file), (error: Error) => /two outputs.*"normal,pneumonia"/.test(error.message));
    await assert.rejects(scoresOf(file, { scores: "normal" }), hasCode("OPTION_INVALID", "output"));
  });
}

test("two logits are the softmax of them; one logit is the sigmoid of it", async () => {
  const two = chain(1, conv, pool, dense(2, "linear"));
  const { scores, assumed } = await scoresOf(await fileOf(two), { scores: "normal,pneumonia" });
  near(scores, engineScores(chain(1, conv, pool, dense(2, "softmax")), 1, "0..1"));
  assert.equal(assumed?.output, "two logits");
  const logit = await fileOf(chain(1, conv, pool, dense(1, "linear")));
  const expected = engineScores(chain(1, conv, pool, dense(1, "sigmoid")), 0, "0..1");
  const one = await scoresOf(logit);
  near(one.scores, expected);
  assert.equal(one.assumed?.output, "logit");
  const turned = await scoresOf(logit, { scores: "normal" });
  near(
    turned.scores,
    expected.map((score) => 1 - score),
  );
  await assert.rejects(scoresOf(logit, { scores: "normal,pneumonia" }), hasCode("OPTION_INVALID", "output"));
});

test("another end is refused with its layer", async () => {
  for (const end of [dense(3, "softmax"), dense(2, "sigmoid"), dense(1, "tanh")]) {
    const file = await fileOf(chain(1, conv, pool, end));
    await assert.rejects(scoresOf(file), (error: Error) => /layer "l2".*two classes/.test(error.message));
  }
});

test("pixels are scaled as asked, else as the file's Rescaling tells, else to 0..1", async () => {
  const plain = chain(3, conv, pool, dense(1, "sigmoid"));
  const file = await fileOf(plain);
  for (const pixels of ["0..1", "-1..1", "imagenet", "0..255"] as const) {
    near((await scoresOf(file, { pixels })).scores, engineScores(plain, 0, pixels));
  }
  const flip: LayerSpec = { className: "RandomFlip", config: { settings: { mode: "horizontal" } } };
  for (const [scale, offset, pixels] of [
    [1 / 255, 0, "0..255"],
    [1 / 127.5, -1, "0..255"],
    [2, -1, "0..1"],
  ] as const) {
    const graph = chain(3, flip, rescaling(scale, offset), conv, pool, dense(1, "sigmoid"));
    const { assumed, scores } = await scoresOf(await fileOf(graph));
    assert.deepEqual([assumed?.pixels, assumed?.pixelsFrom], [pixels, "file"]);
    near(scores, engineScores(graph, 0, pixels));
  }
});

test("Teachable Machine's classes and scaling are read from what it writes beside the model", async () => {
  const graph = chain(3, conv, pool, dense(2, "softmax"));
  const place = join(folder, "teachable");
  await writeTfjsModel(place, graph, livelyWeights(graph, 8));
  const describe = (labels: readonly string[]) =>
    writeFileSync(join(place, "metadata.json"), JSON.stringify({ tfjsVersion: "1.3.1", tmVersion: "2.4.7", labels }));
  describe(["Pneumonia", "Healthy"]);
  assert.ok(readdirSync(place).includes("metadata.json"));
  const { scores, assumed } = await scoresOf(place);
  near(scores, engineScores(graph, 0, "-1..1"));
  const { scores: order, scoresFrom, pixels, pixelsFrom } = assumed ?? assert.fail();
  assert.deepEqual([order, scoresFrom, pixels, pixelsFrom], ["pneumonia,normal", "file", "-1..1", "file"]);
  describe(["Normal", "Pneumonia"]);
  near((await scoresOf(place)).scores, engineScores(graph, 1, "-1..1"));
  describe(["Class 1", "Class 2"]);
  await assert.rejects(scoresOf(place), (error: Error) => /\["Class 1","Class 2"\]/.test(error.message));
  for (const text of ["labels: Normal, Pneumonia", "", '{"labels":"Pneumonia"}', " ".repeat(3 * 2 ** 20)]) {
    writeFileSync(join(place, "metadata.json"), text); // some other program's
    near((await scoresOf(place, { scores: "normal,pneumonia" })).scores, engineScores(graph, 1, "0..1"));
  }
});

test("labels give an order only where they say it plainly", () => {
  assert.equal(orderOfLabels(["NORMAL", "PNEUMONIA"]), "normal,pneumonia");
  assert.equal(orderOfLabels(["bacterial pneumonia", "no pneumonia"]), "pneumonia,normal");
  for (const labels of [
    [],
    ["pneumonia"],
    ["a", "b"],
    ["Pneumonia", "viral pneumonia"],
    ["normal", "pneumonia", "covid"],
  ]) {
    assert.equal(orderOfLabels(labels), null, String(labels));
  }
});
