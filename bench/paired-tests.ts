// How often the paired tests find a difference where there is none, and how often intervals hold the truth, when several images are of one
// patient: two equally good models on sets with the official test part's patients, and on a tenth of them.
//
//   node dist/bench/paired-tests.js [simulations, default 4000]
//
// Appends to bench/results/paired-tests.csv.
import { Random } from "../src/core/random.js";
import { proportionByPatient } from "../src/evaluation/clustered-proportion.js";
import { isCalled } from "../src/evaluation/confusion.js";
import type { Interval } from "../src/evaluation/estimate.js";
import { aucByVariance, pairedAucs } from "../src/evaluation/obuchowski.js";
import { pairedCalls } from "../src/evaluation/paired-calls.js";
import type { Prediction } from "../src/evaluation/prediction.js";
import {
  officialSizes,
  type SimulatedPair,
  simulatePair,
  truth,
  withoutPatients,
} from "../test/support/simulated-pairs.js";
import { appendResults, type Row } from "./results-file.js";

const simulations = Number(process.argv[2] ?? 4000);
const threshold = 0.5;

const tenth: SimulatedPair["sizes"] = {
  normal: [
    [1, 22],
    [3, 1],
  ],
  pneumonia: [
    [1, 13],
    [2, 3],
    [3, 2],
    [4, 1],
    [5, 1],
    [6, 1],
  ],
};

const scenarios: Readonly<Record<string, SimulatedPair>> = {
  "official test, correlation .6": { sizes: officialSizes, correlations: [0.6, 0.6] },
  "official test, correlation 0": { sizes: officialSizes, correlations: [0, 0] },
  "official test, correlation .6 in one model and 0 in the other": { sizes: officialSizes, correlations: [0.6, 0] },
  "a tenth of its patients, correlation .6": { sizes: tenth, correlations: [0.6, 0.6] },
};

const holds = (interval: Interval | null, value: number): number =>
  interval !== null && interval.low <= value && value <= interval.high ? 1 : 0;

function rowOf(scenario: string, pair: SimulatedPair): Row {
  const random = Random.of(1, scenario);
  const counts: Record<string, number> = {};
  const count = (name: string, add: number) => {
    counts[name] = (counts[name] ?? 0) + add;
  };
  for (let s = 0; s < simulations; s++) {
    const [a, b] = simulatePair(pair, random);
    for (const [kind, of] of [
      ["independent", withoutPatients],
      ["by_patient", (rows: readonly Prediction[]) => rows],
    ] as const) {
      const [x, y] = [of(a), of(b)];
      count(`calls_${kind}`, Number(pairedCalls({ rows: x, threshold }, { rows: y, threshold }).p < 0.05));
      count(`auc_${kind}`, Number((pairedAucs(x, y)?.p ?? 1) < 0.05));
      const isRight = (row: Prediction) => isCalled(row, threshold) === (row.label === 1);
      count(`covered_accuracy_${kind}`, holds(proportionByPatient(x, isRight).interval, truth.accuracy));
      count(`covered_auc_${kind}`, holds(aucByVariance(x).interval, truth.auc));
    }
  }
  const shares = Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, (n / simulations).toFixed(4)]));
  return { scenario, simulations, ...shares };
}

const rows = Object.entries(scenarios).map(([scenario, pair]) => rowOf(scenario, pair));
console.table(rows);
console.log(await appendResults("paired-tests", rows));
