// What a training tells while it goes on. Library code prints nothing: whoever starts a training shows what it likes.
import type { AppError } from "../core/errors.js";
import type { ClassWeights } from "../dataset/class-weights.js";
import type { SkippedEntry } from "../dataset/open-dataset.js";
import type { TestReading } from "../evaluation/test-reading.js";
import type { TriedPenalty } from "../report/report-input.js";
import type { TrainingEvent } from "../training/trainer.js";
import type { RunSettings } from "./settings.js";

/** What happens during a training, in order: start, images, data, epochs with their steps, scoring. */
export type RunEvent =
  | {
      readonly type: "run start";
      /** Absolute. */
      readonly folder: string;
      readonly settings: RunSettings;
      /** Of the model, for people. */
      readonly title: string;
      readonly isResumed: boolean;
    }
  /** One of several processes is ready to train with the others. */
  | {
      readonly type: "process";
      /** From 0; the first one writes the run's folder. */
      readonly rank: number;
      readonly size: number;
      readonly launcher: string;
    }
  /** Images are decoded, or come from the cache. */
  | { readonly type: "images"; readonly done: number; readonly total: number }
  | {
      readonly type: "data";
      readonly training: number;
      readonly validation: number;
      readonly test: number;
      readonly classWeights: ClassWeights;
      /** Images that could not be read. */
      readonly skipped: readonly { readonly name: string; readonly error: AppError }[];
      /** What of the dataset's folders is not taken for images. */
      readonly unused: readonly SkippedEntry[];
      /** What few patients leave open of results on the validation and the test images, in sentences without full stops. */
      readonly notes: readonly string[];
      /** Why decoded images could not be kept for the next run. */
      readonly cacheProblem: string | undefined;
    }
  /** The last checkpoint is damaged: the run goes on from the one before it. */
  | { readonly type: "checkpoint damaged"; readonly epochs: number; readonly file: string; readonly error: AppError }
  | TrainingEvent
  /** A head was fitted to a backbone's features with one of the penalties; the validation loss chooses. */
  | ({ readonly type: "head fitted" } & TriedPenalty)
  /** The test images were scored, and the ledger knows which reading of them it was. */
  | { readonly type: "test read"; readonly reading: TestReading }
  /** The finished network scores validation and test images. */
  | { readonly type: "scoring"; readonly done: number; readonly total: number };
