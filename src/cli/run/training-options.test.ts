import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { findModel, zoo } from "../../model/zoo/registry.js";
import type { Processor } from "../../machine/processor.js";
import { runArguments, type TrainingOptions, trainingDefaults } from "./training-options.js";

const processor = (...features: Processor["features"]): Processor => ({
  model: "test",
  architecture: "x64",
  threads: 2,
  features,
});
const argumentsOf = (model: string, options: Partial<TrainingOptions>, machine = processor()) =>
  runArguments(
    { entry: findModel(model), data: "/data", seed: 1 },
    { ...trainingDefaults, ...options },
    machine,
    "/home",
  );

test("auto precision is the one measured faster for the model and the machine", () => {
  const precisions = (...features: Processor["features"]) =>
    ["custom", "mobilenet"].map((model) => argumentsOf(model, {}, processor(...features)).precision);
  assert.deepEqual(precisions("AVX2"), ["float32", "float32"]);
  assert.deepEqual(precisions("AVX-512", "AVX512-BF16"), ["float32", "bfloat16"]);
  assert.deepEqual(precisions("AVX512-BF16", "AMX-BF16"), ["bfloat16", "bfloat16"]);
  assert.equal(argumentsOf("custom", { device: "cuda:0" }).precision, "bfloat16");
  assert.equal(argumentsOf("mobilenet", { precision: "float32" }, processor("AMX-BF16")).precision, "float32");
});

test("where depthwise layers learn, auto precision is float32 on a processor", () => {
  const precision = (model: string, options: Parameters<typeof argumentsOf>[1]) =>
    argumentsOf(model, options, processor("AVX512-BF16", "AMX-BF16")).precision;
  assert.equal(precision("mobilenet", { trainFrom: "conv_pw_13" }), "bfloat16");
  assert.equal(precision("mobilenet", { trainFrom: "conv_dw_13" }), "float32");
  assert.equal(precision("mobilenet", { fineTune: 1 }), "float32");
  assert.equal(precision("mobilenet", { fineTune: 1, fineTuneFrom: "head" }), "bfloat16");
  assert.equal(precision("mobilenet", { fineTune: 1, device: "cuda:0" }), "bfloat16");
  assert.equal(precision("densenet121", { trainFrom: "all" }), "bfloat16");
});

test("what is left out is the model's and the protocol's", () => {
  for (const { id, transfer, input } of zoo) {
    const args = argumentsOf(id, { protocol: "study" });
    assert.equal(args.weights, transfer.study.weights === "random" ? "none" : "pretrained", id);
    assert.equal(args.imageSize, input.imageSize);
    assert.deepEqual([args.validation, args.augmentation, args.threshold], ["official", "study", "0.5"]);
  }
  assert.equal(argumentsOf("mobilenet", { protocol: "study" }).trainFrom, "last=5");
  assert.equal(argumentsOf("densenet121", { protocol: "study" }).weights, "none");
});

test("options that would do nothing are refused", () => {
  const refused = (options: Partial<TrainingOptions>, says: string) =>
    assert.throws(() => argumentsOf("mobilenet", options), hasCode("OPTION_INVALID", says));
  refused(
    { weights: "none", fresh: ["conv1"] },
    "--fresh: names layers that start at random although weights are loaded.",
  );
  refused({ fineTuneLr: 1e-4 }, "--fine-tune-lr: need epochs of fine-tuning. Received none.");
  refused({ fineTuneFrom: "head", fineTuneLr: 1e-4 }, "--fine-tune-lr, --fine-tune-from: need");
  assert.throws(
    () => argumentsOf("densenet121", { protocol: "study", fresh: ["conv1_conv"] }),
    hasCode("OPTION_INVALID", "no weights to load for DenseNet121"),
  );
  assert.equal(argumentsOf("mobilenet", { fineTune: 1, fineTuneFrom: "head" }).fineTuneFrom, "head");
  assert.deepEqual(argumentsOf("mobilenet", { fresh: ["conv1"] }).fresh, ["conv1"]);
});

test("a weights file is found from where the command was given; words stay words", () => {
  assert.equal(argumentsOf("mobilenet", { weights: "mine.h5" }).weights, "/home/mine.h5");
  assert.equal(argumentsOf("mobilenet", { weights: "none" }).weights, "none");
});
