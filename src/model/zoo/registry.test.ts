import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../core/errors.js";
import { inferShapes, weightSpecsOf } from "../shapes.js";
import { parameterCounts } from "../summary.js";
import { withTrainablePart } from "../trainable-part.js";
import { GraphBuilder } from "./graph-builder.js";
import { add, conv2d, input } from "./keras-layers.js";
import { findModel, zoo } from "./registry.js";
import type { Protocol } from "./zoo-entry.js";

test("every entry builds the model it describes", () => {
  for (const entry of zoo) {
    const graph = entry.build();
    const shapes = inferShapes(graph);
    const { imageSize, channels } = entry.input;
    assert.deepEqual(shapes.get(graph.nodes[0]?.name ?? ""), [imageSize, imageSize, channels], entry.id);
    assert.deepEqual(shapes.get(graph.output), [1], entry.id);
    assert.equal(shapes.get(entry.gradCamLayer)?.length, 3, `${entry.id}: Grad-CAM's layer has height and width`);
    if (entry.study === null) continue;
    const { trainable, nonTrainable, total } = entry.study;
    const asTheStudy = withTrainablePart(graph, entry.transfer.study.trainable, entry.firstHeadLayer);
    assert.deepEqual(parameterCounts(asTheStudy), { trainable, nonTrainable, total }, entry.id);
    for (const scores of [entry.study.pneumonia, entry.study.normal]) {
      const f1 = (2 * scores.precision * scores.recall) / (scores.precision + scores.recall);
      // The three are rounded to two places on their own: half a unit each, and F1 moves by at most the same.
      assert.ok(Math.abs(f1 - scores.f1) <= 0.0101, `${entry.id}: F1 ${scores.f1} fits precision and recall`);
    }
  }
});

test("another image size changes the first dense layer, not the names", () => {
  const entry = findModel("custom");
  const small = entry.build({ imageSize: 64 });
  assert.deepEqual(inferShapes(small).get("flatten"), [2 * 2 * 128]);
  assert.deepEqual(
    small.nodes.map((node) => node.name),
    entry.build().nodes.map((node) => node.name),
  );
  assert.throws(() => inferShapes(entry.build({ imageSize: 8 })), AppError);
});

test("the study's network has the ReLU that CheXNet's weights were trained without", () => {
  const names = (protocol: Protocol) =>
    findModel("chexnet")
      .build({ protocol })
      .nodes.map((node) => node.name);
  assert.deepEqual(
    names("study").filter((name) => !names("sound").includes(name)),
    ["relu"],
  );
});

test("only the MobileNets have a width, within limits", () => {
  for (const entry of zoo) {
    const build = () => entry.build({ alpha: 0.5 });
    if (entry.id.startsWith("mobilenet")) assert.equal(inferShapes(build()).size, entry.build().nodes.length);
    else assert.throws(build, /alpha: only the MobileNets/, entry.id);
    assert.deepEqual(entry.build({ alpha: 1 }), entry.build());
  }
  const half = weightSpecsOf(findModel("mobilenet").build({ alpha: 0.5 }));
  assert.deepEqual(half.get("conv1")?.[0]?.shape, [3, 3, 3, 16]);
  for (const alpha of [0, 0.05, 3, Number.NaN]) {
    assert.throws(() => findModel("mobilenet").build({ alpha }), /alpha: the width of a MobileNet/);
  }
});

test("layers stand in Keras' order: by distance to the output, then as a walk back from it meets them", () => {
  const net = new GraphBuilder();
  const start = net.add(input(32), []);
  const beside = net.add(conv2d(3, 1), start, "beside");
  const first = net.add(conv2d(3, 1), start, "first");
  const second = net.add(conv2d(3, 1), first, "second");
  net.add(add, [second, beside]);
  assert.deepEqual(
    net.build("two-ways").nodes.map((node) => node.name),
    ["input_layer", "first", "second", "beside", "add"],
  );
});

test("ids and aliases are unique and found in any case; an unknown name gets the nearest one", () => {
  const names = zoo.flatMap((entry) => [entry.id, ...entry.aliases]);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.ok(findModel(` ${name.toUpperCase()} `).title);
  assert.throws(
    () => findModel("costum"),
    (error: unknown) =>
      error instanceof AppError &&
      error.code === "MODEL_UNKNOWN" &&
      /Received "costum".*"custom"\?/.test(error.message),
  );
});
