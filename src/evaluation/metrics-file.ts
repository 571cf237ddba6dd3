// metrics.json: the Evaluation of a run, for people who diff it and programs that read it.
import { writeFileAtomically } from "../core/atomic-file.js";
import { jsonByLines } from "../core/json-lines.js";
import type { Evaluation } from "./evaluation.js";
import type { SetComparison } from "./shift/compare-sets.js";
import type { TestReading } from "./test-reading.js";

/** Rises when a field changes its meaning or goes away. */
export const metricsVersion = 3;

/** An evaluation with how its images differ from those of the training, and how often they were read; null where no image was read. */
export interface Metrics extends Evaluation {
  readonly shift: SetComparison | null;
  readonly reading?: TestReading | null;
}

/** Undefined numbers are null; a line per curve point. @throws AppError FILE_UNWRITABLE */
export async function writeMetrics(path: string, metrics: Metrics): Promise<void> {
  await writeFileAtomically(path, formatMetrics(metrics));
}

export function formatMetrics(metrics: Metrics): string {
  return jsonByLines({ version: metricsVersion, ...metrics });
}
