// Every registered model beside the one that keras.applications builds: the same layers in the same order, and on the
// same weights and images the same activations. test/golden/make/keras_zoo.py made the golden files with real Keras.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { formulaImage } from "../../test/support/formula-weights.js";
import { golden } from "../../test/support/paths.js";
import { testDevice } from "../../test/support/test-device.js";
import { formulaWeights, readZooGolden, type Slice, zooGoldenCases } from "../../test/support/zoo-golden.js";
import { layerToKeras } from "../interchange/keras-config/layer-to-keras.js";
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { inferShapes } from "../model/shapes.js";
import { findModel, zoo } from "../model/zoo/registry.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";
import { scaleImages } from "./image-batch.js";
import { Network } from "./network.js";

/** Of the root mean square: float32 sums in another order, through up to 150 convolutions. */
const tolerance = 1e-4;

test("every registered model has a golden file", () => {
  const covered = new Set(zooGoldenCases.map((name) => readZooGolden(name).model));
  assert.deepEqual(
    zoo.map((entry) => entry.id).filter((id) => !covered.has(id)),
    [],
  );
});

for (const name of zooGoldenCases) {
  const { model, options, images, normalizations, slices } = readZooGolden(name);
  const entry = findModel(model);
  const graph = entry.build(options);

  test(`${name}: layers, order, shapes and settings are those of keras.applications`, () => {
    const shapes = inferShapes(graph);
    const lines = gunzipSync(readFileSync(golden("keras-zoo", `${name}-layers.jsonl.gz`)))
      .toString()
      .trimEnd()
      .split("\n");
    for (const [index, line] of lines.entries()) {
      const node = graph.nodes[index];
      const ours =
        node === undefined ? null : [node.name, node.className, shapes.get(node.name), node.inputs, essentials(node)];
      assert.deepEqual(ours, JSON.parse(line), `layer ${index}`);
    }
    assert.equal(graph.nodes.length, lines.length);
  });

  test(`${name}: its stages and the output agree with Keras`, () => {
    const weights = formulaWeights(graph, normalizations);
    for (const slice of slices) {
      const part = upTo(graph, slice.layer);
      const network = new Network(part, weights, { device: testDevice });
      const values = noGrad(() =>
        inArena(() =>
          channelsLast(
            network.forward(scaleImages(colourImages(images, options.imageSize), entry.scaling.sound), "inference"),
          ),
        ),
      );
      network.dispose();
      compare(values, slice);
    }
  });
}

function compare(values: Float32Array, { layer, size, rootMeanSquare, meanAbsolute, values: expected }: Slice): void {
  assert.equal(values.length, size, layer);
  const sum = values.reduce((total, value) => total + Math.abs(value), 0);
  assert.ok(Math.abs(sum / size / meanAbsolute - 1) < tolerance, `${layer}: mean ${sum / size}, Keras ${meanAbsolute}`);
  const differences = expected.map((value, i) =>
    Math.abs(value - (values[Math.floor((i * size) / expected.length)] ?? Number.NaN)),
  );
  const largest = Math.max(...differences) / rootMeanSquare;
  assert.ok(largest < tolerance, `${layer}: largest difference ${largest} of the root mean square`);
}

/** The settings that keras_zoo.py lists, in Keras' spelling; defaults that Keras writes as null go without saying. */
function essentials(node: LayerNode): unknown {
  const { name, trainable, dtype, data_format, axis, batch_input_shape, ...config } = layerToKeras(node).config;
  const settings = Object.entries(config).map(([key, value]) => [
    key,
    isInitializer(value) ? withoutSeed(value.config) : value,
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(settings.filter(([, value]) => value !== null))));
}

function isInitializer(value: unknown): value is { readonly config: Record<string, unknown> } {
  return typeof value === "object" && value !== null && "class_name" in value;
}

function withoutSeed({ seed, ...config }: Record<string, unknown>): unknown {
  return config;
}

/** The part of the graph that leads to that layer. */
function upTo(graph: ModelGraph, layer: string): ModelGraph {
  const needed = new Set([layer]);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!needed.has(node.name)) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  return { ...graph, nodes: nodes.reverse(), output: layer };
}

/** [n, 3, size, size], grey values 0..255, another image in every channel. */
function colourImages(count: number, size: number): Tensor {
  const planes = Array.from({ length: 3 * count }, (_, plane) => Float32Array.from(formulaImage(plane, size)));
  return Tensor.fromArray(new Float32Array(planes.flatMap((plane) => [...plane])), [count, 3, size, size], testDevice);
}

function channelsLast(x: Tensor): Float32Array {
  return (x.shape.length === 4 ? ops.permute(x, [0, 2, 3, 1]) : x).toFloat32(); // [n, c, h, w] -> [n, h, w, c]
}
