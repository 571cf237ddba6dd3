// provenance.json: what a finished run's model started from and which images it was trained and tested on, by checksum.
// A comparison tells by it whether runs belong together and whether the data changed since.
import { readJson, writeJson } from "../core/json-file.js";
import { isWeightsOrigin, type WeightsOrigin } from "../model/weights-origin.js";
import type { HeadFacts } from "../report/report-input.js";
import { testFingerprint } from "./fingerprint.js";
import type { PreparedData } from "./prepare-data.js";

export interface RunProvenance {
  /** In 1, checksums are of pixels at the run's size; in 2, of files. */
  readonly version: 1 | 2;
  readonly weights: WeightsOrigin;
  /** Of a head on a backbone's features: the penalties that were tried. */
  readonly head?: HeadFacts | undefined;
  /** Images and sha256 as `Fingerprint` has it: of the training and validation images, and of the test images. */
  readonly trainedOn: { readonly images: number; readonly sha256: string };
  readonly testedOn: { readonly images: number; readonly sha256: string };
}

export function provenanceOf(weights: WeightsOrigin, data: PreparedData, head?: HeadFacts): RunProvenance {
  const { training, fingerprint, testImages } = data;
  return {
    version: 2,
    weights,
    ...(head === undefined ? {} : { head: { c: head.c, tried: head.tried } }),
    trainedOn: { images: training.length, sha256: fingerprint.files },
    testedOn: { images: testImages.loaded.length, sha256: testFingerprint(testImages).files },
  };
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
    if ((version === 1 || version === 2) && isWeightsOrigin(weights) && isPart(trainedOn) && isPart(testedOn)) {
      return value as RunProvenance;
    }
    throw new TypeError('it should have "version" 1 or 2, "weights", "trainedOn" and "testedOn"');
  });
}
