// `pneumoscope export`: whatever goes in and out, the weights and the contract stay the same.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeBrightnessModel } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { golden } from "../../../test/support/paths.js";
import { sampleContract } from "../../../test/support/sample-contract.js";
import { packageVersion } from "../../core/package.js";
import { writePredictions } from "../../evaluation/predictions-file.js";
import { openModel } from "../../inference/open-model.js";
import { writeKerasModel } from "../../interchange/keras-h5/write-keras-model.js";
import { loadPretrained } from "../../interchange/load-pretrained.js";
import { readModelFile } from "../../interchange/read-model-file.js";
import { initialWeights } from "../../model/initial-weights.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { runCommandLine } from "../main.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-export-"));
after(() => rmSync(folder, { recursive: true }));

const { schemaVersion, productVersion, precision, operation, licence, intendedUse, ...contract } = sampleContract();

async function run(...args: readonly string[]) {
  const terminal = capturedTerminal({ cwd: folder });
  const code = await runCommandLine(["export", ...args], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

test("a run goes to TensorFlow.js, from there to Keras, and is the same model with the same contract", async () => {
  const graph = customCnn({ imageSize: 32 });
  const weights = initialWeights(graph, 4);
  mkdirSync(join(folder, "run", "weights"), { recursive: true });
  const moments = new Map([["adam/first/x", { shape: [1], data: Float32Array.of(1) }]]);
  const best = join(folder, "run", "weights", "best.h5");
  await writeKerasModel(best, graph, weights, { json: { contract, adamStep: 1 }, tensors: moments });
  const { code, out } = await run("run", "--format", "tfjs", "--out", "web");
  assert.equal(code, 0);
  assert.match(out, /web: 193,857 parameters from .*best\.h5/);
  assert.match(
    out,
    /pixels scaled: 0 to 1\. Its score is P\(PNEUMONIA\); threshold 0\.25 \(youden, chosen on validation\)\. Research use only\./,
  );
  assert.equal((await run("web", "--format", "keras", "--out", "model.h5")).code, 0);
  assert.equal((await run("model.h5", "--format", "keras", "--out", "model.keras")).code, 0);
  assert.equal((await run("model.keras", "--format", "keras", "--out", "model.weights.h5")).code, 0);
  const place = join(folder, "model.weights.h5");
  assert.deepEqual((await loadPretrained({ graph, firstHeadLayer: null, place, seed: 1, fresh: [] })).weights, weights);
  for (const place of ["web", "web/model.json", "model.h5", "model.keras"]) {
    const model = await readModelFile(join(folder, place));
    assert.deepEqual(model.weights, weights, place);
    assert.deepEqual(model.graph.nodes, graph.nodes, place);
    assert.deepEqual(model.contract, contract, place);
  }
});

test("a run goes to ONNX in three precisions and says what was measured", async () => {
  const row = { patient: "p", split: "test" } as const;
  await writePredictions(join(folder, "run", "predictions.csv"), [
    { ...row, name: "a", label: 1, score: 0.9 },
    { ...row, name: "b", label: 0, score: 0.1 },
  ]);
  const image = Uint8Array.from({ length: 1024 }, (_, i) => i % 251);
  const scores: number[] = [];
  for (const [precision, size] of [
    ["float32", "0.8"],
    ["float16", "0.4"],
    ["int8", "0.2"],
  ] as const) {
    const { code, out } = await run("run", "--format", "onnx", "--precision", precision, "--out", `${precision}.onnx`);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`193,857 parameters from .*best\\.h5, kernels in ${precision}, ${size} MB`));
    assert.match(
      out,
      /"image", uint8 \[n, 1, 32, 32\], grey, .*P\(PNEUMONIA\); threshold 0\.25 \(youden, chosen on validation\)/,
    );
    assert.match(out, /On 2 test images: sensitivity 1\.000 \(0\.207–1\.000\), specificity 1\.000/);
    const reader = await openModel(join(folder, `${precision}.onnx`), { threads: 1 });
    const { operation, ...told } = reader.contract;
    assert.deepEqual({ ...told, operation: [] }, sampleContract({ precision, productVersion: packageVersion() }));
    assert.equal(operation[0]?.images, 2);
    scores.push((await reader.run(image)).scores[0] as number);
    await reader.dispose();
  }
  assert.ok(Math.max(...scores) - Math.min(...scores) < 0.01, `${scores}`);
});

