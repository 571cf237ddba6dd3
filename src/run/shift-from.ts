// The images that a model was shown beside those it was trained on, with what its contract knows of its training and its own test.
import type { Dataset } from "../dataset/open-dataset.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import type { Prediction } from "../evaluation/prediction.js";
import { compareSets, type NotDescribed, type SetComparison } from "../evaluation/shift/compare-sets.js";
import type { OwnResult } from "../evaluation/shift/own-result.js";
import type { DescribedImage, SetDescription } from "../evaluation/shift/set-description.js";
import { shiftAlarm } from "../evaluation/shift/shift-watch.js";
import { type ModelContract, trainedAges } from "../model/model-contract.js";
import { withScores } from "./described-images.js";

/** What was scored: the images, which data they are of, and what the scores amount to. */
export interface ShownToModel {
  readonly images: readonly DescribedImage[];
  /** One of each image. */
  readonly rows: readonly Pick<Prediction, "score">[];
  readonly kind: Dataset["kind"];
  readonly evaluation: Pick<Evaluation, "metrics" | "threshold">;
}

export function shiftFrom(
  trained: SetDescription | NotDescribed,
  { images, rows, kind, evaluation }: ShownToModel,
  contract: ModelContract,
): SetComparison {
  const known = { ages: agesToCompare(kind, contract), own: ownResult(contract) };
  const alarm = shiftAlarm(contract.reference, withScores(images, rows));
  return { ...compareSets(trained, images, known, evaluation), alarm };
}

/** Files of the published dataset state no ages, its authors do: those of its training and test images are the same. */
function agesToCompare(kind: Dataset["kind"], { trainedOn }: ModelContract): readonly [number, number] | null {
  const arePublished = kind === "chest-xray-pneumonia" && (trainedOn.kind ?? kind) === kind;
  return arePublished ? null : trainedAges(trainedOn);
}

/** Of the run's own test images, at the model's threshold; null where they were not measured. */
function ownResult({ operation, threshold }: ModelContract): OwnResult | null {
  const tested = operation.find((measured) => measured.split === "test" && measured.threshold === threshold.value);
  if (tested === undefined) return null;
  const { auc, sensitivity, specificity, images } = tested;
  return { auc, sensitivity, specificity, threshold: threshold.value, pneumonia: sensitivity.n / images };
}
