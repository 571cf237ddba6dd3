// A dataset's image with its score as a row of predictions.csv, and with what the dataset knows of it that results are told by.
import type { Sample } from "../dataset/sample.js";
import type { Prediction } from "../evaluation/prediction.js";

export function predictionOf({ name, patient, label, split, facts = {} }: Sample, score: number): Prediction {
  const { acquired: _, others: __, ...told } = facts;
  return { name, patient, label, split, score, ...told };
}
