// The reader and the training engine on real radiographs at full size: the score that `train` writes is the one that a
// model file gives. Random weights that show every part of the model; trained ones are measured in bench/onnx-variants.ts.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { realData, withoutRealData } from "../../test/support/paths.js";
import { sampleContract } from "../../test/support/sample-contract.js";
import { loadImages } from "../dataset/load-images.js";
import { openDataset } from "../dataset/open-dataset.js";
import { writeInferenceModel } from "../interchange/onnx/write-inference-model.js";
import { findModel } from "../model/zoo/registry.js";
import { Network } from "../training/network.js";
import { scoreImages } from "../training/score.js";
import { openModel } from "./open-model.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-real-"));
after(() => rmSync(folder, { recursive: true }));

/** What issue 4 asks for. */
const tolerance = 1e-4;
/** Every 13th of the 624: 48 images of both classes. */
const step = 13;

for (const id of ["custom", "mobilenet"]) {
  test(`${id}: real test images score as in the training engine`, {
    skip: withoutRealData("chest_xray"),
  }, async (context) => {
    const { samples } = await openDataset(realData("chest_xray"));
    const chosen = samples.filter(({ split }) => split === "test").filter((_, i) => i % step === 0);
    const { scaling, input, build } = findModel(id);
    const size = input.imageSize;
    const { pixels, loaded } = await loadImages(chosen, { size, cacheFolder: null });
    const graph = build();
    const weights = livelyWeights(graph, 6);
    const network = new Network(graph, weights);
    const options = { scaling: scaling.sound, batchSize: 16 };
    const expected = await scoreImages(network, { pixels, size }, Int32Array.from(loaded.keys()), options);
    network.dispose();

    const file = join(folder, `${id}.onnx`);
    writeFileSync(
      file,
      writeInferenceModel(graph, weights, sampleContract({ imageSize: size, scaling: scaling.sound })),
    );
    const reader = await openModel(file);
    const { scores } = await reader.run(pixels);
    await reader.dispose();
    assert.equal(scores.length, loaded.length);
    const difference = Math.max(...expected.map((score, i) => Math.abs(score - (scores[i] as number))));
    context.diagnostic(`${loaded.length} images, largest difference ${difference.toExponential(1)}`);
    assert.ok(difference <= tolerance && new Set(expected).size > 40, `${difference}`);
  });
}
