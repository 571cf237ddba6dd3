import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../core/errors.js";
import { parseRunArguments, type RunArguments, trainingCommand } from "./run-arguments.js";

const args: RunArguments = {
  version: 1,
  model: "custom",
  alpha: 0.5,
  protocol: "sound",
  data: "/data/chest x-rays' copy",
  weights: "/weights/my model.h5",
  fresh: ["conv_pw_13", "conv_pw_12"],
  trainFrom: "last=5",
  epochs: 12,
  batch: 16,
  lr: 1e-3,
  fineTune: 3,
  fineTuneLr: 1e-5,
  fineTuneFrom: "all",
  augmentation: "exposure",
  seed: 0,
  validation: "blocks",
  threshold: "sensitivity=0.95",
  imageSize: 112,
  interpolation: "area",
  precision: "float32",
  threads: 2,
  device: "cuda:0",
};

test("args.json comes back as it was written, and nothing else passes", () => {
  assert.deepEqual(parseRunArguments(JSON.parse(JSON.stringify(args))), args);
  for (const [field, value, rule] of [
    ["version", 2, /"version" should be 1 .*Received 2$/],
    ["protocol", "both", /"protocol" should be sound or study\. Received "both"/],
    ["epochs", 0.5, /"epochs" should be a whole number from 1\. Received 0\.5/],
    ["lr", 0, /"lr" should be a number above 0/],
    ["seed", -1, /"seed"/],
    ["fresh", "conv_pw_13", /"fresh" should be a list of layer names/],
    ["augmentation", "much", /none, study, exposure/],
    ["interpolation", "cubic", /linear or area/],
    ["precision", "float16", /float32 or bfloat16/],
    ["device", undefined, /"device" should be a device's name\. Received nothing/],
  ] as const) {
    assert.throws(
      () => parseRunArguments({ ...args, [field]: value }),
      (error) => error instanceof AppError && error.code === "RUN_FILE_INVALID" && rule.test(error.message),
      field,
    );
  }
  assert.throws(() => parseRunArguments(null), AppError);
});

test("a run without fine-tuning does not speak of its rate", () => {
  const command = trainingCommand({ ...args, fineTune: 0 });
  assert.match(command, / --fine-tune 0 --augmentation /);
});

test("the command names every setting and survives a shell", () => {
  assert.equal(
    trainingCommand(args),
    "pneumoscope train --model custom --alpha 0.5 --protocol sound --weights 'my model.h5' --fresh conv_pw_13 " +
      "--fresh conv_pw_12 --train-from last=5 --epochs 12 --batch 16 --lr 0.001 --fine-tune 3 --fine-tune-lr 0.00001 " +
      "--fine-tune-from all --augmentation exposure --seed 0 --validation blocks --threshold sensitivity=0.95 --image-size 112 --interpolation area --precision float32 --threads 2 " +
      "--device cuda:0 --data 'chest x-rays'\\'' copy'",
  );
});
