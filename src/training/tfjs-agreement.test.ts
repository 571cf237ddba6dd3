// Models that real TensorFlow.js built, saved and ran, one of them with models inside: read by us, our engine computes the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { readTfjsModel } from "../interchange/tfjs-layers/read-tfjs-model.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";
import { Network } from "./network.js";

/** Float32 sums in another order, behind a sigmoid. */
const tolerance = 1e-6;

for (const name of ["by-tfjs", "teachable"]) {
  test(`${name}: TensorFlow.js' own model gives TensorFlow.js' own scores`, async () => {
    const { graph, weights } = await readTfjsModel(golden("tfjs", name, "model.json"));
    const { input, output } = JSON.parse(readFileSync(golden("tfjs", `${name}.json`), "utf8"));
    const floats = (base64: string) => new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
    const network = new Network(graph, weights);
    const scores = noGrad(() =>
      inArena(() => network.predict(ops.permute(Tensor.fromArray(floats(input.base64), input.shape), [0, 3, 1, 2]))),
    );
    network.dispose();
    const expected = floats(output.base64);
    assert.equal(scores.length, expected.length);
    assert.ok(
      expected.some((score) => score > 0.1 && score < 0.9),
      "the scores are not saturated",
    );
    for (const [i, score] of scores.entries()) assert.ok(Math.abs(score - (expected[i] as number)) <= tolerance);
  });
}
