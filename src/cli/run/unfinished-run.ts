// Says of a run folder whose training still goes, or was stopped, that its model is not the training's result. Not an
// error: people like to look at what there is so far.
import { stat } from "node:fs/promises";
import { runPaths } from "../../core/run-folder.js";
import { printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

/** Prints a note where `place` is the folder of a run that has weights but has not read its test images yet. */
export async function noteUnfinishedRun(place: string, terminal: Terminal): Promise<void> {
  const { args, bestWeights, predictions } = runPaths(place);
  const [isRun, hasWeights, isFinished] = await Promise.all([args, bestWeights, predictions].map(isFile));
  if (!isRun || !hasWeights || isFinished) return;
  printNote(
    terminal,
    `Note: ${visible(place)}: its training has not finished. This is the best model so far; nothing was measured on test images yet.`,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
