// One score everywhere: whatever a model is stored as, the reader gives what the training engine gives.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { sampleContract } from "../../test/support/sample-contract.js";
import { oneOfEachFamily, smallImageSize } from "../../test/support/zoo-families.js";
import { Random } from "../core/random.js";
import { writePredictions } from "../evaluation/predictions-file.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import { OnnxGraphBuilder } from "../interchange/onnx/onnx-graph-builder.js";
import { dataType } from "../interchange/onnx/onnx-messages.js";
import { onnxMetadataKey, writeInferenceModel } from "../interchange/onnx/write-inference-model.js";
import { encodeGraph, imagesInfo, writeOnnxModel } from "../interchange/onnx/write-onnx-model.js";
import { tfjsMetadataKey } from "../interchange/read-model-file.js";
import { writeTfjsModel } from "../interchange/tfjs-layers/write-tfjs-model.js";
import { customCnn } from "../model/zoo/custom-cnn.js";
import { Network } from "../training/network.js";
import { scoreImages } from "../training/score.js";
import { openModel } from "./open-model.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-reading-"));
after(() => rmSync(folder, { recursive: true }));

/** What issue 4 asks for; float32 sums in another order differ by less. */
const tolerance = 1e-4;

function noise(seed: string, count: number, size: number): Uint8Array {
  const random = Random.of("images", seed);
  return Uint8Array.from({ length: count * size * size }, () => Math.floor(random.uniform(0, 256)));
}

for (const entry of oneOfEachFamily) {
  test(`${entry.id}: scores as the training engine's, in both protocols' scalings`, async (context) => {
    const imageSize = smallImageSize(entry);
    const graph = entry.build({ imageSize });
    const weights = livelyWeights(graph, 3);
    const images = noise(entry.id, 5, imageSize);
    const network = new Network(graph, weights);
    for (const scaling of new Set(Object.values(entry.scaling))) {
      const file = join(folder, `${entry.id}.onnx`);
      writeFileSync(file, writeInferenceModel(graph, weights, sampleContract({ imageSize, scaling })));
      const reader = await openModel(file, { threads: 1 });
      const { scores } = await reader.run(images);
      await reader.dispose();
      const indices = Int32Array.from([0, 1, 2, 3, 4]);
      const expected = await scoreImages(network, { pixels: images, size: imageSize }, indices, {
        scaling,
        batchSize: 5,
      });
      const difference = Math.max(...expected.map((score, i) => Math.abs(score - (scores[i] as number))));
      context.diagnostic(
        `${scaling.title}: scores ${expected[0]?.toFixed(4)} …, difference ${difference.toExponential(1)}`,
      );
      assert.ok(difference <= tolerance, `${scaling.title}: ${[...expected]} and ${[...scores]}`);
      assert.ok(new Set(expected).size > 1, "images are told apart");
    }
    network.dispose();
  });
}

test("a run folder, .h5, TensorFlow.js and .onnx give equal scores and the contract", async () => {
  const graph = customCnn({ imageSize: 32 });
  const weights = livelyWeights(graph, 4);
  const { schemaVersion, productVersion, precision, operation, licence, intendedUse, ...contract } = sampleContract();
  mkdirSync(join(folder, "run", "weights"), { recursive: true });
  for (const file of ["run/weights/best.h5", "model.h5"]) {
    await writeKerasModel(join(folder, file), graph, weights, { json: { contract } });
  }
  await writeTfjsModel(join(folder, "web"), graph, weights, { [tfjsMetadataKey]: contract });
  const row = (name: string, label: 0 | 1, score: number, split: string) => ({
    name,
    patient: name,
    label,
    score,
    split,
  });
  await writePredictions(join(folder, "run", "predictions.csv"), [
    row("a", 1, 0.9, "test"),
    row("b", 1, 0.1, "test"),
    row("c", 0, 0.2, "test"),
    row("d", 1, 0.9, "validation"),
  ]);
  writeFileSync(join(folder, "model.onnx"), writeInferenceModel(graph, weights, sampleContract()));

  const images = noise("formats", 3, 32);
  const readings = [];
  for (const place of ["run", "model.h5", "web", "web/model.json", "model.onnx"]) {
    const reader = await openModel(join(folder, place), { heatMaps: "without", threads: 1 });
    assert.deepEqual([reader.hasContract, reader.contract.threshold.value], [true, 0.25], place);
    readings.push([...(await reader.run(images)).scores]);
    if (place === "run") {
      const [test, validation, ...more] = reader.contract.operation;
      assert.deepEqual([test?.split, validation?.split, more.length], ["test", "validation", 0]);
      const { sensitivity, specificity, auc } = test ?? assert.fail();
      assert.deepEqual([sensitivity.value, sensitivity.n, specificity.value, specificity.n], [0.5, 2, 1, 1]);
      assert.ok((sensitivity.low ?? 1) < 0.5 && (sensitivity.high ?? 0) > 0.5); // Wilson's, as its own test checks
      assert.equal(auc.value, 0.5);
      assert.deepEqual(validation?.specificity, { value: null, low: null, high: null, n: 0 });
    }
    await reader.dispose();
  }
  for (const scores of readings) assert.deepEqual(scores, readings[0]);
});

