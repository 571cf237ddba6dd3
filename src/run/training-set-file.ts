// training-set.json: what the training images of a run look like, so that an evaluation elsewhere can say how its images
// differ. Written at the end of a training; runs of versions before it have none.
import { dirname } from "node:path";
import { writeFileAtomically } from "../core/atomic-file.js";
import { exists } from "../core/exists.js";
import { readJson } from "../core/json-file.js";
import { jsonByLines } from "../core/json-lines.js";
import { runPaths } from "../core/run-folder.js";
import type { NotDescribed } from "../evaluation/shift/compare-sets.js";
import { parseDescription } from "../evaluation/shift/read-description.js";
import type { SetDescription } from "../evaluation/shift/set-description.js";
import type { StoredContract } from "../model/stored-contract.js";

/** Rises when a field changes its meaning or goes away. */
const fileVersion = 1;

/** Whose training images they are, as the model's contract has it: a description of others, or in another size, is of no use. */
export interface TrainingSetKey {
  readonly sha256: string;
  readonly imageSize: number;
  readonly interpolation: string;
}

export const trainingSetKey = ({ trainedOn, imageSize, interpolation }: StoredContract): TrainingSetKey => ({
  sha256: trainedOn.sha256,
  imageSize,
  interpolation,
});

/** @throws AppError FILE_UNWRITABLE */
export async function writeTrainingSet(path: string, key: TrainingSetKey, set: SetDescription): Promise<void> {
  await writeFileAtomically(path, jsonByLines({ version: fileVersion, ...key, ...set }));
}

/**
 * The description that belongs to a model: in its run folder, also where a file of that folder was named.
 * @param place the absolute path that the model was opened by; null for bytes
 * @throws AppError FILE_UNREADABLE, RUN_FILE_INVALID
 */
export async function trainingSetOf(place: string | null, key: TrainingSetKey): Promise<SetDescription | NotDescribed> {
  if (place === null) return "no run";
  const folders = [place, dirname(place), dirname(dirname(place))]; // the run, its model.onnx, its weights/best.h5
  for (const folder of folders) {
    const found = await readIfThere(runPaths(folder).trainingSet);
    if (found !== null && isOf(found, key)) return found.description;
  }
  const areRuns = await Promise.all(folders.map((folder) => exists(runPaths(folder).args)));
  return areRuns.includes(true) ? "not kept" : "no run";
}

/** Null where there is no such file; also where the place is a model file, below which there is none. */
async function readIfThere(path: string): Promise<StoredSet | null> {
  return (await exists(path)) ? readJson(path, parseStored) : null;
}

interface StoredSet extends TrainingSetKey {
  readonly description: SetDescription;
}

function parseStored(value: unknown): StoredSet {
  const { version, sha256, imageSize, interpolation } = (value ?? {}) as Record<string, unknown>;
  if (
    version !== fileVersion ||
    typeof sha256 !== "string" ||
    typeof imageSize !== "number" ||
    typeof interpolation !== "string"
  ) {
    throw new TypeError(`it should have "version" ${fileVersion}, "sha256", "imageSize" and "interpolation"`);
  }
  return { sha256, imageSize, interpolation, description: parseDescription(value) };
}

const isOf = (stored: StoredSet, key: TrainingSetKey): boolean =>
  stored.sha256 === key.sha256 && stored.imageSize === key.imageSize && stored.interpolation === key.interpolation;
