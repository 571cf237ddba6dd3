// Whether the runs that a comparison finds in its folder are the ones it would make now: the same settings, the same images.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { AppError } from "../../core/errors.js";
import { runPaths } from "../../core/run-folder.js";
import { type Fingerprint, isOf, testFingerprint } from "../fingerprint.js";
import { prepareData } from "../prepare-data.js";
import { readProvenance } from "../provenance-file.js";
import { isFinished } from "../saved-run.js";
import {
  type PlainSettings,
  plainSettings,
  type RunSettings,
  type SettingName,
  trainingSettings,
} from "../settings.js";
import { readSettings } from "../settings-file.js";
import type { PlannedRun } from "./plan.js";

/** Looks at the settings of the run in that folder, if there is one. @throws AppError RUN_SETTINGS_CHANGED, RUN_FILE_INVALID */
export async function requireSameSettings({ folder, settings }: PlannedRun, cwd: string): Promise<void> {
  const path = runPaths(folder).args;
  if (!existsSync(path)) return;
  const saved = await readSettings(path);
  const differences = differencesText(plainSettings(saved), plainSettings(settings));
  if (differences === "") return;
  throw new AppError("RUN_SETTINGS_CHANGED", {
    place: relative(cwd, folder),
    rule: "all runs of a comparison have the settings that are asked for",
    received: `other ones: ${differences}`,
    remedy: "Ask for the same as then, start another comparison, or delete this run's folder to train it again",
  });
}

/** "epochs 2 then, 3 now; batch 8 then, 16 now"; empty for the same training. */
export function differencesText(then: Partial<PlainSettings>, now: PlainSettings): string {
  const [before, after] = [then, now].map((of) => (name: SettingName) => JSON.stringify(of[name])) as [TextOf, TextOf];
  const differing = trainingSettings.filter((name) => before(name) !== after(name));
  return differing.map((name) => `${name} ${before(name)} then, ${after(name)} now`).join("; ");
}

type TextOf = (name: SettingName) => string;

/**
 * Reads the images as each finished run did and compares checksums.
 * @throws AppError DATASET_CHANGED naming every run that saw others, and errors as `prepareData`
 */
export async function requireSameImages(runs: readonly PlannedRun[], cacheFolder: string, cwd: string): Promise<void> {
  const known = new Map<string, Promise<Fingerprints>>();
  const changed: string[] = [];
  for (const { folder, settings } of runs.filter((run) => isFinished(run.folder))) {
    const { version, trainedOn, testedOn } = await readProvenance(runPaths(folder).provenance);
    const now = await onceFor(settings, known, cacheFolder);
    const parts = [
      ...(isOf(trainedOn.sha256, now.trained) ? [] : ["trained"]),
      ...(isOf(testedOn.sha256, now.tested) ? [] : ["tested"]),
    ];
    const byPixels = version === 1 ? ", or decoded otherwise by the older version that made it" : "";
    if (parts.length > 0) changed.push(`${relative(cwd, folder)} (${parts.join(" and ")} on others${byPixels})`);
  }
  if (changed.length === 0) return;
  throw new AppError("DATASET_CHANGED", {
    place: `${runs[0]?.settings.data}`,
    rule: "all runs of a comparison see the same images",
    received: `files that were added, removed or changed since ${changed.join(", ")}`,
    remedy: "Restore them, delete these run folders to train them again, or start another comparison",
  });
}

interface Fingerprints {
  readonly trained: Fingerprint;
  readonly tested: Fingerprint;
}

/** Runs that read and divide the images alike share one reading. */
function onceFor(
  settings: RunSettings,
  known: Map<string, Promise<Fingerprints>>,
  cacheFolder: string,
): Promise<Fingerprints> {
  const { data: folder, validation, patients, fold, seed, imageSize, interpolation, maxPixels } = settings;
  const key = JSON.stringify([validation, patients, fold, seed, imageSize, interpolation, maxPixels]);
  const checksums = known.get(key) ?? read();
  known.set(key, checksums);
  return checksums;

  async function read(): Promise<Fingerprints> {
    const images = { imageSize, interpolation, maxPixels, cacheFolder };
    const options = {
      folder,
      validation,
      patients,
      leaks: "accept" as const,
      fold,
      seed,
      ...images,
      onProgress: () => undefined,
    };
    const { fingerprint, testImages } = await prepareData(options);
    return { trained: fingerprint, tested: testFingerprint(testImages) };
  }
}
