// By hand: which layers are taken, which start fresh, what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { type DeclaredLayers, matchPretrained, type PretrainedRequest } from "./match-pretrained.js";
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { weightSpecsOf } from "./shapes.js";
import { GraphBuilder } from "./zoo/graph-builder.js";
import { conv2d, input } from "./zoo/keras-layers.js";
import { zoo } from "./zoo/registry.js";

const dense = (name: string, units: number, input: string): LayerNode => ({
  className: "Dense",
  config: { units, activation: "relu", useBias: false },
  name,
  inputs: [input],
  trainable: true,
});

/** 3 -> a/x (4) -> b (5) | head (6) -> score (1) */
const graph: ModelGraph = {
  name: "small",
  nodes: [
    { className: "InputLayer", config: { shape: [1, 1, 3] }, name: "in", inputs: [], trainable: true },
    { className: "Flatten", config: {}, name: "flat", inputs: ["in"], trainable: true },
    dense("a/x", 4, "flat"),
    dense("b", 5, "a/x"),
    dense("head", 6, "b"),
    dense("score", 1, "head"),
  ],
  output: "score",
};
const request: PretrainedRequest = { graph, firstHeadLayer: "head", fresh: [] };

const kernel = (...shape: readonly number[]) => new Map([["kernel", { shape }]]);
const backbone = { "a/x": kernel(3, 4), b: kernel(4, 5) };
const head = { head: kernel(5, 6), score: kernel(6, 1) };
const match = (layers: Readonly<Record<string, ReturnType<typeof kernel>>>, changes: Partial<PretrainedRequest> = {}) =>
  matchPretrained({ ...request, ...changes }, new Map(Object.entries(layers)) satisfies DeclaredLayers, "file.h5");
const taken = (plan: ReturnType<typeof match>) => [...plan.taken].map(([layer, source]) => [layer, source.layer]);

test("a backbone without a head: the head starts fresh", () => {
  const plan = match(backbone);
  assert.deepEqual(taken(plan), [
    ["a/x", "a/x"],
    ["b", "b"],
  ]);
  assert.deepEqual([plan.freshLayers, plan.unusedLayers], [["head", "score"], []]);
});

test("a file with all of our head brings it along; with a top of its own, that top stays unused", () => {
  assert.deepEqual(match({ ...backbone, ...head }).freshLayers, []);
  const plan = match({ ...backbone, logits: kernel(5, 1000) });
  assert.deepEqual([plan.freshLayers, plan.unusedLayers], [["head", "score"], ["logits"]]);
  assert.deepEqual(match({ ...backbone, score: kernel(5, 1000) }).unusedLayers, ["score"]);
});

test("half of our head is a model with another head", () => {
  const half = { ...backbone, head: kernel(5, 6), score: kernel(6, 3) };
  assert.throws(() => match(half), hasCode("WEIGHTS_MISMATCH", "score/kernel should be [6, 1], is [6, 3]"));
  assert.deepEqual(match(half, { fresh: ["score"] }).freshLayers, ["score"]);
});

test("layers between those of the backbone are another model's", () => {
  const longer = { "a/x": kernel(3, 4), between: kernel(4, 4), b: kernel(4, 5) };
  assert.throws(() => match(longer), hasCode("WEIGHTS_MISMATCH", "layer between is not in the model"));
});

test("without a backbone the whole model must match, nothing more", () => {
  const whole = { firstHeadLayer: null };
  assert.equal(match({ ...backbone, ...head }, whole).taken.size, 4);
  assert.throws(() => match(backbone, whole), hasCode("WEIGHTS_MISMATCH", "head/kernel [5, 6] is missing"));
  assert.throws(
    () => match({ ...backbone, ...head, more: kernel(1, 1) }, whole),
    hasCode("WEIGHTS_MISMATCH", "layer more is not in the model"),
  );
});

test("names are found in the spellings Keras had for them, exact ones first", () => {
  assert.deepEqual(taken(match({ a_x: kernel(3, 4), b: kernel(4, 5) }))[0], ["a/x", "a_x"]);
  const nodes = graph.nodes.map((node) => {
    const renamed = { ...node, inputs: node.inputs.map((input) => input.replace("a/x", "conv1_bn")) };
    return node.name === "a/x" ? { ...renamed, name: "conv1_bn" } : renamed;
  });
  const old = { bn_conv1: kernel(3, 4), b: kernel(4, 5) };
  assert.deepEqual(taken(match(old, { graph: { ...graph, nodes } }))[0], ["conv1_bn", "bn_conv1"]);
  const called = match({ "a/x": kernel(3, 4), other: kernel(4, 5) }, { otherNames: { b: "other" } });
  assert.deepEqual(taken(called)[1], ["b", "other"]);
});

test("fresh layers stay out whatever the file holds; a name that is none is answered with the nearest", () => {
  const plan = match({ ...backbone, b: kernel(99, 99) }, { fresh: ["b"] });
  assert.deepEqual(
    [taken(plan), plan.freshLayers, plan.unusedLayers],
    [[["a/x", "a/x"]], ["b", "head", "score"], ["b"]],
  );
  assert.throws(() => match(backbone, { fresh: ["scor"] }), hasCode("OPTION_INVALID", 'Did you mean "score"?'));
  assert.throws(() => match(backbone, { fresh: ["flat"] }), hasCode("OPTION_INVALID", "That layer has no weights."));
});

