// A trained model that reads a test set: whose it is, and what is known of how it was trained.
import { dirname } from "node:path";
import { exists } from "../../core/exists.js";
import { runPaths } from "../../core/run-folder.js";
import { thresholdOrigin } from "../../core/threshold-origin.js";
import type { TestReading } from "../../evaluation/test-reading.js";
import type { ThresholdChoice } from "../../evaluation/threshold.js";
import type { ModelContract } from "../../model/model-contract.js";
import type { PlainSettings } from "../settings.js";
import { readSettings } from "../settings-file.js";
import { toldSettings } from "./frozen-protocol.js";
import { recordReading } from "./record-reading.js";
import type { TestSet } from "./test-set.js";

/** What is asked of an opened model. */
export interface ReadingModel {
  /** The absolute path that it was opened by; null for bytes. */
  readonly place: string | null;
  readonly sha256: string;
  readonly contract: ModelContract;
}

/** The run that a model is of; null for a file by itself, and for what was made of a run's model. */
export async function runFolderOf({
  place,
  contract,
}: Pick<ReadingModel, "place" | "contract">): Promise<string | null> {
  if (place === null || contract.recalibration !== undefined || contract.members !== undefined) return null;
  for (const folder of [place, dirname(place), dirname(dirname(place))]) {
    if (await exists(runPaths(folder).args)) return folder; // the run, its model.onnx, its weights/best.h5
  }
  return null;
}

/** What is known of a model's training. @throws AppError RUN_FILE_INVALID */
export async function settingsOf(model: ReadingModel, runFolder: string | null): Promise<Partial<PlainSettings>> {
  if (runFolder !== null) return toldSettings(await readSettings(runPaths(runFolder).args));
  const { model: name, protocol, imageSize, interpolation, threshold } = model.contract;
  return { model: name, protocol, imageSize, interpolation, threshold: threshold.policy };
}

/** @param given whether the threshold is another than the model's own */
export async function recordModelReading(
  model: ReadingModel,
  { test, threshold, given, cacheFolder, by = "evaluate" }: ModelReading,
): Promise<TestReading> {
  const runFolder = await runFolderOf(model);
  const settings = await settingsOf(model, runFolder);
  return recordReading(
    {
      by,
      test,
      model: { title: model.contract.title, ...(runFolder === null ? { id: model.sha256 } : {}) },
      settings: given ? { ...settings, threshold: threshold.policy } : settings,
      threshold: { value: threshold.value, origin: thresholdOrigin(threshold) },
    },
    { cacheFolder, runFolder },
  );
}

interface ModelReading {
  /** "evaluate" when absent. */
  readonly by?: "evaluate" | "audit";
  readonly test: TestSet;
  readonly threshold: ThresholdChoice;
  readonly given: boolean;
  readonly cacheFolder: string;
}
