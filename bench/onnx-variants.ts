// What float16 and int8 kernels cost and save: file size, time to open, speed, and on the real test images the change in
// AUC, Brier score, calibration error and single scores against float32 and against the training engine. With --web also
// how far the browser's runtime (WebAssembly on one thread: slow) is from the training engine.
//
//   node dist/bench/onnx-variants.js --data chest_xray [--web] runs/custom-1 runs/mobilenet-1
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import * as web from "onnxruntime-web/wasm";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { calibration } from "../src/evaluation/calibration.js";
import { confusionAt, countMetrics } from "../src/evaluation/confusion.js";
import { brierScore } from "../src/evaluation/losses.js";
import type { Scored } from "../src/evaluation/prediction.js";
import { rank } from "../src/evaluation/ranking.js";
import { aucOfRanking } from "../src/evaluation/roc.js";
import type { InferenceModel } from "../src/inference/inference-model.js";
import { openModel } from "../src/inference/open-model.js";
import { readTrainedModel } from "../src/inference/read-trained-model.js";
import { writeInferenceModel } from "../src/interchange/onnx/write-inference-model.js";
import { weightPrecisions } from "../src/model/model-contract.js";
import { Network } from "../src/training/network.js";
import { scoreImages } from "../src/training/score.js";
import { median } from "./median.js";
import { appendResults, type Row } from "./results-file.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: "string" }, rounds: { type: "string", default: "3" }, web: { type: "boolean" } },
});
if (values.data === undefined || positionals.length === 0) throw new Error("--data and at least one run are needed");
const batchSize = 16;
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-variants-"));
const { samples } = await openDataset(values.data, { classFoldersAs: "test" });
const chosen = samples.filter(({ split }) => split === "test");
try {
  for (const place of positionals) {
    const rows = await rowsOf(place, Number(values.rounds));
    console.table(rows);
    console.log(`appended to ${await appendResults("onnx-variants", rows)}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function rowsOf(place: string, rounds: number): Promise<Row[]> {
  const { graph, weights, contract } = await readTrainedModel(place);
  const { imageSize: size, interpolation, scaling } = contract;
  const { pixels, loaded } = await loadImages(chosen, { size, interpolation, cacheFolder: null });
  const labels = loaded.map(({ label }) => label);
  const network = new Network(graph, weights);
  const indices = Int32Array.from(loaded.keys());
  const byTrainer = await scoreImages(network, { pixels, size }, indices, { scaling, batchSize });
  network.dispose();

  const variants = [];
  for (const precision of weightPrecisions) {
    const file = join(folder, `${precision}.onnx`);
    writeFileSync(file, writeInferenceModel(graph, weights, { ...contract, precision }));
    const start = performance.now();
    const reader = await openModel(file);
    const openMs = performance.now() - start;
    variants.push({
      precision,
      openMs,
      bytes: statSync(file).size,
      reader,
      scores: new Float32Array() as Float32Array,
      inWeb: values.web === true ? await webScoresOf(readFileSync(file), pixels, loaded.length, size) : null,
      ms: [] as number[],
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (const variant of variants) {
      const start = performance.now();
      variant.scores = await scoresOf(variant.reader, pixels, loaded.length, size);
      variant.ms.push(performance.now() - start);
    }
  }
  await Promise.all(variants.map(({ reader }) => reader.dispose()));
  const full = variants[0]?.scores as Float32Array;
  return variants.map(({ precision, openMs, bytes, scores, inWeb, ms }): Row => {
    const scored = labels.map((label, i): Scored => ({ label, score: scores[i] as number }));
    const { sensitivity, specificity } = countMetrics(confusionAt(scored, contract.threshold.value));
    return {
      model: contract.model,
      run: basename(place),
      precision,
      n: scored.length,
      megabytes: (bytes / 1e6).toFixed(2),
      open_ms: openMs.toFixed(0),
      images_per_second: ((1000 * scored.length) / median(ms)).toFixed(1),
      rounds,
      auc: (aucOfRanking(rank(scored)) ?? Number.NaN).toFixed(5),
      brier: (brierScore(scored) ?? Number.NaN).toFixed(5),
      ece: calibration(scored).classWiseError.toFixed(5),
      threshold: contract.threshold.value,
      sensitivity: sensitivity.toFixed(4),
      specificity: specificity.toFixed(4),
      max_score_change: largestDifference(scores, full).toExponential(1),
      labels_changed: scored.filter(({ score }, i) => isCalled(score) !== isCalled(full[i] as number)).length,
      max_to_trainer: largestDifference(scores, byTrainer).toExponential(1),
      max_web_to_trainer: inWeb === null ? "" : largestDifference(inWeb, byTrainer).toExponential(1),
    };
    function isCalled(score: number): boolean {
      return score >= contract.threshold.value;
    }
  });
}

async function scoresOf(
  reader: InferenceModel,
  pixels: Uint8Array,
  count: number,
  size: number,
): Promise<Float32Array> {
  return inBatches(pixels, count, size, async (images) => (await reader.run(images)).scores);
}

async function webScoresOf(bytes: Uint8Array, pixels: Uint8Array, count: number, size: number): Promise<Float32Array> {
  web.env.wasm.numThreads = 1;
  const session = await web.InferenceSession.create(bytes, { executionProviders: ["wasm"], logSeverityLevel: 3 });
  const scores = await inBatches(pixels, count, size, async (images) => {
    const image = new web.Tensor("uint8", images, [images.length / size ** 2, 1, size, size]);
    return (await session.run({ image }, ["probability"])).probability?.data as Float32Array;
  });
  await session.release();
  return scores;
}

async function inBatches(
  pixels: Uint8Array,
  count: number,
  size: number,
  read: (images: Uint8Array) => Promise<Float32Array>,
): Promise<Float32Array> {
  const all = new Float32Array(count);
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(count, from + batchSize);
    all.set(await read(pixels.subarray(from * size ** 2, to * size ** 2)), from);
  }
  return all;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}