test("a file by Keras goes out with a word on what it does not say", async () => {
  const { code, out } = await run(golden("keras", "frozen-keras3.h5"), "--format", "tfjs", "--out", "by-keras");
  assert.equal(code, 0);
  assert.match(out, /does not say how its pixels are scaled/);
});

test("a file by Keras becomes .onnx as one says how it is read", async () => {
  await writeBrightnessModel(join(folder, "theirs.h5"), { threshold: null });
  const asked = { scores: "normal", pixels: "-1..1" } as const;
  const told = ["theirs.h5", "--scores", asked.scores, "--pixels", asked.pixels];
  const { code, out, err } = await run(...told, "--format", "onnx", "--out", "theirs.onnx");
  assert.equal(code, 0, err);
  assert.match(out, /"probability" is P\(PNEUMONIA\); threshold 0\.5/);
  const scores: Float32Array[] = [];
  for (const [place, options] of [
    ["theirs.h5", asked],
    ["theirs.onnx", {}],
  ] as const) {
    const model = await openModel(join(folder, place), { ...options, threads: 1 });
    scores.push((await model.run(new Uint8Array(model.contract.imageSize ** 2).fill(70))).scores);
    assert.match(model.contract.intendedUse, /whoever opened it says; the threshold is assumed.*ages not stated/);
    assert.equal(model.contract.scaling.title, "-1 to 1");
    await model.dispose();
  }
  assert.deepEqual(scores[1], scores[0]);
});

test("nothing is overwritten, and what cannot be exported is said", async () => {
  const model = golden("keras", "frozen-keras3.h5");
  await writeBrightnessModel(join(folder, "unknown.h5"), { threshold: null });
  assert.equal((await run(model, "--format", "keras", "--out", "taken.h5")).code, 0);
  const refusals: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
    [[model, "--format", "keras", "--out", "taken.h5"], 1, /OPTION_INVALID.*a path that exists/],
    [[model, "--out", "model.h5"], 2, /add --format with one of onnx, keras, tfjs/],
    [[model, "--format", "keras", "--out", "model.hdf5"], 1, /ends in \.keras or \.weights\.h5 or \.h5.*"\.hdf5"/],
    [[model, "--format", "keras", "--out", ".keras"], 1, /OPTION_INVALID.*ends in \.keras/],
    [[model, "--format", "tfjs", "--out", "."], 1, /RUN_FOLDER_TAKEN/],
    [[model, "--format", "onx", "--out", "x"], 2, /Should be one of onnx, keras, tfjs/],
    [["unknown.h5", "--format", "onnx", "--out", "x.onnx"], 1, /MODEL_INVALID.*not say what its score means/],
    [
      ["unknown.h5", "--scores", "normal", "--format", "onnx", "--out", "x.onnx"],
      1,
      /MODEL_INVALID.*not say how its pixels are scaled/,
    ],
    [["unknown.h5", "--scores", "normal", "--format", "keras", "--out", "x.keras"], 2, /only a \.onnx file/],
    [["run", "--format", "onnx", "--out", "int8.onnx"], 1, /OPTION_INVALID.*a path that exists/],
    [["run", "--format", "onnx", "--out", "model.onx"], 1, /OPTION_INVALID.*the ending "\.onx"/],
    [
      ["int8.onnx", "--format", "onnx", "--out", "again.onnx"],
      1,
      /MODEL_INVALID.*there is no way back from a \.onnx file/,
    ],
    [["run", "--format", "keras", "--precision", "int8", "--out", "x.h5"], 2, /only a \.onnx file/],
    [["absent.h5", "--format", "tfjs", "--out", "x"], 1, /FILE_MISSING/],
    [[folder, "--format", "tfjs", "--out", "x"], 1, /FILE_MISSING.*model\.json/],
  ];
  for (const [args, code, says] of refusals) {
    const result = await run(...args);
    assert.equal(result.code, code, args.join(" "));
    assert.match(result.err, says);
  }
});
