// Backbones by others, as torchxrayvision and timm make them (test/golden/make/onnx_backbones.py), against PyTorch and
// scikit-learn; and a head trained on one, from images to a file that everything opens.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  backboneDifferences,
  backboneImages,
  largestDifference,
  readBackboneGolden,
} from "../../../test/support/backbone-golden.js";
import { hasCode } from "../../../test/support/has-code.js";
import { golden } from "../../../test/support/paths.js";
import type { ErrorCode } from "../../core/error-catalogue.js";
import { loadOnnxRuntime } from "../../core/onnx-runtime.js";
import { synthesise } from "../../dataset/synthesise.js";
import { recalibrated } from "../../evaluation/recalibration/fit-recalibration.js";
import { openClassifier } from "../../inference/classifier.js";
import { explainImages } from "../../inference/explain-images.js";
import { scalingOf } from "../../inference/pixel-range.js";
import { readForeignOnnx } from "../../interchange/onnx/foreign-onnx.js";
import { recalibratedOnnx } from "../../interchange/onnx/recalibrated-onnx.js";
import { writeBackboneValue } from "../../interchange/onnx/write-backbone-model.js";
import { evaluateModel } from "../evaluate-model.js";
import { exportModel } from "../export-model.js";
import { recalibrate } from "../recalibrate.js";
import type { TrainSettings } from "../resolve-settings.js";
import type { RunEvent } from "../run-events.js";
import { plainSettings } from "../settings.js";
import { resumeRun, train } from "../train.js";
import { withoutStandardisation } from "./fit-head.js";
import { openBackbone } from "./open-backbone.js";

for (const name of ["xrv-densenet", "vit"]) {
  test(`${name}: features equal PyTorch's, and the head on them scikit-learn's`, async () => {
    const found = await backboneDifferences(golden("backbones"), name, 1);
    assert.equal(found.imageSize, found.golden.size);
    assert.ok(found.features < 1e-5, `${found.features}`); // float32 sums in another order
    // At a gradient of 1e-5 with a curvature of at least 1 / (c n) = 0.4.
    assert.ok(found.head < 1e-4, `${found.head}`);
    const { mean, scale, weights, bias } = found.fitted;
    const raw = withoutStandardisation(found.fitted);
    const logits = found.golden.features.map((row) => [
      row.reduce((sum, value, j) => sum + value * (raw.kernel[j] as number), raw.bias),
      row.reduce(
        (sum, value, j) => sum + ((value - (mean[j] as number)) / (scale[j] as number)) * (weights[j] as number),
        bias,
      ),
    ]);
    assert.ok(logits.every(([folded = Number.NaN, standardised = 0]) => Math.abs(folded - standardised) < 1e-4));
  });
}

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-backbone-"));
after(() => rmSync(cwd, { recursive: true }));
const backbone = golden("backbones", "xrv-densenet.onnx");
const { node: features, size } = readBackboneGolden(golden("backbones"), "xrv-densenet");
const settings = { data: "phantoms", backbone, features, pixels: "-1024..1024", threads: 1 } as const;
const events: RunEvent[] = [];

before(async () => {
  process.env.PNEUMOSCOPE_ENGINE = join(cwd, "no engine"); // none is needed
  const counts = {
    train: { normal: 14, pneumonia: 14 },
    val: { normal: 2, pneumonia: 2 },
    test: { normal: 4, pneumonia: 4 },
  };
  await synthesise(join(cwd, "phantoms"), { counts, seed: 3, size: 80 });
  await train(settings, { cwd, folder: "whole", onEvent: (event) => events.push(event) });
});

const computedImages = (told: readonly RunEvent[]) => told.filter(({ type }) => type === "frozen layers").length;