test("batches asked for at once come back each with its own scores", async () => {
  const reader = await openModel(join(folder, "model.onnx"));
  const batches = [1, 4, 2].map((count) => noise(`batch ${count}`, count, 32));
  const together = await Promise.all(batches.map((images) => reader.run(images)));
  for (const [i, images] of batches.entries()) {
    const alone = await reader.run(images);
    assert.deepEqual(together[i]?.scores, alone.scores);
  }
  await assert.rejects(reader.run(new Uint8Array(1023)), hasCode("OPTION_INVALID", "1023 bytes"));
  await assert.rejects(reader.run(new Uint8Array()), hasCode("OPTION_INVALID", "0 bytes"));
  await reader.dispose();
});

/** A file that passes for one of ours until ONNX Runtime has it. */
function almostOurs(build: (builder: OnnxGraphBuilder) => void): string {
  const builder = new OnnxGraphBuilder();
  build(builder);
  const file = join(folder, "almost.onnx");
  const bytes = encodeGraph(
    "almost",
    builder,
    [imagesInfo("image", dataType.uint8, [1, 32, 32])],
    [imagesInfo("probability", dataType.float, [1])],
    { [onnxMetadataKey]: JSON.stringify(sampleContract()) },
  );
  writeFileSync(file, bytes);
  return file;
}

test("the caller's bytes stay the caller's, in a Buffer too", async () => {
  const graph = customCnn({ imageSize: 32 });
  const written = writeInferenceModel(graph, livelyWeights(graph, 1), sampleContract({ imageSize: 32 }));
  const bytes = Buffer.from(new Uint8Array(written).buffer); // all of its memory: such could move to another thread
  for (let time = 0; time < 2; time++) await (await openModel({ name: "model.onnx", bytes }, { threads: 1 })).dispose();
  assert.ok(bytes.equals(written));
});

test("what is no model of ours is one clear error, and leaves no thread behind", async () => {
  const whole = readFileSync(join(folder, "model.onnx"));
  for (const [name, bytes, code, part] of [
    ["cut.onnx", whole.subarray(0, whole.length / 2), "MODEL_FILE_INVALID", "cut short"],
    ["noise.onnx", noise("file", 1, 100), "MODEL_FILE_INVALID", "another kind of file"],
    [
      "foreign.onnx",
      writeOnnxModel(customCnn({ imageSize: 32 }), livelyWeights(customCnn({ imageSize: 32 }), 1)),
      "MODEL_FILE_INVALID",
      "without metadata",
    ],
  ] as const) {
    writeFileSync(join(folder, name), bytes);
    await assert.rejects(openModel(join(folder, name)), hasCode(code, part));
  }
  await assert.rejects(openModel(join(folder, "absent.onnx")), hasCode("FILE_MISSING", "absent.onnx"));
  mkdirSync(join(folder, "folder.onnx"));
  await assert.rejects(openModel(join(folder, "folder.onnx")), hasCode("FILE_UNREADABLE", "folder.onnx"));

  const loose = almostOurs((builder) => builder.node("Identity", ["nothing"], "probability"));
  await assert.rejects(openModel(loose), hasCode("MODEL_FILE_INVALID", "ONNX Runtime can load it"));

  const failing = almostOurs((builder) => {
    builder.node("Cast", ["image"], "grey", { to: dataType.float });
    builder.node("Reshape", ["grey", builder.integers("shape", [-1, 5000])], "probability");
  });
  const reader = await openModel(failing);
  await assert.rejects(reader.run(new Uint8Array(1024)), hasCode("MODEL_INVALID", "should be able to run it"));
  await reader.dispose();
  await assert.rejects(reader.run(new Uint8Array(1024)), hasCode("MODEL_INVALID", "thread ended"));
  await reader.dispose();
});

test("files of another kind and folders without a model say what they are and what is wanted", async () => {
  const refusal = (name: string) =>
    openModel(join(folder, name)).then(
      () => "",
      (thrown: Error) => thrown.message,
    );
  mkdirSync(join(folder, "empty-folder"));
  writeFileSync(join(folder, "photo.jpeg"), Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0));
  for (const name of ["empty.onnx", "empty.h5"]) writeFileSync(join(folder, name), "");
  assert.match(
    await refusal("empty-folder"),
    /should hold a model: weights\/best\.h5, .*model\.json, or config\.json of an unpacked \.keras file\. Received one without/,
  );
  assert.match(
    await refusal("photo.jpeg"),
    /should be an HDF5 file, as Keras' \.h5 files are\. Received 8 bytes of another kind/,
  );
  assert.match(await refusal("empty.onnx"), /should be an ONNX file\. Received an empty file/);
  assert.match(await refusal("empty.h5"), /should be an HDF5 file.*Received an empty file/);
});
