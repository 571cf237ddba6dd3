// What recalibrating on 50 local patients does to the patients that were not among them, in random draws of a run's test:
//
//   node dist/bench/recalibration.js runs/<name> …   [--draws 60] [--patients 50] [--policy sensitivity=0.95]
import { parseArgs } from "node:util";
import { Random } from "../src/core/random.js";
import { runPaths } from "../src/core/run-folder.js";
import { quantile } from "../src/evaluation/bootstrap.js";
import { isPositive } from "../src/evaluation/confusion.js";
import { binaryCrossEntropy } from "../src/evaluation/losses.js";
import type { Prediction } from "../src/evaluation/prediction.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { fitRecalibration, recalibrated } from "../src/evaluation/recalibration/fit-recalibration.js";
import { chooseThreshold, parseThresholdPolicy } from "../src/evaluation/threshold.js";
import { readSettings } from "../src/run/settings-file.js";
import { appendResults, type Row } from "./results-file.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    draws: { type: "string", default: "60" },
    patients: { type: "string", default: "50" },
    policy: { type: "string", default: "sensitivity=0.95" },
  },
});
const policy = parseThresholdPolicy(values.policy);

/** Sensitivity and specificity of rows at a threshold. */
function operation(rows: readonly Prediction[], threshold: number): readonly [number, number] {
  const share = (label: 0 | 1) => {
    const ofClass = rows.filter((row) => row.label === label);
    return ofClass.filter(({ score }) => isPositive(score, threshold) === (label === 1)).length / ofClass.length;
  };
  return [share(1), share(0)];
}

async function rowOf(folder: string): Promise<Row> {
  const paths = runPaths(folder);
  const { model, protocol, seed } = await readSettings(paths.args);
  const predictions = await readPredictions(paths.predictions);
  const test = predictions.filter(({ split }) => split === "test");
  const validation = predictions.filter(({ split }) => split === "validation");
  const old = chooseThreshold(policy, validation, "validation").value;
  const patients = [...new Set(test.map(({ patient, name }) => patient ?? name))];
  const draws = Array.from({ length: Number(values.draws) }, (_, draw) => {
    const chosen = new Set(
      Random.of(draw + 1, "recalibration draw")
        .shuffled(patients)
        .slice(0, Number(values.patients)),
    );
    const isLocal = ({ patient, name }: Prediction) => chosen.has(patient ?? name);
    const [local, rest] = [test.filter(isLocal), test.filter((row) => !isLocal(row))];
    const line = fitRecalibration(local);
    const after = rest.map((row) => recalibrated(row, line));
    const threshold = chooseThreshold(
      policy,
      local.map((row) => recalibrated(row, line)),
      "local",
    ).value;
    const [sensitivityBefore, specificityBefore] = operation(rest, old);
    const [sensitivity, specificity] = operation(after, threshold);
    const lossBefore = binaryCrossEntropy(rest) as number;
    const loss = binaryCrossEntropy(after) as number;
    return { ...line, sensitivityBefore, specificityBefore, sensitivity, specificity, lossBefore, loss };
  });
  type Draw = (typeof draws)[number];
  const spread = (pick: (draw: Draw) => number): string => {
    const sorted = draws.map(pick).sort((a, b) => a - b);
    return [0.5, 0.05, 0.95].map((share) => quantile(sorted, share).toFixed(3)).join(" ");
  };
  const share = (holds: (draw: Draw) => boolean) => (draws.filter(holds).length / draws.length).toFixed(3);
  return {
    model,
    protocol,
    seed,
    policy: values.policy,
    draws: draws.length,
    patients: values.patients,
    lower_loss: share(({ loss, lossBefore }) => loss < lossBefore),
    higher_loss: share(({ loss, lossBefore }) => loss > lossBefore),
    unchanged: share(({ method }) => method === "none"),
    with_slope: share(({ method }) => method === "intercept-and-slope"),
    loss_before: spread(({ lossBefore }) => lossBefore),
    loss: spread(({ loss }) => loss),
    sensitivity_before: spread((draw) => draw.sensitivityBefore),
    sensitivity: spread((draw) => draw.sensitivity),
    specificity_before: spread((draw) => draw.specificityBefore),
    specificity: spread((draw) => draw.specificity),
  };
}

const rows: Row[] = [];
for (const folder of positionals) rows.push(await rowOf(folder));
console.table(rows);
console.log(`appended to ${await appendResults("recalibration", rows)}`);
