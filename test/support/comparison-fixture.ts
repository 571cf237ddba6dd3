// A whole ComparisonInput from a seed: the study's six models with invented predictions. For looking at the page and for
// its tests; the numbers mean nothing.
import { Random } from "../../src/core/random.js";
import { type ComparedModel, type ComparedRun, compareModels } from "../../src/evaluation/comparison.js";
import type { Prediction } from "../../src/evaluation/prediction.js";
import { fixedThreshold, type ThresholdChoice } from "../../src/evaluation/threshold.js";
import { parameterCounts } from "../../src/model/summary.js";
import { zoo } from "../../src/model/zoo/registry.js";
import type { ComparisonInput, RowFacts } from "../../src/report/comparison/comparison-input.js";

interface Invented {
  readonly title: string;
  /** How far apart the classes' scores lie. */
  readonly strength: number;
  readonly seeds: number;
}

export const comparedModels = zoo.filter(({ study }) => study !== null);

/** Every model of the study on 624 images, the first two with three seeds, one from the wrong weights; one failed. */
export function comparisonFixture(): ComparisonInput {
  const invented = comparedModels.map(
    ({ title }, i): Invented => ({ title, strength: 2.2 + 0.35 * i, seeds: i < 2 ? 3 : 1 }),
  );
  const floors: readonly Invented[] = [
    { title: "32x32 pixels", strength: 1.3, seeds: 1 },
    { title: "Outer 12.5 % only", strength: 0.7, seeds: 1 },
    { title: "File size only", strength: 0.6, seeds: 1 },
  ];
  const comparison = compareModels(invented.map(inventModel), { floors: floors.map(inventModel), resamples: 200 });
  return {
    name: "chest_xray-sound",
    createdAt: "2026-11-25T18:00:00Z",
    version: "0.1.0",
    dataset: { name: "chest_xray", kind: "chest-xray-pneumonia", attribution: "Kermany et al., 2018; CC BY 4.0." },
    folds: null,
    comparison,
    rows: invented.map(factsOf),
    missing: [
      {
        title: "Missing net",
        seeds: [1, 2],
        reason: "WEIGHTS_NOT_FETCHED: the published weights are not there. Fetch them first.",
      },
    ],
    notes: [],
    commonMistakes: comparison.commonMistakes.slice(0, 6).map((mistake, i) => ({
      ...mistake,
      caption: mistake.name,
      image: { width: 64, height: 64, data: Uint8Array.from({ length: 64 * 64 }, (_, p) => (p * (i + 3)) % 256) },
    })),
  };
}

function inventModel({ title, strength, seeds }: Invented): ComparedModel {
  const runs = Array.from({ length: seeds }, (_, i): ComparedRun => {
    return { seed: i + 1, predictions: inventPredictions(title, i + 1, strength), threshold: thresholdOf(title).value };
  });
  return { title, runs: runs as [ComparedRun, ...ComparedRun[]] };
}

/** Some images are hard for every model. */
function inventPredictions(title: string, seed: number, strength: number): Prediction[] {
  const hard = Random.of("hard images");
  const own = Random.of(title, seed);
  return Array.from({ length: 624 }, (_, i) => {
    const label = i < 234 ? (0 as const) : (1 as const);
    const logit = 2 * strength * (label - 0.45) + 1.3 * hard.normal() + 0.7 * own.normal();
    return {
      name: `test/${label === 1 ? "PNEUMONIA/person" : "NORMAL/IM-"}${i}.jpeg`,
      patient: `${label === 1 ? "virus" : "IM"}:${Math.floor(i / 2)}`,
      label,
      score: Math.round(1e6 / (1 + Math.exp(-logit))) / 1e6,
      split: "test",
    };
  });
}

function thresholdOf(title: string): ThresholdChoice {
  if (title !== "MobileNet") return fixedThreshold(0.5);
  return {
    value: 0.431,
    policy: "youden",
    chosenOn: "validation",
    reached: { n: 520, sensitivity: 0.96, specificity: 0.95 },
  };
}

function factsOf({ title, seeds }: Invented, i: number): RowFacts {
  const { study, id, build } = comparedModels[i] as (typeof zoo)[number];
  return {
    title,
    protocol: "sound",
    validation: "patients",
    seeds: Array.from({ length: seeds }, (_, seed) => seed + 1),
    folds: [],
    thresholds: Array.from({ length: seeds }, () => thresholdOf(title)),
    weights: i === 0 || i === 1 ? "random" : "ImageNet, weights.h5; random: conv_pw_13",
    weightsWanted: i === 1 ? "ImageNet" : null,
    parameters: study ?? parameterCounts(build()),
    imageSize: 224,
    epochs: 12,
    seconds: 1130 + 300 * i,
    imagesPerSecond: 61 - 9 * i,
    machine: "Intel Xeon, 2 threads, cpu, bfloat16",
    study: study && { parameters: study, scores: study },
    runs: [
      {
        folder: `comparisons/chest_xray-sound/runs/${id}-sound-seed1`,
        command: `pneumoscope train --model ${id} --data chest_xray`,
      },
    ],
  };
}
