// The expected texts are printed by real tf.keras 2.15 (test/golden/make/keras_models.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { parameterCounts, summaryRows, summaryText } from "./summary.js";
import { customCnn } from "./zoo/custom-cnn.js";

const kerasText = (name: string): string => readFileSync(golden("keras", `summary-${name}.txt`), "utf8");

test("the custom CNN's summary is Keras' own, to the last space", () => {
  assert.equal(summaryText(customCnn()), kerasText("custom-cnn"));
});

test("names and shapes that are wider than their columns break where Keras breaks them", () => {
  const convolution = (name: string, trainable: boolean): LayerNode => ({
    className: "Conv2D",
    config: {
      filters: 1000,
      kernelSize: [3, 3],
      strides: [1, 1],
      padding: "valid",
      activation: "linear",
      useBias: true,
    },
    name,
    inputs: ["the_input_layer_with_a_very_long_name"],
    trainable,
  });
  const a = convolution("a_convolution_with_a_name_longer_than_its_column", true);
  const b = convolution("another_convolution_that_is_named_at_length_too", false);
  const graph: ModelGraph = {
    name: "wide",
    nodes: [
      {
        className: "InputLayer",
        config: { shape: [32, 32, 3] },
        name: "the_input_layer_with_a_very_long_name",
        inputs: [],
        trainable: true,
      },
      a,
      b,
      { className: "Add", config: {}, name: "sum_of_both", inputs: [a.name, b.name], trainable: true },
      {
        className: "GlobalAveragePooling2D",
        config: { keepdims: false },
        name: "global_average_pooling2d",
        inputs: ["sum_of_both"],
        trainable: true,
      },
    ],
    output: "global_average_pooling2d",
  };
  assert.equal(summaryText(graph), kerasText("wide"));
  assert.deepEqual(parameterCounts(graph), { trainable: 28_000, nonTrainable: 28_000, total: 56_000 });
});

test("rows carry what the report shows", () => {
  const rows = summaryRows(customCnn());
  assert.equal(rows.length, 20);
  assert.deepEqual(rows[0], {
    name: "conv2d",
    className: "Conv2D",
    outputShape: "(None, 224, 224, 32)",
    parameters: 896,
    inputs: ["conv2d_input"],
    trainable: true,
  });
  assert.equal(
    rows.reduce((sum, row) => sum + row.parameters, 0),
    980_289,
  );
});
