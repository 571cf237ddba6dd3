// The public way to a training by several processes. Its own file, so that whoever only names it loads nothing heavy.
import type { TrainSettings } from "../resolve-settings.js";
import type { Run } from "../run.js";
import type { TrainOptions } from "../train.js";
import type { Launch } from "./launch.js";

export { type Launch, launchFrom } from "./launch.js";

/**
 * As `train`, by one of several processes that a launcher has started with the same settings: together they train one model,
 * each on its share of the images, with `batch` images a step in each of them. Started again with the same folder they go on
 * from its last finished epoch, also in another number.
 *
 * @example
 * const launch = launchFrom(process.env);
 * if (launch !== null) await trainTogether({ data: "chest_xray", batch: 8 }, launch, { folder: "runs/large" });
 *
 * @param launch which of the processes this one is, as `launchFrom` reads it
 * @param options with the run's folder, which only process 0 reads and writes
 * @returns the run in process 0; null in the others, which are done when it evaluates
 * @throws AppError as `train`; PROCESS_LOST when another process ends, hangs or cannot be reached; PROCESSES_DIFFER;
 *   ENGINE_MISSING where libtorch has no torch.distributed; RUN_SETTINGS_CHANGED when the folder's run has other settings
 */
export async function trainTogether(
  settings: TrainSettings,
  launch: Launch,
  options: TrainOptions & { readonly folder: string },
): Promise<Run | null> {
  return (await import("../train.js")).trainTogether(settings, launch, options);
}
