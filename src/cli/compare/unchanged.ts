// Whether the runs that a comparison finds in its folder are the ones it would make now: the same settings, the same images.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { AppError } from "../../core/errors.js";
import { readJson } from "../../core/json-file.js";
import { runPaths } from "../../core/run-folder.js";
import { type Fingerprint, isOf, testFingerprint } from "../run/fingerprint.js";
import { prepareData } from "../run/prepare-data.js";
import { readProvenance } from "../run/provenance-file.js";
import { parseRunArguments, type RunArguments } from "../run/run-arguments.js";
import type { PlannedRun } from "./plan.js";
import { isFinished } from "./saved-run.js";

/** What may differ: where the images lie (their checksums tell whether they are the same) and what computes. */
const placeAndMachine: ReadonlySet<string> = new Set<keyof RunArguments>(["data", "threads", "device"]);

/** The arguments of the run in that folder, if there is one. @throws AppError RUN_SETTINGS_CHANGED, RUN_FILE_INVALID */
export async function requireSameSettings({ folder, args }: PlannedRun, cwd: string): Promise<void> {
  const path = runPaths(folder).args;
  if (!existsSync(path)) return;
  const saved = await readJson(path, parseRunArguments);
  const differing = (Object.keys(args) as (keyof RunArguments)[]).filter(
    (name) => !placeAndMachine.has(name) && JSON.stringify(saved[name]) !== JSON.stringify(args[name]),
  );
  if (differing.length === 0) return;
  const differences = differing.map(
    (name) => `${name} ${JSON.stringify(saved[name])} then, ${JSON.stringify(args[name])} now`,
  );
  throw new AppError(
    "RUN_SETTINGS_CHANGED",
    `${relative(cwd, folder)}: all runs of a comparison have the settings that are asked for. Received other ones: ` +
      `${differences.join("; ")}. Ask for the same as then, start another comparison with --out, or delete this run's folder to train it again.`,
  );
}

/**
 * Reads the images as each finished run did and compares checksums.
 * @throws AppError DATASET_CHANGED naming every run that saw others, and errors as `prepareData`
 */
export async function requireSameImages(runs: readonly PlannedRun[], cacheFolder: string, cwd: string): Promise<void> {
  const known = new Map<string, Promise<Fingerprints>>();
  const changed: string[] = [];
  for (const { folder, args } of runs.filter((run) => isFinished(run.folder))) {
    const { version, trainedOn, testedOn } = await readProvenance(runPaths(folder).provenance);
    const now = await onceFor(args, known, cacheFolder);
    const parts = [
      ...(isOf(trainedOn.sha256, now.trained) ? [] : ["trained"]),
      ...(isOf(testedOn.sha256, now.tested) ? [] : ["tested"]),
    ];
    const byPixels = version === 1 ? ", or decoded otherwise by the older version that made it" : "";
    if (parts.length > 0) changed.push(`${relative(cwd, folder)} (${parts.join(" and ")} on others${byPixels})`);
  }
  if (changed.length === 0) return;
  throw new AppError(
    "DATASET_CHANGED",
    `${runs[0]?.args.data}: all runs of a comparison see the same images. Files were added, removed or changed since ${changed.join(", ")}. ` +
      "Restore them, delete these run folders to train them again, or start another comparison with --out.",
  );
}

interface Fingerprints {
  readonly trained: Fingerprint;
  readonly tested: Fingerprint;
}

/** Runs that read and divide the images alike share one reading. */
function onceFor(
  args: RunArguments,
  known: Map<string, Promise<Fingerprints>>,
  cacheFolder: string,
): Promise<Fingerprints> {
  const { data: folder, validation, seed, imageSize, interpolation } = args;
  const key = JSON.stringify([validation, seed, imageSize, interpolation]);
  const checksums = known.get(key) ?? read();
  known.set(key, checksums);
  return checksums;

  async function read(): Promise<Fingerprints> {
    const options = { folder, validation, seed, imageSize, interpolation, cacheFolder, onProgress: () => undefined };
    const { fingerprint, testImages } = await prepareData(options);
    return { trained: fingerprint, tested: testFingerprint(testImages) };
  }
}
