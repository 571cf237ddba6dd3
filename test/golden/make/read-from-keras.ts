// Loads what keras_saves.py wrote, whole files by real Keras, and computes Keras' own input:
//     node dist/test/golden/make/read-from-keras.js FOLDER
// Prints one line per file with the largest difference from Keras' output; fails when one is above 1e-4.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readKerasModel } from "../../../src/interchange/keras-h5/read-keras-model.js";
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
const names = readdirSync(folder).filter((name) => name.endsWith(".h5"));
assert.ok(names.length > 0, `${folder}: no .h5 files`);
for (const name of names) {
  const { graph, weights } = await readKerasModel(join(folder, name));
  const kept = readFileSync(join(folder, name.replace(/h5$/, "json")), "utf8");
  const { input, output } = JSON.parse(kept) as Record<"input" | "output", Packed>;
  const network = new Network(graph, weights);
  const computed = noGrad(() =>
    inArena(() => network.predict(ops.permute(Tensor.fromArray(numbers(input), input.shape), [0, 3, 1, 2]))),
  );
  network.dispose();
  const expected = numbers(output);
  const difference = Math.max(...expected.map((value, i) => Math.abs(value - (computed[i] as number))));
  process.stdout.write(
    `${name}: ${graph.nodes.length} layers; largest difference of outputs ${difference.toExponential(1)}\n`,
  );
  assert.ok(computed.length === expected.length && difference <= 1e-4, name);
}

function numbers({ base64 }: Packed): Float32Array {
  const { buffer, byteOffset, byteLength } = Buffer.from(base64, "base64");
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