test("a run on a backbone is a run like others: its scores are those of its file, wherever that is opened", async () => {
  const run = await resumeRun("whole", { cwd });
  assert.deepEqual([run.settings.model, run.settings.imageSize, run.history.length], ["backbone", size, 0]);
  assert.equal(run.provenance.weights.sha256?.length, 64);
  const { c, tried } = run.provenance.head ?? { tried: [] };
  assert.equal(
    Math.min(...tried.map(({ validationLoss }) => validationLoss)),
    tried.find((one) => one.c === c)?.validationLoss,
  );
  assert.ok(tried.every(({ isConverged }) => isConverged));
  for (const model of ["whole", join("whole", "model.onnx")]) {
    await using classifier = await openClassifier(model, { cwd, threads: 1 });
    let count = 0;
    for await (const result of classifier.predict("phantoms/test")) {
      count++;
      const saved = run.predictions.find(({ name }) => result.name.endsWith(name));
      assert.ok(result.kind === "scored" && saved !== undefined);
      assert.ok(Math.abs(result.score - saved.score) < 1e-5);
    }
    assert.equal(count, 8);
  }
  await using classifier = await openClassifier("whole", { cwd, threads: 1 });
  const { evaluation } = await evaluateModel(classifier, { data: "phantoms", cwd });
  assert.equal(evaluation.metrics.auc.value, run.evaluation.test.metrics.auc.value);
  const report = readFileSync(join(cwd, "whole", "report.html"), "utf8");
  assert.match(report, /logistic regression was fitted/i);
  assert.match(report, new RegExp(`features ${features}`));
  assert.doesNotMatch(report, /half a cosine|epochs in/);
  assert.match(readFileSync(join(cwd, "whole", "model-card.md"), "utf8"), /--backbone xrv-densenet\.onnx --features/);
});

test("a run on a backbone is recalibrated as a .onnx file; a Keras file cannot hold it", async () => {
  const local = { data: "phantoms", split: "train", patients: "unknown", threshold: "youden", cwd } as const;
  const { contract, result } = await recalibrate("whole", { ...local, out: "local.onnx" });
  assert.deepEqual([result.images, contract.reference?.of], [28, "phantoms (local)"]);
  await using classifier = await openClassifier("local.onnx", { cwd, threads: 1 });
  assert.equal(classifier.contract.recalibration?.images, 28);
  await assert.rejects(
    recalibrate("whole", { ...local, out: "local.keras" }),
    hasCode("OPTION_INVALID", "ends in .onnx"),
  );
  // Its operator set is an older one than ours.
  const bytes = readFileSync(join(cwd, "whole", "model.onnx"));
  const line = { intercept: -1.5, slope: 0.8 };
  const image = backboneImages(1, size);
  const scoreOf = async (file: Uint8Array) => {
    await using opened = await openClassifier({ name: "m.onnx", bytes: file }, { threads: 1 });
    return (await opened.run(image)).scores[0] as number;
  };
  const expected = recalibrated({ label: 0, score: await scoreOf(bytes) }, line).score;
  const found = await scoreOf(recalibratedOnnx(bytes, line, contract));
  assert.ok(Math.abs(found - expected) < 2e-6, `${found}, ${expected} expected`);
});

test("heat maps of a feature map are class activation maps", async () => {
  await using classifier = await openClassifier("whole", { cwd, threads: 1 });
  const explained = await explainImages(classifier, "phantoms/test", { folder: "explained", cwd });
  assert.equal(explained.check, null, "the backbone's weights are not drawn again");
  assert.equal(explained.results.filter(({ kind }) => kind === "explained").length, 8);
  // By hand: the head's weights times the map, of one image.
  const image = backboneImages(1, size);
  const { weights, bias, map } = await headAndMap(image);
  const cells = 4;
  const cam = Array.from({ length: cells }, (_, at) =>
    weights.reduce((sum, weight, channel) => sum + weight * (map[channel * cells + at] as number), 0),
  );
  const output = await classifier.run(image);
  const score = 1 / (1 + Math.exp(-(cam.reduce((sum, value) => sum + value, 0) / cells + bias)));
  assert.ok(Math.abs((output.scores[0] as number) - score) < 1e-5);
  const positive = cam.map((value) => Math.max(0, value));
  const most = Math.max(...positive) || 1;
  const pneumonia = output.heatMaps?.data.subarray(cells, 2 * cells) ?? [];
  assert.ok(
    largestDifference(
      pneumonia,
      positive.map((value) => value / most),
    ) < 1e-4,
  );
});

test("features are computed once: a stopped training goes on, another seed computes nothing anew", async () => {
  const stop = new AbortController();
  const onEvent = (event: RunEvent) => {
    if (event.type === "head fitted") stop.abort();
  };
  const cacheFolder = "other-cache";
  await assert.rejects(
    train(settings, { cwd, cacheFolder, folder: "stopped", onEvent, signal: stop.signal }),
    hasCode("TRAINING_INTERRUPTED", "before its head was fitted"),
  );
  const told: RunEvent[] = [];
  const resumed = await resumeRun("stopped", { cwd, cacheFolder, onEvent: (event) => told.push(event) });
  assert.equal(computedImages(told), 1, "the end is told, no batch");
  assert.ok(computedImages(events) > 1);
  const whole = await resumeRun("whole", { cwd });
  assert.deepEqual(resumed.predictions, whole.predictions);
  assert.deepEqual(readFileSync(resumed.files.onnx), readFileSync(whole.files.onnx));
  const again = await train(plainSettings(whole.settings), { cwd, folder: "again" });
  assert.deepEqual(again.predictions, whole.predictions);
});

