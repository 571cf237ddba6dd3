// Everything a comparison shows, as plain data: the contract between the command, which reads run folders and images, and
// this folder, which reads no file and computes no metric.
import type { CommonMistake, Comparison } from "../../evaluation/comparison.js";
import type { FoldResult } from "../../evaluation/cross-validation.js";
import type { MetricTable } from "../../evaluation/metrics/metric.js";
import type { ThresholdChoice } from "../../evaluation/threshold.js";
import type { CaptionedImage, DatasetFacts } from "../report-input.js";

export interface ComparisonInput {
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly version: string;
  readonly dataset: Pick<DatasetFacts, "name" | "kind" | "attribution">;
  /** How many folds a cross-validation has; null where models were tested on test/. */
  readonly folds: number | null;
  /** `rows` tells more of each of its models, in their order. */
  readonly comparison: Comparison;
  readonly rows: readonly RowFacts[];
  /** The metrics that were compared; the registry's when absent. */
  readonly metrics?: MetricTable | undefined;
  /** Trainings that failed: gaps of the comparison. */
  readonly missing: readonly MissingRuns[];
  /** Why floors or images are absent, where they are; other remarks. */
  readonly notes: readonly string[];
  /** Some or all of the comparison's common mistakes, with their pixels. */
  readonly commonMistakes: readonly (CommonMistake & CaptionedImage)[];
}

/** What a model's row is made of besides its predictions. */
export interface RowFacts {
  readonly title: string;
  readonly protocol: "sound" | "study";
  /** e.g. "patients": which images validated. */
  readonly validation: string;
  readonly seeds: readonly number[];
  /** Of a cross-validation: each fold of each seed by itself; else empty. */
  readonly folds: readonly (FoldResult & { readonly seed: number })[];
  /** One per run. */
  readonly thresholds: readonly ThresholdChoice[];
  /** What the trainings really started from, e.g. "ImageNet, mobilenet.h5; random: conv_pw_13". */
  readonly weights: string;
  /** The title of the published weights the model's recipe asks for, where the runs started from random ones instead. */
  readonly weightsWanted: string | null;
  readonly parameters: ParameterFacts;
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly epochs: number;
  /** Mean over the runs of the training's wall-clock time, validation included, evaluation excluded. */
  readonly seconds: number;
  /** Training images per second, mean over the epochs of all runs. */
  readonly imagesPerSecond: number;
  /** What it ran on, e.g. "Xeon, 2 threads, cpu, float32"; several with "; ". */
  readonly machine: string;
  /** The study's published row for the model, its scores only where the test images are the study's; null for a model that it does not have. */
  readonly study: StudyFacts | null;
  /** Run folders and the commands that repeat them. */
  readonly runs: readonly { readonly folder: string; readonly command: string }[];
}

export interface ParameterFacts {
  readonly trainable: number;
  readonly nonTrainable: number;
  readonly total: number;
}

export interface StudyFacts {
  readonly parameters: ParameterFacts;
  readonly scores: StudyScores | null;
}

export interface StudyScores {
  readonly accuracy: number;
  readonly pneumonia: StudyClass;
  readonly normal: StudyClass;
}

export interface StudyClass {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** A model's trainings that failed for one reason. */
export interface MissingRuns {
  readonly title: string;
  readonly seeds: readonly number[];
  readonly reason: string;
}
