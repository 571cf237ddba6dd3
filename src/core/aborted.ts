// What work throws that its caller's signal ended.
import { AppError } from "./errors.js";

/** @param place what was going on, such as "predict" */
export const aborted = (signal: AbortSignal, place: string): AppError =>
  new AppError(
    "ABORTED",
    { place, rule: "was told to stop by its signal", remedy: "What it gave until then holds" },
    { cause: signal.reason },
  );

/** @throws AppError ABORTED once the signal says so */
export function throwIfAborted(signal: AbortSignal | undefined, place: string): void {
  if (signal?.aborted) throw aborted(signal, place);
}
