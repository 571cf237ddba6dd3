// Whether a model is a training's result or only its best so far.
import { stat } from "node:fs/promises";
import { runPaths } from "../core/run-folder.js";

/** A file is what it is; a run folder with weights and settings but no metrics.json has not come to its end. */
export async function isFinishedModel(place: string): Promise<boolean> {
  const { args, bestWeights, metrics } = runPaths(place);
  const [isRun, hasWeights, isMeasured] = await Promise.all([args, bestWeights, metrics].map(isFile));
  return !isRun || !hasWeights || isMeasured === true;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
