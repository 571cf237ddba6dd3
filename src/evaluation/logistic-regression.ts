// L2-regularised logistic regression on standardised features: the floor under every CNN. What it reaches on 32x32 pixels
// needs no understanding of lungs. Same objective as scikit-learn's StandardScaler + LogisticRegression(C).
import { AppError } from "../core/errors.js";
import { minimise } from "./lbfgs.js";

/** Rows of numbers, row-major: `data` is [rows, columns]. */
export interface FeatureRows {
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

export interface LogisticModel {
  /** Mean and standard deviation of each column in training; a constant column has scale 1. */
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  /** Per standardised column. */
  readonly weights: Float64Array;
  readonly bias: number;
  /** false where the optimizer stopped at its iteration limit. */
  readonly isConverged: boolean;
}

export interface LogisticOptions {
  /**
   * Inverse strength of the penalty, as scikit-learn's C; the bias is not penalised. Default 0.01: neighbouring pixels say
   * nearly the same, and weaker penalties (scikit-learn's 1) do worse on the real test set, so would make a lower floor.
   */
  readonly c?: number;
  /** How much each label's rows count in the loss, indexed by it, as scikit-learn's class_weight; default 1 each. */
  readonly classWeights?: readonly [number, number];
  /** Where the fit begins: the optimum is the same, and near it a fit takes fewer steps. Default zero. */
  readonly start?: Pick<LogisticModel, "weights" | "bias">;
  /** Stops where no component of the mean loss's gradient exceeds it; default 1e-4, as scikit-learn's tol. */
  readonly tolerance?: number;
  /** Default 500. */
  readonly maxIterations?: number;
}

const defaultC = 0.01;

/**
 * Fits labels (0 or 1) by L-BFGS: no randomness, same input, same model. 5,216 x 1,024 takes a few seconds.
 * @throws AppError EVALUATION_INPUT where shapes do not fit, a value is not finite, or one class is missing.
 */
export function trainLogisticRegression(
  features: FeatureRows,
  labels: ArrayLike<number>,
  options: LogisticOptions = {},
): LogisticModel {
  const { columns } = features;
  const rows = labels.length;
  checkFeatures(features, labels);
  const { mean, scale } = columnMoments(features, rows);
  const x = standardise(features, rows, mean, scale); // [rows, columns]
  const penalty = 1 / ((options.c ?? defaultC) * rows);
  const { classWeights = [1, 1], start: begun } = options;
  // point = [weights (columns), bias]; loss = mean weighted cross-entropy + penalty / 2 * |weights|^2
  const objective = (point: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let loss = 0;
    const bias = point[columns] as number;
    for (let i = 0; i < rows; i++) {
      const start = i * columns;
      const z = bias + dot(x, start, point, columns);
      const label = labels[i] as number;
      const weight = classWeights[label as 0 | 1];
      loss += weight * (Math.max(z, 0) - label * z + Math.log1p(Math.exp(-Math.abs(z))));
      const residual = (weight * (1 / (1 + Math.exp(-z)) - label)) / rows;
      for (let j = 0; j < columns; j++) gradient[j] = (gradient[j] as number) + residual * (x[start + j] as number);
      gradient[columns] = (gradient[columns] as number) + residual;
    }
    let square = 0;
    for (let j = 0; j < columns; j++) {
      const weight = point[j] as number;
      square += weight * weight;
      gradient[j] = (gradient[j] as number) + penalty * weight;
    }
    return loss / rows + (penalty / 2) * square;
  };
  const { point, isConverged } = minimise(objective, startOf(columns, begun), {
    tolerance: options.tolerance ?? 1e-4,
    maxIterations: options.maxIterations ?? 500,
  });
  return { mean, scale, weights: point.slice(0, columns), bias: point[columns] as number, isConverged };
}

function startOf(columns: number, begun: LogisticOptions["start"]): Float64Array {
  const point = new Float64Array(columns + 1);
  if (begun === undefined) return point;
  point.set(begun.weights);
  point[columns] = begun.bias;
  return point;
}

/** P(label 1) of each row, [rows]. */
export function scoreLogisticRegression(model: LogisticModel, features: FeatureRows): Float64Array {
  const { columns } = features;
  if (columns !== model.weights.length) {
    throw invalid(`features have the ${model.weights.length} columns the model was trained on`, `${columns}`);
  }
  const rows = features.data.length / columns;
  const x = standardise(features, rows, model.mean, model.scale);
  return Float64Array.from({ length: rows }, (_, i) => {
    const z = model.bias + dot(x, i * columns, model.weights, columns);
    return 1 / (1 + Math.exp(-z));
  });
}

function columnMoments({ columns, data }: FeatureRows, rows: number): { mean: Float64Array; scale: Float64Array } {
  const mean = new Float64Array(columns);
  const scale = new Float64Array(columns);
  for (let k = 0; k < data.length; k++) mean[k % columns] = (mean[k % columns] as number) + (data[k] as number) / rows;
  for (let k = 0; k < data.length; k++) {
    const distance = (data[k] as number) - (mean[k % columns] as number);
    scale[k % columns] = (scale[k % columns] as number) + (distance * distance) / rows;
  }
  for (let j = 0; j < columns; j++) {
    const deviation = Math.sqrt(scale[j] as number);
    // A constant column leaves only rounding noise behind.
    scale[j] = deviation > 1e-10 * Math.max(1, Math.abs(mean[j] as number)) ? deviation : 1;
  }
  return { mean, scale };
}

function standardise(
  { columns, data }: FeatureRows,
  rows: number,
  mean: Float64Array,
  scale: Float64Array,
): Float64Array {
  const x = new Float64Array(rows * columns);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, k++) {
      x[k] = ((data[k] as number) - (mean[j] as number)) / (scale[j] as number);
    }
  }
  return x;
}

function dot(x: Float64Array, start: number, weights: Float64Array, length: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) sum += (x[start + j] as number) * (weights[j] as number);
  return sum;
}

function checkFeatures({ columns, data }: FeatureRows, labels: ArrayLike<number>): void {
  const rows = labels.length;
  if (columns < 1 || data.length !== rows * columns) {
    throw invalid(`${rows} labels need ${rows} rows of ${columns} features`, `${data.length} numbers`);
  }
  for (let k = 0; k < data.length; k++) {
    if (!Number.isFinite(data[k]))
      throw invalid("every feature is a finite number", `${data[k]} in row ${Math.floor(k / columns)}`);
  }
  const positives = Array.from(labels).filter((label) => label === 1).length;
  const negatives = Array.from(labels).filter((label) => label === 0).length;
  if (positives + negatives !== rows) throw invalid("labels are 0 or 1", "another number");
  if (positives === 0 || negatives === 0)
    throw invalid("both classes are needed", `${positives} ones and ${negatives} zeros`);
}

function invalid(rule: string, received: string): AppError {
  return new AppError("EVALUATION_INPUT", {
    place: "logistic regression",
    rule,
    received,
    remedy: "Check how the features were made",
  });
}
