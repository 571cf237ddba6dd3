// How well validation foretells the test, and which threshold policy carries over: on validation and on the test images,
// at the threshold that each policy chooses on validation. For finished runs, and for a quick stand-in under every
// validation design: logistic regression on 32x32 pixels, three seeds each.
//
//   node dist/bench/validation-designs.js runs/patients-1 runs/blocks-1 …
//   node dist/bench/validation-designs.js --data path/to/chest_xray
//
// Appends to bench/results/validation-designs.csv. The test is read here to judge the designs, never to choose a model.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runPaths } from "../src/core/run-folder.js";
import type { ValidationPolicy } from "../src/dataset/split.js";
import { evaluate } from "../src/evaluation/evaluate.js";
import type { MetricName } from "../src/evaluation/metrics/registry.js";
import type { Prediction } from "../src/evaluation/prediction.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { chooseThreshold, parseThresholdPolicy, type ThresholdChoice } from "../src/evaluation/threshold.js";
import { defaultImageLimits } from "../src/images/image-limits.js";
import { prepareData } from "../src/run/prepare-data.js";
import { everyImage } from "../src/run/score-samples.js";
import { readSettings } from "../src/run/settings-file.js";
import { floorScores, type LabelledFeatures, thumbnails } from "../src/run/shortcut-floor.js";
import { appendResults, type Row } from "./results-file.js";

const policies = ["0.5", "youden", "sensitivity=0.95", "specificity=0.95"];
const metrics: readonly MetricName[] = ["accuracy", "sensitivity", "specificity"];

async function rowsOfRun(folder: string): Promise<Row[]> {
  const paths = runPaths(folder);
  const args = await readSettings(paths.args);
  const predictions = await readPredictions(paths.predictions);
  return rowsOf(
    {
      model: args.model,
      weights: args.weights === "none" ? "random" : "loaded",
      protocol: args.protocol,
      augmentation: args.augmentation,
      fine_tune: args.fineTune,
      validation: args.validation,
      seed: args.seed,
    },
    predictions.filter(({ split }) => split === "validation"),
    predictions.filter(({ split }) => split !== "validation"),
  );
}

async function rowsOfFloor(folder: string, validation: ValidationPolicy, seed: number): Promise<Row[]> {
  const options = { cacheFolder: join(tmpdir(), "pneumoscope-bench"), interpolation: "area" as const };
  const { maxPixels } = defaultImageLimits;
  const onProgress = () => undefined;
  const data = await prepareData({
    ...options,
    folder,
    validation,
    patients: "known",
    leaks: "accept",
    fold: null,
    seed,
    imageSize: 64,
    maxPixels,
    onProgress,
  });
  const { trainingData, testImages } = data;
  const part = (images: Parameters<typeof thumbnails>[0]["images"], indices: Int32Array, labels: readonly (0 | 1)[]) =>
    ({ features: thumbnails({ images, indices, labels }), labels }) satisfies LabelledFeatures;
  const labelsOf = (samples: typeof data.training) => samples.map(({ label }) => label);
  const training = part(trainingData, trainingData.train, labelsOf(data.training));
  const scored = (samples: typeof data.training, images: LabelledFeatures): Prediction[] => {
    const scores = floorScores(training, images);
    return samples.map(({ name, patient, label }, i) => ({ name, patient, label, score: scores[i] as number }));
  };
  return rowsOf(
    {
      model: "32x32 logistic regression",
      weights: "random",
      protocol: "",
      augmentation: "none",
      fine_tune: 0,
      validation,
      seed,
    },
    scored(data.validation, part(trainingData, trainingData.validation, labelsOf(data.validation))),
    scored(testImages.loaded, part(testImages, everyImage(testImages), labelsOf(testImages.loaded))),
  );
}

function rowsOf(subject: Row, validation: readonly Prediction[], test: readonly Prediction[]): Row[] {
  return policies.map((policy) => {
    const threshold = chooseThreshold(parseThresholdPolicy(policy), validation, "validation");
    return {
      ...subject,
      policy,
      threshold: threshold.value.toFixed(4),
      ...measured("validation", validation, threshold),
      ...measured("test", test, threshold),
    };
  });
}

function measured(part: string, rows: readonly Prediction[], threshold: ThresholdChoice): Row {
  const evaluation = evaluate(rows, { threshold, resamples: 1 });
  const values = ["auc" as const, ...metrics].map((name) => [
    `${part}_${name}`,
    evaluation.metrics[name].value?.toFixed(4) ?? "",
  ]);
  return Object.fromEntries(values);
}

const { values, positionals } = parseArgs({ options: { data: { type: "string" } }, allowPositionals: true });
const rows: Row[] = [];
for (const folder of positionals) rows.push(...(await rowsOfRun(folder)));
for (const validation of values.data === undefined ? [] : (["patients", "blocks"] as const)) {
  for (const seed of [1, 2, 3]) rows.push(...(await rowsOfFloor(values.data as string, validation, seed)));
}
console.table(rows);
console.log(`appended to ${await appendResults("validation-designs", rows)}`);
