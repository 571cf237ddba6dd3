// n processes with batches of b end with the weights of one process with batches of n * b. Processes are real ones, and have
// the pixels of their own images only.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

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

/** Sums of float32 in another order; Adam's steps are 1e-3 each. */
const tolerance = 1e-5;

for (const [size, plan] of [
  [2, { batchSize: 3, images: 25, normalization: "synchronised", augmentation: "exposure" }], // last batch: 1 of 6
  [3, { batchSize: 2, images: 23, normalization: "synchronised", augmentation: "none", drops: true }], // 5 of 6
  [3, { batchSize: 2, images: 20, normalization: "frozen", augmentation: "exposure", drops: true }], // 2 of 6
] as const satisfies readonly (readonly [number, TrainingPlan])[]) {
  test(`${size} processes, ${plan.normalization} normalization, augmentation ${plan.augmentation}`, async (t) => {
    const one = await trainSmall({ ...plan, batchSize: plan.batchSize * size });
    const [first, ...others] = await trainTogether(size, plan, one.scores.length);
    assert.ok(first !== undefined);
    const difference = largestDifference(one.weights, first.weights);
    t.diagnostic(`largest difference of a weight ${difference}`);
    assert.ok(difference <= tolerance, `weights differ by ${difference}`);
    assert.ok(largestDifference(one.scores, first.scores) <= tolerance);
    for (const other of others) {
      // Moving statistics of a process' own images stay its own where each normalizes by itself.
      assert.deepEqual(other.weights, first.weights);
      assert.deepEqual(other.scores, first.scores);
    }
  });
}

test("gradients that travel in bfloat16 give nearly the same weights, and the same ones everywhere", async () => {
  const plan: TrainingPlan = { batchSize: 2, images: 20, normalization: "synchronised", augmentation: "none" };
  const [exact] = await trainTogether(2, plan, 7);
  const [first, second] = await trainTogether(2, { ...plan, gradientExchange: "bfloat16" }, 7);
  assert.deepEqual(first?.weights, second?.weights);
  const difference = largestDifference(exact?.weights as Float32Array, first?.weights as Float32Array);
  assert.ok(difference > 0 && difference < 8e-3, `${difference}`); // 8 steps of at most about 1e-3
});
