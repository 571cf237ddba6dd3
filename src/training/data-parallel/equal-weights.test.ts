// n processes with batches of b end with the weights of one process with batches of n * b. Processes are real ones, and have
// the pixels of their own images only.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../../test/support/free-port.js";
import {
  type ProcessPlan,
  type Trained,
  type TrainingPlan,
  trainSmall,
} from "../../../test/support/training-process.js";

const program = fileURLToPath(new URL("../../../test/support/training-process.js", import.meta.url));

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "pneumoscope-processes-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Every process' result, after all have trained together. */
async function trainTogether(size: number, plan: TrainingPlan, scores: number): Promise<Trained[]> {
  const port = await freePort();
  const ranks = Array.from({ length: size }, (_, rank) => rank);
  return Promise.all(
    ranks.map(async (rank) => {
      const out = join(folder, `${size}-${rank}-${port}`);
      const argument: ProcessPlan = { ...plan, rank, size, port, out };
      await promisify(execFile)(process.execPath, [program, JSON.stringify(argument)]);
      const bytes = await readFile(out);
      const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      return { weights: values.slice(0, -scores), scores: values.slice(-scores) };
    }),
  );
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}

/** Sums of float32 in another order. */
const tolerance = 1e-5;

/**
 * Adam's first steps have full size however small a gradient is. Where batches are normalized some weights' gradients are no
 * more than rounding, so that these go either way: at most so many of all, and no further than all steps take them.
 */
const undecided = { share: 1e-3, reach: 2e-3 };

for (const [size, plan] of [
  // Last batches: 6 of 8 images, 5 of 9, and 1 of 6, which leaves processes without any.
  [2, { batchSize: 4, images: 22, epochs: 1, normalization: "synchronised", augmentation: "exposure" }],
  [3, { batchSize: 3, images: 23, epochs: 1, normalization: "synchronised", augmentation: "none", drops: true }],
  [3, { batchSize: 2, images: 13, epochs: 1, normalization: "synchronised", augmentation: "none" }],
  [3, { batchSize: 2, images: 20, epochs: 2, normalization: "frozen", augmentation: "exposure", drops: true }],
] as const satisfies readonly (readonly [number, TrainingPlan])[]) {
  test(`${size} processes, ${plan.images} images, ${plan.normalization} normalization, augmentation ${plan.augmentation}`, async (t) => {
    const one = await trainSmall({ ...plan, batchSize: plan.batchSize * size });
    const [first, ...others] = await trainTogether(size, plan, one.scores.length);
    assert.ok(first !== undefined);
    const difference = largestDifference(one.weights, first.weights);
    const beyond = first.weights.filter((weight, i) => Math.abs(weight - (one.weights[i] as number)) > tolerance);
    t.diagnostic(
      `largest difference of a weight ${difference}; ${beyond.length} of ${first.weights.length} beyond ${tolerance}`,
    );
    const isDecided = plan.normalization === "frozen";
    assert.ok(difference <= (isDecided ? tolerance : undecided.reach), `weights differ by ${difference}`);
    assert.ok(beyond.length <= (isDecided ? 0 : undecided.share * first.weights.length), `${beyond.length} weights`);
    assert.ok(largestDifference(one.scores, first.scores) <= tolerance);
    for (const other of others) {
      assert.deepEqual(other.weights, first.weights);
      assert.deepEqual(other.scores, first.scores);
    }
  });
}

test("gradients that travel in bfloat16 give nearly the same weights, and the same ones everywhere", async () => {
  const plan: TrainingPlan = {
    batchSize: 2,
    images: 20,
    epochs: 1,
    normalization: "synchronised",
    augmentation: "none",
  };
  const [exact] = await trainTogether(2, plan, 7);
  const [first, second] = await trainTogether(2, { ...plan, gradientExchange: "bfloat16" }, 7);
  assert.deepEqual(first?.weights, second?.weights);
  const difference = largestDifference(exact?.weights as Float32Array, first?.weights as Float32Array);
  assert.ok(difference > 0 && difference < 2e-3, `${difference}`); // 5 steps of about 1e-4
});
