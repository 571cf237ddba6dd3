// Results that are watched for a shift: whether a model meets images like those that its threshold was set on.
import { checkOptions, wholeNumber } from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { type NoAlarm, type ShiftAlarm, ShiftWatch } from "../evaluation/shift/shift-watch.js";
import type { ModelContract } from "../model/model-contract.js";
import type { Result } from "./result.js";

/** How many results are looked at. */
export interface WatchShiftOptions {
  /** Only the last so many images, 20..100,000; all by default. */
  readonly window?: number | undefined;
}

/** Results as they come, counted in little memory. */
export interface WatchedShift {
  /** Failed results are passed over. @throws AppError OPTION_INVALID for a result without traits */
  add(result: Result): void;
  /** Of what was added so far. */
  verdict(): ShiftAlarm | NoAlarm;
}

/** @throws AppError OPTION_INVALID */
export function watchShift(
  { reference }: Pick<ModelContract, "reference">,
  options: WatchShiftOptions = {},
): WatchedShift {
  checkOptions("watchShift", options, { window: wholeNumber(20, 100_000) });
  const watch = reference === undefined ? null : new ShiftWatch(reference, options.window);
  return {
    add(result) {
      if (watch === null || result.kind === "failed") return;
      const { score, traits, name } = result;
      if (traits === undefined) {
        throw new AppError("OPTION_INVALID", {
          place: name,
          rule: "what is watched for a shift has traits",
          received: "a result without",
          remedy: "Ask predict for them: traits: true",
        });
      }
      watch.add({ score, traits });
    },
    verdict: () => watch?.verdict() ?? "not kept",
  };
}
