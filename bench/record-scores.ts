// Keeps the test scores of finished runs, image by image, so that an ensemble of trainings that were made on different days can be
// judged when its last member is there:
//
//   node dist/bench/record-scores.js runs/last-1 runs/last-2 …   # adds a column for each to bench/results/member-scores.csv
//   node dist/bench/record-scores.js --mean last-1,last-2,…      # what the mean of those columns reaches, called pneumonia from 0.5 on
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../src/core/atomic-file.js";
import { packageRoot } from "../src/core/package.js";
import { runPaths } from "../src/core/run-folder.js";
import { evaluate } from "../src/evaluation/evaluate.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { chooseThreshold } from "../src/evaluation/threshold.js";

const path = join(packageRoot(), "bench", "results", "member-scores.csv");
type ImageRow = Record<string, string>;
const rows: ImageRow[] = existsSync(path) ? parse(readFileSync(path, "utf8"), { columns: true }) : [];
const { positionals, values } = parseArgs({ allowPositionals: true, options: { mean: { type: "string" } } });

for (const folder of positionals) {
  const test = (await readPredictions(runPaths(folder).predictions)).filter(({ split }) => split === "test");
  if (rows.length === 0)
    for (const { name, patient, label } of test) rows.push({ name, patient: patient ?? "", label: `${label}` });
  const scores = new Map(test.map(({ name, score }) => [name, score]));
  for (const row of rows) {
    const score = scores.get(row.name as string);
    if (score === undefined) throw new Error(`${folder} has no score of ${row.name}`);
    row[basename(folder)] = score.toPrecision(7);
  }
}
if (positionals.length > 0) {
  await writeFileAtomically(path, stringify(rows, { header: true }));
  console.log(`${rows.length} images in ${path}`);
}
if (values.mean !== undefined) {
  const members = values.mean.split(",");
  const predictions = rows.map(({ name = "", patient = "", label, ...scores }) => ({
    name,
    patient,
    label: (label === "1" ? 1 : 0) as 0 | 1,
    score: members.reduce((sum, member) => sum + Number(scores[member]), 0) / members.length,
    split: "test",
  }));
  const { metrics } = evaluate(predictions, {
    threshold: chooseThreshold({ kind: "fixed", value: 0.5 }, [], "validation"),
  });
  for (const name of ["accuracy", "sensitivity", "specificity", "auc"] as const) {
    const { value, interval } = metrics[name];
    console.log(name, value?.toFixed(4), interval?.low.toFixed(4), interval?.high.toFixed(4));
  }
}
