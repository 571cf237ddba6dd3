// provenance.json: what a finished run's model started from and which images it was trained and tested on, by checksum.
// A comparison tells by it whether runs belong together and whether the data changed since.
import { readJson, writeJson } from "../core/json-file.js";
import type { LoadedImages } from "../dataset/load-images.js";
import type { ReadingContract } from "../model/reading-contract.js";
import { isWeightsOrigin, type WeightsOrigin } from "../model/weights-origin.js";
import { fingerprint } from "./prepare-data.js";

export interface RunProvenance {
  readonly version: 1;
  readonly weights: WeightsOrigin;
  /** Images and sha256 of their names, labels, parts and pixels at the run's size. */
  readonly trainedOn: { readonly images: number; readonly sha256: string };
  readonly testedOn: { readonly images: number; readonly sha256: string };
}

export function provenanceOf({ weights, trainedOn }: ReadingContract, test: LoadedImages): RunProvenance {
  return {
    version: 1,
    weights,
    trainedOn: { images: trainedOn.images, sha256: trainedOn.sha256 },
    testedOn: { images: test.loaded.length, sha256: testFingerprint(test) },
  };
}

export function testFingerprint(test: LoadedImages): string {
  return fingerprint(test, () => "test");
}

/** @throws AppError FILE_UNWRITABLE */
export async function writeProvenance(path: string, provenance: RunProvenance): Promise<void> {
  await writeJson(path, provenance);
}

/** @throws AppError FILE_MISSING, FILE_UNREADABLE, RUN_FILE_INVALID */
export function readProvenance(path: string): Promise<RunProvenance> {
  return readJson(path, (value) => {
    const { version, weights, trainedOn, testedOn } = (value ?? {}) as Partial<RunProvenance>;
    const isPart = (part: unknown) => typeof (part as RunProvenance["testedOn"] | undefined)?.sha256 === "string";
    if (version === 1 && isWeightsOrigin(weights) && isPart(trainedOn) && isPart(testedOn)) {
      return value as RunProvenance;
    }
    throw new TypeError('it should have "version" 1, "weights", "trainedOn" and "testedOn"');
  });
}
