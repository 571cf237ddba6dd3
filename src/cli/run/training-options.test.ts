import assert from "node:assert/strict";
import { test } from "node:test";
import { findModel, zoo } from "../../model/zoo/registry.js";
import type { Processor } from "../doctor/processor.js";
import { runArguments, trainingDefaults } from "./training-options.js";

const processor = (...features: Processor["features"]): Processor => ({
  model: "test",
  architecture: "x64",
  threads: 2,
  features,
});
const argumentsOf = (model: string, options: Partial<typeof trainingDefaults>, machine = processor()) =>
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

test("a weights file is found from where the command was given; words stay words", () => {
  assert.equal(argumentsOf("mobilenet", { weights: "mine.h5" }).weights, "/home/mine.h5");
  assert.equal(argumentsOf("mobilenet", { weights: "none" }).weights, "none");
});
