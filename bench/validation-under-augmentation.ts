// Whether a trained model reads the images it is made for as well as those it learned from: its validation images as they
// are, and under each part of the augmentation. Rows of bench/results/validation-under-augmentation.csv:
//
//   node dist/bench/validation-under-augmentation.js --data chest_xray --name "half moved" runs/custom-1 …
import { parseArgs } from "node:util";
import { runPaths } from "../src/core/run-folder.js";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { confusionAt, countMetrics } from "../src/evaluation/confusion.js";
import { binaryCrossEntropy } from "../src/evaluation/losses.js";
import type { Scored } from "../src/evaluation/prediction.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { rank } from "../src/evaluation/ranking.js";
import { aucOfRanking } from "../src/evaluation/roc.js";
import type { InferenceModel } from "../src/inference/inference-model.js";
import { openModel } from "../src/inference/open-model.js";
import { inArena } from "../src/tensor/arena.js";
import type { AugmentationPart } from "../src/training/augmentations/augmentation.js";
import { Augmenter } from "../src/training/augmentations/augmenter.js";
import { exposurePart, exposureVariation } from "../src/training/augmentations/exposure.js";
import { geometryPart, studyGeometry } from "../src/training/augmentations/geometry.js";
import { gatherImages, type PixelArray } from "../src/training/image-batch.js";
import { appendResults, type Row } from "./results-file.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: "string" }, name: { type: "string", default: "" } },
});
const data = values.data;
if (data === undefined || positionals.length === 0) throw new Error("--data and at least one run are needed");
const batchSize = 16;
const { shiftX, shiftY } = studyGeometry;
const still = { rotationDegrees: 0, zoom: 0, shiftX: 0, shiftY: 0, flipProbability: 0 };
const changes: Readonly<Record<string, readonly AugmentationPart[]>> = {
  none: [],
  rotated: [geometryPart({ ...still, rotationDegrees: studyGeometry.rotationDegrees })],
  zoomed: [geometryPart({ ...still, zoom: studyGeometry.zoom })],
  shifted: [geometryPart({ ...still, shiftX, shiftY })],
  moved: [geometryPart(studyGeometry)],
  exposed: [exposurePart(exposureVariation)],
  "moved and exposed": [geometryPart(studyGeometry), exposurePart(exposureVariation)],
};

const { samples } = await openDataset(data);
for (const place of positionals) {
  const rows = await rowsOf(place);
  console.table(rows);
  console.log(`appended to ${await appendResults("validation-under-augmentation", rows)}`);
}

async function rowsOf(place: string): Promise<Row[]> {
  const predictions = await readPredictions(runPaths(place).predictions);
  const validation = new Set(predictions.filter(({ split }) => split === "validation").map(({ name }) => name));
  const reader = await openModel(place, { heatMaps: "without" });
  const { imageSize: size, interpolation, model } = reader.contract;
  const chosen = samples.filter(({ name }) => validation.has(name));
  const { pixels, loaded } = await loadImages(chosen, { size, interpolation, cacheFolder: null });
  const rows: Row[] = [];
  for (const [change, settings] of Object.entries(changes)) {
    const scores = await scoresOf(reader, { pixels, size }, loaded.length, settings);
    const scored = loaded.map(({ label }, i): Scored => ({ label, score: scores[i] as number }));
    const { sensitivity, specificity } = countMetrics(confusionAt(scored, 0.5));
    rows.push({
      model,
      run: values.name,
      images: change,
      n: scored.length,
      balanced_loss: balancedLoss(scored).toFixed(4),
      sensitivity: sensitivity.toFixed(4),
      specificity: specificity.toFixed(4),
      auc: (aucOfRanking(rank(scored)) ?? Number.NaN).toFixed(4),
    });
  }
  await reader.dispose();
  return rows;
}

async function scoresOf(reader: InferenceModel, images: PixelArray, count: number, parts: readonly AugmentationPart[]) {
  const augmenter = new Augmenter({ parts }, 1, "validation under augmentation");
  const scores: number[] = [];
  for (let from = 0; from < count; from += batchSize) {
    const indices = Int32Array.from({ length: Math.min(batchSize, count - from) }, (_, i) => from + i);
    const changed = inArena(() => augmenter.apply(gatherImages(images, indices)).toFloat32()); // [n, 1, size, size]
    scores.push(...(await reader.run(Uint8Array.from(changed, Math.round))).scores);
  }
  return scores;
}

/** Cross-entropy in which both classes weigh the same, as in the training. */
function balancedLoss(scored: readonly Scored[]): number {
  const positives = scored.filter(({ label }) => label === 1).length;
  const weights = scored.map(({ label }) => 1 / (label === 1 ? positives : scored.length - positives));
  return binaryCrossEntropy(scored, weights) ?? Number.NaN;
}
