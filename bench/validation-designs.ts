// How well validation foretells the test, and which threshold policy carries over: finished runs, measured on their own
// validation images and on the test images at the threshold each policy chooses.
//
//   node dist/bench/validation-designs.js runs/patients-1 runs/blocks-1 …
//
// Appends to bench/results/validation-designs.csv. The test is read here to judge the designs, never to choose a model.
import { parseRunArguments } from "../src/cli/run/run-arguments.js";
import { readJson } from "../src/core/json-file.js";
import { runPaths } from "../src/core/run-folder.js";
import { evaluate } from "../src/evaluation/evaluate.js";
import type { MetricName } from "../src/evaluation/evaluation.js";
import type { Prediction } from "../src/evaluation/prediction.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { chooseThreshold, parseThresholdPolicy, type ThresholdChoice } from "../src/evaluation/threshold.js";
import { appendResults, type Row } from "./results-file.js";

const policies = ["0.5", "youden", "sensitivity=0.95", "specificity=0.95"];
const metrics: readonly MetricName[] = ["accuracy", "sensitivity", "specificity"];

async function rowsOf(folder: string): Promise<Row[]> {
  const paths = runPaths(folder);
  const args = await readJson(paths.args, parseRunArguments);
  const predictions = await readPredictions(paths.predictions);
  const validation = predictions.filter(({ split }) => split === "validation");
  const test = predictions.filter(({ split }) => split !== "validation");
  return policies.map((policy) => {
    const threshold = chooseThreshold(parseThresholdPolicy(policy), validation, "validation");
    return {
      model: args.model,
      weights: args.weights === "none" ? "random" : "loaded",
      protocol: args.protocol,
      augmentation: args.augmentation,
      fine_tune: args.fineTune,
      validation: args.validation,
      seed: args.seed,
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

const rows: Row[] = [];
for (const folder of process.argv.slice(2)) rows.push(...(await rowsOf(folder)));
console.table(rows);
console.log(`appended to ${await appendResults("validation-designs", rows)}`);
