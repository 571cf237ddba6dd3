import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import type { Processor } from "../machine/processor.js";
import { zoo } from "../model/zoo/registry.js";
import { resolveSettings, type TrainSettings } from "./resolve-settings.js";
import { plainSettings, settingNames } from "./settings.js";

const processor = (...features: Processor["features"]): Processor => ({
  model: "test",
  architecture: "x64",
  threads: 2,
  features,
});
const settingsOf = (model: string, given: Partial<TrainSettings>, machine = processor()) =>
  plainSettings(resolveSettings({ data: "data", model, ...given }, { cwd: "/home", processor: machine }));

test("auto precision is the one measured faster for the model and the machine", () => {
  const precisions = (...features: Processor["features"]) =>
    ["custom", "mobilenet"].map((model) => settingsOf(model, {}, processor(...features)).precision);
  assert.deepEqual(precisions("AVX2"), ["float32", "float32"]);
  assert.deepEqual(precisions("AVX-512", "AVX512-BF16"), ["float32", "bfloat16"]);
  assert.deepEqual(precisions("AVX512-BF16", "AMX-BF16"), ["bfloat16", "bfloat16"]);
  assert.equal(settingsOf("custom", { device: "cuda:0" }).precision, "bfloat16");
  assert.equal(settingsOf("mobilenet", { precision: "float32" }, processor("AMX-BF16")).precision, "float32");
});

test("where depthwise layers learn, auto precision is float32 on a processor", () => {
  const precision = (model: string, options: Parameters<typeof settingsOf>[1]) =>
    settingsOf(model, options, processor("AVX512-BF16", "AMX-BF16")).precision;
  assert.equal(precision("mobilenet", { trainFrom: "conv_pw_13" }), "bfloat16");
  assert.equal(precision("mobilenet", { trainFrom: "conv_dw_13" }), "float32");
  assert.equal(precision("mobilenet", { fineTune: 1 }), "float32");
  assert.equal(precision("mobilenet", { fineTune: 1, fineTuneFrom: "head" }), "bfloat16");
  assert.equal(precision("mobilenet", { fineTune: 1, device: "cuda:0" }), "bfloat16");
  assert.equal(precision("densenet121", { trainFrom: "all" }), "bfloat16");
});

test("what is left out is the model's and the protocol's", () => {
  for (const { id, transfer, input } of zoo) {
    const args = settingsOf(id, { protocol: "study" });
    assert.equal(args.weights, transfer.study.weights === "random" ? "none" : "pretrained", id);
    assert.equal(args.imageSize, input.imageSize);
    assert.deepEqual([args.validation, args.augmentation, args.threshold], ["official", "study", "0.5"]);
  }
  assert.equal(settingsOf("mobilenet", { protocol: "study" }).trainFrom, "last=5");
  assert.equal(settingsOf("densenet121", { protocol: "study" }).weights, "none");
});

test("settings that would do nothing are refused", () => {
  const refused = (given: Partial<TrainSettings>, says: string) =>
    assert.throws(() => settingsOf("mobilenet", given), hasCode("OPTION_INVALID", says));
  refused(
    { weights: "none", fresh: ["conv1"] },
    "fresh: names layers that start at random although weights are loaded.",
  );
  refused({ fineTuneLr: 1e-4 }, "fineTuneLr: of use with epochs of fine-tuning only. Received none of those.");
  refused({ fineTuneFrom: "head", fineTuneLr: 1e-4 }, "fineTuneLr, fineTuneFrom: of use");
  assert.throws(
    () => settingsOf("densenet121", { protocol: "study", fresh: ["conv1_conv"] }),
    hasCode("OPTION_INVALID", "no weights to load for DenseNet121"),
  );
  assert.equal(settingsOf("mobilenet", { fineTune: 1, fineTuneFrom: "head" }).fineTuneFrom, "head");
  assert.deepEqual(settingsOf("mobilenet", { fresh: ["conv1"] }).fresh, ["conv1"]);
});

test("what plain JavaScript may give is checked, and named", () => {
  const refused = (given: object, says: string) =>
    assert.throws(() => settingsOf("custom", given), hasCode("OPTION_INVALID", says));
  refused({ epochs: "12" }, 'epochs: should be a whole number from 1 to 10000. Received "12".');
  refused({ protocol: "studi" }, 'protocol: should be sound or study. Received "studi". Did you mean "study"?');
  refused({ epoch: 3 }, 'Received "epoch". Did you mean "epochs"?');
  refused({ data: undefined }, "data: should be a dataset's folder. Received nothing.");
  refused({ threshold: 2 }, "threshold: should be a number from 0 to 1");
  assert.equal(settingsOf("custom", { threshold: 0.3 }).threshold, "0.3");
});

test("every setting is chosen, for every model and protocol", () => {
  for (const { id } of zoo) {
    for (const protocol of ["sound", "study"] as const) {
      const settings = settingsOf(id, { protocol });
      assert.deepEqual(Object.keys(settings), settingNames);
      for (const name of settingNames) assert.notEqual(settings[name], undefined, `${id}: ${name}`);
    }
  }
});

test("a weights file is found from where the command was given; words stay words", () => {
  assert.equal(settingsOf("mobilenet", { weights: "mine.h5" }).weights, "/home/mine.h5");
  assert.equal(settingsOf("mobilenet", { weights: "none" }).weights, "none");
});