test("a run on a backbone is exported as .onnx alone", async () => {
  const { parameters, bytes } = await exportModel("whole", { format: "onnx", out: "exported.onnx", cwd });
  assert.ok(parameters > 6000 && bytes !== null);
  assert.deepEqual(readFileSync(join(cwd, "exported.onnx")), readFileSync(join(cwd, "whole", "model.onnx")));
  const refused = (options: Parameters<typeof exportModel>[1]) =>
    assert.rejects(exportModel("whole", options), hasCode("MODEL_INVALID", "backbone"));
  await refused({ format: "keras", out: "refused.keras", cwd });
  await refused({ format: "tfjs", out: "refused", cwd });
  await refused({ format: "onnx", precision: "int8", out: "refused.onnx", cwd });
});

test("tokens give the class token's features and no heat maps; values beside the file are taken in", async () => {
  const vit = golden("backbones", "vit.onnx");
  await train({ ...settings, backbone: vit, features: "auto", pixels: "imagenet" }, { cwd, folder: "vit" });
  await using classifier = await openClassifier("vit", { cwd, threads: 1 });
  const { heatMaps, scores } = await classifier.run(backboneImages(2, size));
  assert.equal(heatMaps, null);
  assert.equal(scores.length, 2);
});

test("what does nothing with a backbone, and a backbone that cannot be used, is refused by name", async () => {
  const refused = (own: Partial<TrainSettings>, code: ErrorCode, part: string) =>
    assert.rejects(train({ ...settings, ...own }, { cwd, folder: "refused" }), hasCode(code, part));
  await refused({ epochs: 3 }, "OPTION_INVALID", "epochs");
  await refused({ model: "mobilenet" }, "OPTION_INVALID", "model");
  await refused(
    { weights: "pretrained", trainFrom: "all", fineTune: 2 },
    "OPTION_INVALID",
    "weights, trainFrom, fineTune",
  );
  await refused({ augmentation: "exposure" }, "OPTION_INVALID", "augmentation");
  await refused({ protocol: "study" }, "OPTION_INVALID", "protocol");
  await refused({ pixels: "model" }, "OPTION_INVALID", "torchxrayvision");
  await refused({ pixels: "mean=0.5,std=0" }, "OPTION_INVALID", "pixels");
  await refused({ features: "relu20" }, "OPTION_INVALID", 'Did you mean "relu_20"?');
  await refused({ features: "nothing like it" }, "OPTION_INVALID", "Candidates");
  await refused({ imageSize: 96 }, "OPTION_INVALID", "imageSize");
  await refused({ backbone: "none" }, "OPTION_INVALID", "features");
  await refused({ backbone: "absent.onnx" }, "FILE_MISSING", "absent.onnx");
  writeFileSync(join(cwd, "text.onnx"), "not a model");
  await refused({ backbone: "text.onnx" }, "MODEL_FILE_INVALID", "text.onnx");
  copyFileSync(golden("backbones", "vit.onnx"), join(cwd, "alone.onnx"));
  await refused({ backbone: "alone.onnx", features: "out" }, "MODEL_FILE_INVALID", "vit.onnx.data");
  assert.equal(existsSync(join(cwd, "refused")), false);
});

/** From the run's own file, which is a backbone as well: features of one image as a map, and the head's constants. */
async function headAndMap(image: Uint8Array) {
  const file = join(cwd, "whole", "model.onnx");
  const { graph: backbone } = await openBackbone(file, "features");
  const bytes = writeBackboneValue({ backbone, scaling: scalingOf["0..255"], imageSize: size });
  const { InferenceSession, Tensor } = await loadOnnxRuntime();
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const { value } = await session.run({ image: new Tensor("uint8", image, [1, 1, size, size]) });
  await session.release();
  const { constants } = readForeignOnnx(readFileSync(file), file);
  const numbers = (name: string, count: number) =>
    new Float32Array(constants.get(name)?.bytes.slice(-4 * count).buffer as ArrayBuffer); // raw data come last
  const [, channels = 0, ...sides] = value?.dims ?? [];
  assert.deepEqual(sides, [2, 2]);
  const [bias = Number.NaN] = numbers("head::bias", 1);
  return { weights: numbers("head::kernel", channels), bias, map: value?.data as Float32Array };
}
