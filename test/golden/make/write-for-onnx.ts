// Writes .onnx files of ours for onnx_check.py: every registered model in every precision of its kernels.
//     node dist/test/golden/make/write-for-onnx.js FOLDER && python test/golden/make/onnx_check.py FOLDER
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeInferenceModel } from "../../../src/interchange/onnx/write-inference-model.js";
import { weightPrecisions } from "../../../src/model/model-contract.js";
import { zoo } from "../../../src/model/zoo/registry.js";
import { livelyWeights } from "../../support/lively-weights.js";
import { sampleContract } from "../../support/sample-contract.js";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name a folder for the files");
mkdirSync(folder, { recursive: true });

for (const entry of zoo) {
  const graph = entry.build();
  const weights = livelyWeights(graph, 1);
  const { imageSize } = entry.input;
  for (const precision of weightPrecisions) {
    const contract = sampleContract({ model: entry.id, imageSize, scaling: entry.scaling.sound, precision });
    writeFileSync(join(folder, `${entry.id}-${precision}.onnx`), writeInferenceModel(graph, weights, contract));
  }
}
