// What a comparison knows before it trains for hours: which models cannot be trained as asked, because an option does not
// suit them or their weights are not there. It says so and goes on, for the others can.
import { existsSync } from "node:fs";
import { AppError } from "../../core/errors.js";
import { runPaths } from "../../core/run-folder.js";
import { runStages } from "../run-stages.js";
import { startingWeights } from "../starting-weights.js";
import type { PlannedRun } from "./plan.js";

interface ForeseenFailure {
  readonly run: PlannedRun;
  readonly error: AppError;
}

/**
 * Lines for the user, none where nothing is foreseen. Seeds of a model fail alike, so one of each is tried; runs that have
 * begun have their weights already.
 * @param weightsFolder where fetched weights are kept
 */
export async function foreseeFailures(runs: readonly PlannedRun[], weightsFolder: string): Promise<readonly string[]> {
  const unbegun = runs.filter(({ folder }) => !existsSync(runPaths(folder).args));
  const oneEach = [...new Map(unbegun.toReversed().map((run) => [run.entry.id, run])).values()].reverse();
  const failures: ForeseenFailure[] = [];
  for (const run of oneEach) {
    const error = await tryStart(run, weightsFolder);
    if (error !== undefined) failures.push({ run, error });
  }
  if (failures.length === 0) return [];
  const unfetched = failures.filter(({ error }) => error.code === "WEIGHTS_NOT_FETCHED").map(({ run }) => run.entry);
  const others = failures.filter(({ error }) => error.code !== "WEIGHTS_NOT_FETCHED");
  return [
    ...(unfetched.length === 0
      ? []
      : [
          `Will fail, for their pretrained weights are not here: ${unfetched.map(({ title }) => title).join(", ")}. ` +
            `First run "pneumoscope weights fetch ${unfetched.map(({ id }) => id).join(" ")}", or give --weights none.`,
        ]),
    ...others.map(({ run, error }) => `Will fail: ${run.entry.title}. ${error.code}: ${error.message}`),
    "Models without such a fault are trained all the same; Ctrl-C stops, and the same command goes on.",
  ];
}

async function tryStart({ args, entry }: PlannedRun, weightsFolder: string): Promise<AppError | undefined> {
  try {
    if (args.weights === "none") runStages(args, entry);
    else await startingWeights(args, entry, weightsFolder);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
}
