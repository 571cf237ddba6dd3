// What a comparison knows before it trains for hours: which models cannot be trained as asked, because a setting does not
// suit them or their weights are not there. The others can be, so it only says so.
import { existsSync } from "node:fs";
import { AppError } from "../../core/errors.js";
import { runPaths } from "../../core/run-folder.js";
import { runStages } from "../run-stages.js";
import { startingWeights } from "../starting-weights.js";
import type { FailedRun } from "./comparison-events.js";
import type { PlannedRun } from "./plan.js";

/**
 * Seeds of a model fail alike, so one of each is tried; runs that have begun have their weights already.
 * @param weightsFolder where fetched weights are kept
 */
export async function foreseeFailures(
  runs: readonly PlannedRun[],
  weightsFolder: string,
): Promise<readonly FailedRun[]> {
  const unbegun = runs.filter(({ folder }) => !existsSync(runPaths(folder).args));
  const oneEach = [...new Map(unbegun.toReversed().map((run) => [run.entry.id, run])).values()].reverse();
  const failures: FailedRun[] = [];
  for (const run of oneEach) {
    const error = await tryStart(run, weightsFolder);
    if (error !== undefined) failures.push({ run, error });
  }
  return failures;
}

async function tryStart({ settings, entry }: PlannedRun, weightsFolder: string): Promise<AppError | undefined> {
  try {
    if (settings.weights === "none") runStages(settings, entry);
    else await startingWeights(settings, entry, weightsFolder);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
}
