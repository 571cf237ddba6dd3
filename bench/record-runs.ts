// Writes finished runs' test results as rows of bench/results/accuracy.csv:
//
//   node dist/bench/record-runs.js runs/sound-1 runs/sound-2 …

import { runPaths } from "../src/core/run-folder.js";
import { evaluate } from "../src/evaluation/evaluate.js";
import { metricNames } from "../src/evaluation/metrics/registry.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { chooseThreshold } from "../src/evaluation/threshold.js";
import { readSettings } from "../src/run/settings-file.js";
import { readHistory } from "../src/training/history.js";
import { appendResults, type Row } from "./results-file.js";

const shown = new Set(["accuracy", "sensitivity", "specificity", "auc", "brier"]);

async function rowOf(folder: string): Promise<Row> {
  const paths = runPaths(folder);
  const args = await readSettings(paths.args);
  const predictions = await readPredictions(paths.predictions);
  const validation = predictions.filter(({ split }) => split === "validation");
  const test = predictions.filter(({ split }) => split !== "validation");
  const threshold = chooseThreshold(args.threshold, validation, "validation");
  const { metrics, n } = evaluate(test, { threshold });
  const history = await readHistory(paths.history);
  const images = history.reduce((sum, row) => sum + row.imagesPerSecond, 0) / history.length;
  const numbers = metricNames
    .filter((name) => shown.has(name))
    .flatMap((name) => {
      const { value, interval } = metrics[name];
      const text = (number: number | undefined) => number?.toFixed(4) ?? "";
      return [
        [name, text(value ?? undefined)],
        [`${name}_low`, text(interval?.low)],
        [`${name}_high`, text(interval?.high)],
      ];
    });
  return {
    model: args.model,
    protocol: args.protocol,
    seed: args.seed,
    epochs: args.fineTune === 0 ? args.epochs : `${args.epochs}+${args.fineTune}`,
    precision: args.precision,
    n,
    threshold: threshold.value,
    ...Object.fromEntries(numbers),
    images_per_second: images.toFixed(1),
  };
}

const folders = process.argv.slice(2);
const rows: Row[] = [];
for (const folder of folders) rows.push(await rowOf(folder));
console.table(rows);
console.log(`appended to ${await appendResults("accuracy", rows)}`);
