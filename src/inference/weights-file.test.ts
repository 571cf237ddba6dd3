// Large weights pass through a file beside the model: the scores are the same, and nothing of it stays.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { kerasModelBytes } from "../interchange/keras-h5/write-keras-model.js";
import type { ModelGraph } from "../model/model-graph.js";
import { onnxBytes, openOnnx } from "./open-model.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-weights-test-"));
const { TMPDIR } = process.env;
after(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  rmSync(folder, { recursive: true });
});

const size = 64;
/** 5 million weights. */
const graph: ModelGraph = {
  name: "large",
  kind: "Sequential",
  nodes: [
    { className: "InputLayer", config: { shape: [size, size, 1] }, name: "in", inputs: [], trainable: true },
    { className: "Flatten", config: {}, name: "flat", inputs: ["in"], trainable: true },
    {
      className: "Dense",
      config: { units: 1221, activation: "tanh", useBias: true },
      name: "wide",
      inputs: ["flat"],
      trainable: true,
    },
    {
      className: "Dense",
      config: { units: 1, activation: "sigmoid", useBias: true },
      name: "score",
      inputs: ["wide"],
      trainable: true,
    },
  ],
  output: "score",
};
const bytes = await kerasModelBytes(graph, livelyWeights(graph, 3), {}, "large.h5");
/** Opening moves the bytes. */
const model = () => ({ name: "large.h5", bytes: bytes.slice() });
const images = Uint8Array.from({ length: 2 * size * size }, (_, i) => (i * 31 + (i >> 12) * (i % 97)) % 256);

async function opened(options: { readonly isWhole?: boolean }) {
  const onnx = await onnxBytes(model(), { ...options, threads: 1 });
  const classifier = await openOnnx(onnx, { threads: 1 });
  const left = readdirSync(tmpdir());
  const { scores } = await classifier.run(images).finally(() => classifier.dispose());
  return { isWhole: onnx.beside === undefined, bytes: onnx.bytes.length, scores: [...scores], left };
}

test("weights beside the model give the scores of a whole file; the file is gone once the model is open", async () => {
  process.env.TMPDIR = join(folder, "empty");
  mkdirSync(process.env.TMPDIR);
  const whole = await opened({ isWhole: true });
  const { isWhole, bytes, scores, left } = await opened({});
  assert.deepEqual([whole.isWhole, isWhole], [true, false]);
  assert.ok(bytes < 20_000, `${bytes}`);
  assert.notEqual(whole.scores[0], whole.scores[1]);
  assert.deepEqual(scores, whole.scores);
  if (process.platform !== "win32") assert.deepEqual(left, []);
  assert.deepEqual(readdirSync(tmpdir()), []);
});

test("where no temporary file can be written, the bytes are whole", async () => {
  process.env.TMPDIR = join(folder, "absent");
  const { beside } = await onnxBytes(model());
  assert.equal(beside, undefined);
});
