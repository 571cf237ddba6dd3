// The same file in the browser's runtime (onnxruntime-web, WebAssembly, here in Node.js) and in Node's: equal scores.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as web from "onnxruntime-web/wasm";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { sampleContract } from "../../../test/support/sample-contract.js";
import { oneOfEachFamily, smallImageSize } from "../../../test/support/zoo-families.js";
import { loadOnnxRuntime } from "../../core/onnx-runtime.js";
import { Random } from "../../core/random.js";
import { weightPrecisions } from "../../model/model-contract.js";
import { writeInferenceModel } from "./write-inference-model.js";

const { InferenceSession, Tensor } = await loadOnnxRuntime();

/** What issue 4 asks for. */
const tolerance = 1e-4;

web.env.wasm.numThreads = 1;

for (const entry of oneOfEachFamily) {
  test(`${entry.id}: in WebAssembly as in Node.js`, async (context) => {
    const imageSize = smallImageSize(entry);
    const graph = entry.build({ imageSize });
    const random = Random.of("web", entry.id);
    const images = Uint8Array.from({ length: 2 * imageSize ** 2 }, () => random.integer(256));
    const dims = [2, 1, imageSize, imageSize];
    const precisions = entry.id === "mobilenet" ? weightPrecisions : (["float32"] as const);
    const weights = livelyWeights(graph, 3);
    for (const precision of precisions) {
      const contract = sampleContract({ imageSize, scaling: entry.scaling.sound, precision });
      const bytes = writeInferenceModel(graph, weights, contract);
      const inNode = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
      const inWeb = await web.InferenceSession.create(bytes, { executionProviders: ["wasm"], logSeverityLevel: 3 });
      const expected = await inNode.run({ image: new Tensor("uint8", images, dims) });
      const found = await inWeb.run({ image: new web.Tensor("uint8", images, dims) });
      await inNode.release();
      await inWeb.release();
      assert.deepEqual(Object.keys(expected).sort(), ["heatmap", "probability"]);
      for (const output of ["probability", "heatmap"]) {
        const [a, b] = [expected, found].map((outputs) => outputs[output]?.data as Float32Array);
        const difference = Math.max(...[...(a ?? [])].map((value, i) => Math.abs(value - (b?.[i] as number))));
        context.diagnostic(`${precision}, ${output}: largest difference ${difference.toExponential(1)}`);
        assert.ok(difference <= tolerance, output);
      }
    }
  });
}
