// Writes files of ours for keras_loads.py to try in real Keras: every registered model and the small golden ones, each
// with an input and the output our engine computes for it.
//     node dist/test/golden/make/write-for-keras.js FOLDER [MODEL ...] && python test/golden/make/keras_loads.py FOLDER
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../src/core/random.js";
import { writeKerasArchive, writeKerasWeights } from "../../../src/interchange/keras-archive/write-keras-archive.js";
import { readKerasModel } from "../../../src/interchange/keras-h5/read-keras-model.js";
import { writeKerasModel } from "../../../src/interchange/keras-h5/write-keras-model.js";
import { permuted } from "../../../src/interchange/onnx/permuted.js";
import type { ModelGraph } from "../../../src/model/model-graph.js";
import { inferShapes, product } from "../../../src/model/shapes.js";
import type { HostTensor, WeightMap } from "../../../src/model/weights.js";
import { zoo } from "../../../src/model/zoo/registry.js";
import { inArena } from "../../../src/tensor/arena.js";
import { noGrad } from "../../../src/tensor/engine.js";
import * as ops from "../../../src/tensor/operators.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { Network } from "../../../src/training/network.js";
import { kerasGoldenModels } from "../../support/keras-golden.js";
import { golden } from "../../support/paths.js";
import { formulaWeights, readZooGolden } from "../../support/zoo-golden.js";

const [folder, ...named] = process.argv.slice(2);
if (folder === undefined) throw new Error("name a folder for the files");
mkdirSync(folder, { recursive: true });

for (const entry of zoo.filter(({ id }) => named.length === 0 || named.includes(id))) {
  const graph = entry.build();
  await write(entry.id, graph, formulaWeights(graph, readZooGolden(entry.id).normalizations));
}
const saved = kerasGoldenModels.filter((name) => name.endsWith("keras3") && name !== "sequential-keras3");
/** Keras 3.15 loads its own of these neither: a RandomShear, a LayerNormalization of several axes. */
const unloadable = ["augmented-keras3", "imagewise-keras3"];
for (const name of ["sequential-keras2", ...saved.filter((one) => !unloadable.includes(one))]) {
  const { graph, weights } = await readKerasModel(golden("keras", `${name}.h5`));
  await write(name, graph, weights);
}

async function write(name: string, graph: ModelGraph, weights: WeightMap): Promise<void> {
  const shape = [2, ...(inferShapes(graph).get(graph.nodes[0]?.name ?? "") ?? [])];
  const random = Random.of("input", name);
  const input = { shape, data: new Float32Array(product(shape)).map(() => random.uniform()) };
  const network = new Network(graph, weights);
  const data = noGrad(() =>
    inArena(() => network.predict(ops.permute(Tensor.fromArray(input.data, shape), [0, 3, 1, 2]))),
  );
  network.dispose();
  const [height, width, channels] = inferShapes(graph).get(graph.output) ?? [];
  const output =
    channels === undefined
      ? { shape: [2, height as number], data }
      : permuted({ shape: [2, channels, height as number, width as number], data }, [0, 2, 3, 1]); // NCHW -> NHWC
  const own = { json: { epoch: 1 }, tensors: new Map([["adam/first/x", input]]) };
  await writeKerasModel(join(folder as string, `${name}.h5`), graph, weights, own);
  await writeKerasArchive(join(folder as string, `${name}.keras`), graph, weights, own.json);
  await writeKerasWeights(join(folder as string, `${name}.weights.h5`), graph, weights);
  const layers = [...weights].map(([layer, tensors]) => [
    layer,
    Object.fromEntries([...tensors].map(([weight, tensor]) => [weight, digest(tensor)])),
  ]);
  const json = { weights: Object.fromEntries(layers), input: packed(input), output: packed(output) };
  writeFileSync(join(folder as string, `${name}.json`), JSON.stringify(json));
}

function digest({ data }: HostTensor): string {
  return createHash("sha256").update(bytesOf(data)).digest("hex");
}

function packed(tensor: HostTensor): { shape: readonly number[]; base64: string } {
  return { shape: tensor.shape, base64: bytesOf(tensor.data).toString("base64") };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
