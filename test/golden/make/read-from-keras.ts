// Loads what keras_saves.py wrote, whole files and weights by real Keras, and computes Keras' own input:
//     node dist/test/golden/make/read-from-keras.js FOLDER
// Prints one line per file with the largest difference from Keras' output, relative to it; fails when one is above 1e-5.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPretrained } from "../../../src/interchange/load-pretrained.js";
import { readModelFile } from "../../../src/interchange/read-model-file.js";
import type { ModelGraph } from "../../../src/model/model-graph.js";
import type { WeightMap } from "../../../src/model/weights.js";
import { findModel } from "../../../src/model/zoo/registry.js";
import { inArena } from "../../../src/tensor/arena.js";
import { noGrad } from "../../../src/tensor/engine.js";
import * as ops from "../../../src/tensor/operators.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { Network } from "../../../src/training/network.js";

interface Packed {
  readonly shape: readonly number[];
  readonly base64: string;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder that keras_saves.py filled");
const names = readdirSync(folder).filter((name) => /\.(h5|keras)$/.test(name));
assert.ok(names.length > 0, `${folder}: no model files`);
for (const name of names) {
  const { graph, weights } = await read(name);
  const kept = readFileSync(join(folder, name.replace(/(\.weights)?\.(h5|keras)$/, ".json")), "utf8");
  const { input, output } = JSON.parse(kept) as Record<"input" | "output", Packed>;
  const network = new Network(graph, weights);
  const computed = noGrad(() =>
    inArena(() => network.predict(ops.permute(Tensor.fromArray(numbers(input), input.shape), [0, 3, 1, 2]))),
  );
  network.dispose();
  const expected = numbers(output);
  const difference = Math.max(
    ...expected.map((value, i) => Math.abs(value - (computed[i] as number)) / Math.abs(value)),
  );
  process.stdout.write(
    `${name}: ${graph.nodes.length} layers; largest relative difference of outputs ${difference.toExponential(1)}\n`,
  );
  assert.ok(computed.length === expected.length && difference <= 1e-5, name);
}

/** Weights alone go into the registered model of their name. */
async function read(name: string): Promise<{ readonly graph: ModelGraph; readonly weights: WeightMap }> {
  const place = join(folder as string, name);
  if (!name.endsWith(".weights.h5")) return readModelFile(place);
  const { build } = findModel(name.slice(0, -".weights.h5".length));
  const [, height] = (JSON.parse(readFileSync(place.replace(/weights\.h5$/, "json"), "utf8")).input as Packed).shape;
  const graph = build({ imageSize: height as number });
  const { weights } = await loadPretrained({ graph, firstHeadLayer: null, fresh: [], place, seed: 1 });
  return { graph, weights };
}

function numbers({ base64 }: Packed): Float32Array {
  const { buffer, byteOffset, byteLength } = Buffer.from(base64, "base64");
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
