// What a comparison that trains its models tells while it goes on, beside what each of its trainings tells.
import type { AppError } from "../../core/errors.js";
import type { Run } from "../run.js";
import type { RunEvent } from "../run-events.js";
import type { PlannedRun } from "./plan.js";

/** What happens while models are trained and compared; what each training tells comes among it. */
export type ComparisonEvent =
  | {
      readonly type: "comparison start";
      /** Absolute. */
      readonly folder: string;
      readonly models: number;
      readonly seeds: number;
      /** Of a cross-validation; else null. */
      readonly folds: number | null;
      readonly runs: number;
      /** How many of the runs had finished before. */
      readonly finished: number;
    }
  /** The images of finished runs are compared with those that are there now. */
  | { readonly type: "checking images" }
  /** What will fail when its turn comes, known before anything is trained. */
  | { readonly type: "foreseen"; readonly failures: readonly FailedRun[] }
  | { readonly type: "comparison run"; readonly run: PlannedRun; readonly position: number; readonly of: number }
  | { readonly type: "comparison run end"; readonly run: PlannedRun; readonly result: Run }
  | { readonly type: "comparison run failed"; readonly run: PlannedRun; readonly error: unknown }
  /** The run is held by a process on another machine; in a minute at most it is known whether that lives. */
  | { readonly type: "comparison run held"; readonly run: PlannedRun }
  /** Runs are put side by side; floors take a moment. */
  | { readonly type: "comparing" }
  | RunEvent;

/** A training that will fail, and why. */
export interface FailedRun {
  readonly run: PlannedRun;
  readonly error: AppError;
}
