// What a third answer keeps of its promise on a run's test: set on validation, as training does it, and on random local patients of the
// test, asked about the patients that were not among them. `sets_…`: the conformal sets alone, as MAPIE counts them
// (test/golden/make/mapie_conformal.py <predictions.csv>); `covered_…`: answered right or left open, with the threshold that fills empty sets.
//
//   node dist/bench/unsure.js runs/<name> …   [--draws 200] [--coverage 0.9] [--policy sensitivity=0.95]
import { parseArgs } from "node:util";
import { Random } from "../src/core/random.js";
import { runPaths } from "../src/core/run-folder.js";
import { quantile } from "../src/evaluation/bootstrap.js";
import type { Prediction } from "../src/evaluation/prediction.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { chooseThreshold, parseThresholdPolicy } from "../src/evaluation/threshold.js";
import { abstention } from "../src/evaluation/unsure/abstention.js";
import { conformalBand } from "../src/evaluation/unsure/conformal-band.js";
import { readSettings } from "../src/run/settings-file.js";
import { appendResults, type Row } from "./results-file.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    draws: { type: "string", default: "200" },
    coverage: { type: "string", default: "0.9" },
    policy: { type: "string", default: "sensitivity=0.95" },
  },
});
const policy = parseThresholdPolicy(values.policy);
const coverage = Number(values.coverage);

/** What a band and a threshold of `calibrated` do to other images. */
function measured(calibrated: readonly Prediction[], others: readonly Prediction[]) {
  const band = conformalBand(calibrated, { coverage, setOn: "bench", isLocal: true });
  const { value } = chooseThreshold(policy, calibrated, "bench");
  const { unsure, covered, answered } = abstention(others, value, band);
  const share = (label: 0 | 1, isIn: (row: Prediction) => boolean) => {
    const ofClass = others.filter((row) => row.label === label);
    return ofClass.filter(isIn).length / ofClass.length;
  };
  return {
    sets_normal: share(0, ({ score }) => score <= band.normalUpTo),
    sets_pneumonia: share(1, ({ score }) => score >= band.pneumoniaFrom),
    covered_normal: covered.normal.value ?? Number.NaN,
    covered_pneumonia: covered.pneumonia.value ?? Number.NaN,
    unsure: unsure.all.value ?? Number.NaN,
    accuracy_of_answered: answered.accuracy.value ?? Number.NaN,
    accuracy_of_all: others.filter(({ score, label }) => score >= value === (label === 1)).length / others.length,
  };
}

type Measured = ReturnType<typeof measured>;

function rowOf(all: readonly Measured[], facts: Row): Row {
  const names = Object.keys(all[0] as Measured) as (keyof Measured)[];
  const spread = (name: keyof Measured) => {
    const sorted = all.map((one) => one[name]).sort((a, b) => a - b);
    const mean = sorted.reduce((sum, value) => sum + value / sorted.length, 0);
    const shown = all.length === 1 ? [mean] : [mean, quantile(sorted, 0.05), quantile(sorted, 0.95)];
    return shown.map((value) => value.toFixed(3)).join(" ");
  };
  const columns = names.map((name) => [name, spread(name)]);
  return { ...facts, coverage, draws: all.length, ...Object.fromEntries(columns) };
}

const rows: Row[] = [];
for (const folder of positionals) {
  const paths = runPaths(folder);
  const { model, seed } = await readSettings(paths.args);
  const predictions = await readPredictions(paths.predictions);
  const of = (part: string) => predictions.filter(({ split }) => split === part);
  const [validation, test] = [of("validation"), of("test")];
  const facts = (setOn: string) => ({ model, seed, policy: values.policy, set_on: setOn });
  const alone = validation.map((row) => ({ ...row, patient: null }));
  rows.push(rowOf([measured(alone, test)], facts("validation, images")));
  rows.push(rowOf([measured(validation, test)], facts("validation, patients")));
  const patients = [...new Set(test.map(({ patient, name }) => patient ?? name))];
  for (const count of [50, 100, 200]) {
    const all = Array.from({ length: Number(values.draws) }, (_, draw) => {
      const chosen = new Set(
        Random.of(draw + 1, "local patients")
          .shuffled(patients)
          .slice(0, count),
      );
      const isLocal = ({ patient, name }: Prediction) => chosen.has(patient ?? name);
      return measured(
        test.filter(isLocal),
        test.filter((row) => !isLocal(row)),
      );
    });
    rows.push(rowOf(all, facts(`${count} patients of the test`)));
  }
}
console.table(rows);
console.log(`appended to ${await appendResults("unsure", rows)}`);
