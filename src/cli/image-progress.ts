// A progress bar for work that first reads images and then scores them.
import type { EvaluationEvent } from "../index.js";
import { createProgress, type Progress } from "./progress.js";
import type { Terminal } from "./terminal.js";

/** Calls `work` with what shows its events; the bar goes away with it. */
export async function withImageProgress<Result>(
  terminal: Terminal,
  work: (onEvent: (event: EvaluationEvent) => void) => Promise<Result>,
): Promise<Result> {
  let bar: { readonly type: EvaluationEvent["type"]; readonly progress: Progress } | undefined;
  const onEvent = ({ type, done, total }: EvaluationEvent) => {
    if (bar?.type !== type) {
      bar?.progress.finish();
      const label = type === "images" ? "images" : "scoring";
      bar = { type, progress: createProgress(terminal.err, { label, total, unit: "images" }) };
    }
    bar.progress.update(done);
  };
  return work(onEvent).finally(() => bar?.progress.finish());
}
