import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleSettings as settings } from "../../test/support/sample-settings.js";
import { AppError } from "../core/errors.js";
import { plainSettings, settingTable } from "./settings.js";
import { parseSettings } from "./settings-file.js";
import { trainingCommand } from "./training-command.js";

const written = { version: 1, ...plainSettings(settings) };

test("args.json comes back as it was written, and nothing else passes", () => {
  assert.deepEqual(parseSettings(JSON.parse(JSON.stringify(written))), settings);
  for (const [field, value, rule] of [
    ["version", 2, /"version": should be 1 .*Received 2\.$/],
    ["protocol", "both", /"protocol": should be sound or study\. Received "both"/],
    ["epochs", 0.5, /"epochs": should be a whole number from 1 to 10000\. Received 0\.5/],
    ["lr", 0, /"lr": should be a number above 0/],
    ["seed", -1, /"seed"/],
    ["fresh", "conv_pw_13", /"fresh": should be a list of layer names/],
    ["trainFrom", "last=0", /"trainFrom": should be "all", .*Received "last=0"/],
    ["threshold", "best", /"threshold": should be a number from 0 to 1, "youden"/],
    ["augmentation", "much", /none, study, exposure/],
    ["interpolation", "cubic", /linear or area/],
    ["precision", "float16", /float32 or bfloat16/],
    ["device", undefined, /"device": should be a device's name\. Received nothing/],
    ["temperature", 2, /"temperature": is no setting that this version knows: a newer Pneumoscope/],
  ] as const) {
    assert.throws(
      () => parseSettings({ ...written, [field]: value }),
      (error) => error instanceof AppError && error.code === "RUN_FILE_INVALID" && rule.test(error.message),
      field,
    );
  }
  assert.throws(() => parseSettings(null), AppError);
  const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  for (const [given, received] of [
    [deep, /Received lists in lists, too deep/],
    ["x".repeat(1e6), /Received "x{199}…/],
  ] as const) {
    assert.throws(
      () => parseSettings({ ...written, epochs: given }),
      (error) => error instanceof AppError && received.test(error.message),
    );
  }
});

test("a run folder of an older version opens with what a newer setting was then", () => {
  const { device, ...older } = settingTable;
  const newer = { ...older, temperature: { ...settingTable.lr, since: "9.0.0", before: 1 } };
  const { device: _, ...plain } = written;
  assert.equal(parseSettings(plain, newer).temperature, 1);
  assert.equal(parseSettings({ ...plain, temperature: 2 }, newer).temperature, 2);
});

test("a run without fine-tuning does not speak of its rate", () => {
  const command = trainingCommand({ ...settings, fineTune: 0 });
  assert.match(command, / --fine-tune 0 --augmentation /);
});

test("the command names every setting and survives a shell", () => {
  assert.equal(
    trainingCommand(settings),
    "pneumoscope train --data 'chest x-rays'\\'' copy' --model custom --seed 0 --protocol sound --epochs 12 --batch 16 " +
      "--lr 0.001 --weights 'my model.h5' --fresh conv_pw_13 --fresh conv_pw_12 --train-from last=5 --alpha 0.5 " +
      "--fine-tune 3 --fine-tune-lr 0.00001 --fine-tune-from all --augmentation exposure --validation blocks " +
      "--patients unknown --leaks accept --fold 2/5 --threshold sensitivity=0.95 --image-size 112 --interpolation area --max-pixels 50000000 " +
      "--precision float32 --threads 2 --device cuda:0 --batch-norm local --gradient-exchange float32 --process-timeout 300",
  );
});
