// Writes TensorFlow.js exports for tfjs-models.js to load in real TensorFlow.js: the small golden Keras models with the
// inputs and outputs of real Keras, and a model of every family with the output our engine computes.
//     node dist/test/golden/make/write-for-tfjs.js FOLDER && node test/golden/make/tfjs-models.js FOLDER TFJS
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../../src/core/errors.js";
import { Random } from "../../../src/core/random.js";
import { readKerasModel } from "../../../src/interchange/keras-h5/read-keras-model.js";
import { writeTfjsModel } from "../../../src/interchange/tfjs-layers/write-tfjs-model.js";
import { initialWeights } from "../../../src/model/initial-weights.js";
import type { ModelGraph } from "../../../src/model/model-graph.js";
import { inferShapes, product } from "../../../src/model/shapes.js";
import type { HostTensor, WeightMap } from "../../../src/model/weights.js";
import { inArena } from "../../../src/tensor/arena.js";
import { noGrad } from "../../../src/tensor/engine.js";
import * as ops from "../../../src/tensor/operators.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { Network } from "../../../src/training/network.js";
import { kerasGoldenModels, readKerasGolden } from "../../support/keras-golden.js";
import { oneOfEachFamily, smallImageSize } from "../../support/zoo-families.js";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name a folder for the exports");
mkdirSync(folder, { recursive: true });

for (const name of kerasGoldenModels) {
  const { path, input, output } = readKerasGolden(name);
  const { graph, weights } = await readKerasModel(path);
  try {
    await writeTfjsModel(join(folder, name), graph, weights);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "MODEL_LAYER_UNSUPPORTED") throw thrown;
    continue; // tfjs-layers.test.ts says which
  }
  writeExpected(name, input, output);
}
for (const entry of oneOfEachFamily.filter(({ id }) => id !== "convnexttiny")) {
  // Small: TensorFlow.js' plain backend needs minutes for a deep network at 224 pixels.
  const graph = entry.build({ imageSize: smallImageSize(entry) });
  const weights = livelyWeights(graph, entry.id === "mobilenet" ? 0.15 : 0.8);
  await writeTfjsModel(join(folder, entry.id), graph, weights);
  const shape = [1, ...(inferShapes(graph).get(graph.nodes[0]?.name ?? "") ?? [])];
  const random = Random.of("input", entry.id);
  const input = { shape, data: new Float32Array(product(shape)).map(() => random.uniform()) };
  const network = new Network(graph, weights);
  const data = noGrad(() =>
    inArena(() => network.predict(ops.permute(Tensor.fromArray(input.data, shape), [0, 3, 1, 2]))),
  );
  network.dispose();
  writeExpected(entry.id, input, { shape: [1, 1], data });
}

/** Random weights with which the signal of the input neither fades on its way to the output nor drowns it. */
function livelyWeights(graph: ModelGraph, variance: number): WeightMap {
  const random = Random.of("lively");
  const lively = [...initialWeights(graph, 1)].map(([layer, tensors]) => {
    const ofLayer = [...tensors].map(([name, { shape, data }]) => {
      if (name === "moving_variance")
        return [name, { shape, data: data.map(() => random.uniform(variance, 1.5 * variance)) }] as const;
      return [
        name,
        { shape, data: /kernel/.test(name) ? data : data.map((v) => v + random.uniform(-0.2, 0.2)) },
      ] as const;
    });
    return [layer, new Map(ofLayer)] as const;
  });
  return new Map(lively);
}

function writeExpected(name: string, input: HostTensor, output: HostTensor): void {
  const json = { input: packed(input), output: packed(output) };
  writeFileSync(join(folder as string, `${name}.json`), JSON.stringify(json));
}

function packed({ shape, data }: HostTensor): { shape: readonly number[]; base64: string } {
  return { shape, base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64") };
}
