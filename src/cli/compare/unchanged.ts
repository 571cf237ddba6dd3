// Whether the runs that a comparison finds in its folder are the ones it would make now: the same settings, the same images.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { AppError } from "../../core/errors.js";
import { readJson } from "../../core/json-file.js";
import { runPaths } from "../../core/run-folder.js";
import { loadImages } from "../../dataset/load-images.js";
import { openDataset } from "../../dataset/open-dataset.js";
import { prepareData } from "../run/prepare-data.js";
import { readProvenance, testFingerprint } from "../run/provenance-file.js";
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
  const now = new CurrentImages(cacheFolder);
  const changed: string[] = [];
  for (const { folder, args } of runs.filter((run) => isFinished(run.folder))) {
    const { trainedOn, testedOn } = await readProvenance(runPaths(folder).provenance);
    const parts = [
      ...(trainedOn.sha256 === (await now.training(args)) ? [] : ["trained"]),
      ...(testedOn.sha256 === (await now.test(args)) ? [] : ["tested"]),
    ];
    if (parts.length > 0) changed.push(`${relative(cwd, folder)} (${parts.join(" and ")} on others)`);
  }
  if (changed.length === 0) return;
  throw new AppError(
    "DATASET_CHANGED",
    `${runs[0]?.args.data}: all runs of a comparison see the same images. Files were added, removed or changed since ${changed.join(", ")}. ` +
      "Restore them, delete these run folders to train them again, or start another comparison with --out.",
  );
}

/** Checksums of the images as they are now, each computed once. */
class CurrentImages {
  readonly #cacheFolder: string;
  readonly #known = new Map<string, Promise<string>>();

  constructor(cacheFolder: string) {
    this.#cacheFolder = cacheFolder;
  }

  training(args: RunArguments): Promise<string> {
    const { data, validation, seed, imageSize, interpolation } = args;
    return this.#once(JSON.stringify(["training", data, validation, seed, imageSize, interpolation]), async () => {
      const prepared = await prepareData({
        folder: data,
        validation,
        seed,
        imageSize,
        interpolation,
        cacheFolder: this.#cacheFolder,
        onProgress: () => undefined,
      });
      return prepared.sha256;
    });
  }

  test({ data, imageSize, interpolation }: RunArguments): Promise<string> {
    return this.#once(JSON.stringify(["test", data, imageSize, interpolation]), async () => {
      const dataset = await openDataset(data);
      const samples = dataset.samples.filter(({ split }) => split === "test");
      return testFingerprint(
        await loadImages(samples, { size: imageSize, interpolation, cacheFolder: this.#cacheFolder }),
      );
    });
  }

  #once(key: string, compute: () => Promise<string>): Promise<string> {
    const known = this.#known.get(key) ?? compute();
    this.#known.set(key, known);
    return known;
  }
}