test("the error says what kind of file it probably is", () => {
  const fails = (layers: Parameters<typeof match>[0], hint: string) =>
    assert.throws(() => match(layers), hasCode("WEIGHTS_MISMATCH", hint));
  fails({ c: kernel(3, 4) }, "shape. It is another model: 0 of 2 layers have these names. Received differences: ");
  fails({ "a/x": kernel(3, 8), b: kernel(8, 10) }, "Its layers are 2 times as wide: another alpha.");
  fails({ "a/x": kernel(3, 4), b: kernel(4, 7) }, "Its last layer has another number of classes.");
  fails({ "a/x": kernel(3, 4), b: new Map([...kernel(4, 5), ["bias", { shape: [5] }]]) }, "b/bias is not in the model");
});

test("every registered model takes its published file: backbone complete, head fresh, the file's own top passed by", () => {
  // Written by Keras 2: `conv1/conv` where the model says `conv1_conv`.
  const oldSpelling = (name: string) => name.replace(/^conv1_(conv|bn)$/, "conv1/$1");
  /** Before Keras 3, layers that nobody named were counted from 1. */
  const countedFromOne = (name: string) =>
    name.replace(
      /^(conv2d|batch_normalization)(?:_(\d+))?$/,
      (_, stem, number) => `${stem}_${Number(number ?? 0) + 1}`,
    );
  const oldNames: Readonly<Record<string, (name: string) => string>> = {
    densenet121: oldSpelling,
    xception: countedFromOne,
    inceptionv3: countedFromOne,
  };
  /** What comes after the backbone in the publisher's file; EfficientNetB0's logits belong to the backbone. */
  const tops: Readonly<Record<string, readonly string[]>> = { chexnet: [], efficientnetb0: [] };
  for (const entry of zoo) {
    const { id, firstHeadLayer, pretrained } = entry;
    if (pretrained === null) continue;
    for (const protocol of ["study", "sound"] as const) {
      const model = entry.build({ protocol });
      const place = model.nodes.findIndex(({ name }) => name === firstHeadLayer);
      const head = new Set(model.nodes.slice(place).map(({ name }) => name));
      const specs = [...weightSpecsOf(model)];
      const published = specs
        .filter(([name]) => !head.has(name))
        .map(([name, weights]) => {
          const called = pretrained.otherNames?.[name] ?? oldNames[id]?.(name) ?? name;
          return [called, new Map(weights.map((weight) => [weight.name, { shape: weight.shape }]))] as const;
        });
      const top = (tops[id] ?? ["classifier"]).map((name) => [name, kernel(1024, 1000)] as const);
      const request = { graph: model, firstHeadLayer, fresh: [], otherNames: pretrained.otherNames ?? {} };
      const plan = matchPretrained(request, new Map([...published, ...top]), "published.h5");
      assert.deepEqual(
        plan.freshLayers,
        specs.map(([name]) => name).filter((name) => head.has(name)),
        `${id}, ${protocol}`,
      );
      assert.deepEqual(
        plan.unusedLayers,
        top.map(([name]) => name),
      );
      assert.throws(
        () => matchPretrained(request, new Map(published.slice(1)), "published.h5"),
        hasCode("WEIGHTS_MISMATCH", " is missing"),
        `${id}: not without its first layer`,
      );
    }
  }
});

test("layers that nobody named are found under other numbers, where all of their class are there", () => {
  const net = new GraphBuilder();
  let x = net.add(input(8), []);
  for (const filters of [2, 3, 4]) x = net.add(conv2d(filters, 1), x);
  net.add(conv2d(1, 1), x, "head");
  const numbered = net.build("numbered");
  const convolution = (inputs: number, outputs: number) =>
    new Map([
      ["kernel", { shape: [1, 1, inputs, outputs] }],
      ["bias", { shape: [outputs] }],
    ]);
  const kernels = [convolution(3, 2), convolution(2, 3), convolution(3, 4)];
  const plan = (...names: readonly string[]) =>
    matchPretrained(
      { graph: numbered, firstHeadLayer: "head", fresh: [] },
      new Map(names.map((name, i) => [name, kernels[i] ?? convolution(1, 1)])),
      "numbered.h5",
    );
  const taken = ({ taken: layers }: ReturnType<typeof plan>) => [...layers].map(([to, { layer }]) => [to, layer]);
  assert.deepEqual(taken(plan("conv2d_1", "conv2d_2", "conv2d_3")), [
    ["conv2d", "conv2d_1"],
    ["conv2d_1", "conv2d_2"],
    ["conv2d_2", "conv2d_3"],
  ]);
  assert.deepEqual(taken(plan("conv2d_94", "conv2d_95", "conv2d_96"))[0], ["conv2d", "conv2d_94"]);
  assert.deepEqual(taken(plan("conv2d", "conv2d_1", "conv2d_2", "conv2d_3"))[1], ["conv2d_1", "conv2d_1"]);
  // The first is missing, or one between: nothing is guessed.
  for (const gap of [plan.bind(null, "conv2d_1", "conv2d_2"), plan.bind(null, "conv2d_1", "conv2d_2", "conv2d_4")]) {
    assert.throws(gap, hasCode("WEIGHTS_MISMATCH", "is missing"));
  }
});
