// The head on a backbone's features: logistic regression with class weights and an L2 penalty, fitted to its optimum, the
// penalty chosen by validation. Deterministic: no learning rate, no epochs, no seed.
import type { ClassWeights } from "../../dataset/class-weights.js";
import {
  type FeatureRows,
  type LogisticModel,
  type LogisticOptions,
  trainLogisticRegression,
} from "../../evaluation/logistic-regression.js";
import { rocAuc } from "../../evaluation/roc.js";
import type { HeadFacts, TriedPenalty } from "../../report/report-input.js";

/** Of n images. */
export interface LabelledFeatures extends FeatureRows {
  readonly labels: ArrayLike<number>;
}

/** Of features as they are: what standardises them is in it. */
export interface LinearHead {
  /** [columns] */
  readonly kernel: Float32Array;
  readonly bias: number;
}

export interface FittedHead extends LinearHead, HeadFacts {}

/** Inverse strengths of the penalty, scikit-learn's C, strongest first: half decades. */
export const triedC: readonly number[] = [-5, -4.5, -4, -3.5, -3, -2.5, -2, -1.5, -1, -0.5, 0].map((e) => 10 ** e);

export interface FitOptions {
  readonly classWeights: ClassWeights;
  /** Called after each fit; may throw to stop, and is waited for. */
  readonly onTried: (tried: TriedPenalty) => Promise<void>;
}

/**
 * The C whose class-weighted loss on validation is the lowest, the strongest penalty of equal ones. Features are standardised
 * by training's mean and deviation, as by scikit-learn's StandardScaler.
 * @throws AppError EVALUATION_INPUT for features that are no finite numbers
 */
export async function fitHead(
  training: LabelledFeatures,
  validation: LabelledFeatures,
  { classWeights, onTried }: FitOptions,
): Promise<FittedHead> {
  const tried: TriedPenalty[] = [];
  let best: (LinearHead & { readonly c: number; readonly loss: number }) | undefined;
  let start: LogisticOptions["start"];
  for (const c of triedC) {
    const fitted = trainLogisticRegression(training, training.labels, {
      c,
      classWeights,
      ...(start && { start }),
      ...precise,
    });
    start = fitted;
    const head = withoutStandardisation(fitted);
    const scores = scoreHead(head, validation);
    const rows = Array.from(validation.labels, (label, i) => ({ label: label as 0 | 1, score: scores[i] as number }));
    const validationLoss = weightedLoss(head, validation, classWeights);
    const one = { c, validationLoss, validationAuc: rocAuc(rows), isConverged: fitted.isConverged };
    tried.push(one);
    await onTried(one);
    if (best === undefined || validationLoss < best.loss) best = { ...head, c, loss: validationLoss };
  }
  const { kernel, bias, c } = best as NonNullable<typeof best>;
  return { kernel, bias, c, tried };
}

/** Ten times finer than scikit-learn's default: the optimum is the result, not the way to it. */
export const precise = { tolerance: 1e-5, maxIterations: 2000 } as const;

export function withoutStandardisation({ mean, scale, weights, bias }: LogisticModel): LinearHead {
  const perFeature = weights.map((weight, j) => weight / (scale[j] as number));
  return {
    kernel: Float32Array.from(perFeature),
    bias: perFeature.reduce((sum, weight, j) => sum - weight * (mean[j] as number), bias),
  };
}

/** P(pneumonia), [n]. */
export const scoreHead = (head: LinearHead, features: FeatureRows): Float64Array =>
  logits(head, features).map((z) => 1 / (1 + Math.exp(-z)));

function logits({ kernel, bias }: LinearHead, { columns, data }: FeatureRows): Float64Array {
  return Float64Array.from({ length: data.length / columns }, (_, i) => {
    let sum = bias;
    for (let j = 0; j < columns; j++) sum += (kernel[j] as number) * (data[i * columns + j] as number);
    return sum;
  });
}

function weightedLoss(head: LinearHead, features: LabelledFeatures, classWeights: ClassWeights): number {
  let loss = 0;
  let total = 0;
  for (const [i, z] of logits(head, features).entries()) {
    const label = features.labels[i] as 0 | 1;
    loss += classWeights[label] * (Math.max(z, 0) - label * z + Math.log1p(Math.exp(-Math.abs(z))));
    total += classWeights[label];
  }
  return loss / total;
}
