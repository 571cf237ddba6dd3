// A test set for data that has none: some patients are set aside before anything is trained, and the manifest says who.
import { join } from "node:path";
import { AppError } from "../core/errors.js";
import type { KeyOf } from "./copies/kept-together.js";
import type { ManifestRow } from "./manifest/manifest-row.js";
import type { Sample } from "./sample.js";
import { type PatientSource, requirePatients, splitByPatients } from "./split.js";

export interface HoldOutOptions {
  /** Share of each class's images, above 0 and at most 0.5. */
  readonly fraction: number;
  readonly seed: number;
  readonly patients: PatientSource;
  /** What must not be divided; of samples named by their path. Default the patient, or the image where nobody knows. */
  readonly keyOf?: KeyOf | undefined;
}

/**
 * The rows with parts: "test" for the images of patients drawn at random, stratified by class, "train" for rows that had none.
 * @throws AppError OPTION_INVALID where there is a test set already; DATASET_PATIENTS_UNKNOWN; and as `splitByPatients`
 */
export function holdOutTest(rows: readonly ManifestRow[], options: HoldOutOptions): ManifestRow[] {
  const { fraction, seed, patients, keyOf } = options;
  const tested = rows.filter(({ split }) => split === "test").length;
  if (tested > 0) {
    throw new AppError("OPTION_INVALID", {
      place: "test",
      rule: "is for data without a test set",
      received: `${tested} images that are one`,
      remedy: "Omit it",
    });
  }
  const samples = samplesOfRows(rows);
  if (patients !== "unknown") requirePatients(samples);
  const held = new Set(splitByPatients(samples, { seed, fraction, keyOf }).validation.map(({ name }) => name));
  return rows.map((row) => ({ ...row, split: held.has(row.path) ? "test" : (row.split ?? "train") }));
}

/**
 * Rows as samples, all of train/.
 * @param root the folder to which their paths are relative; without it they stay so
 */
export const samplesOfRows = (rows: readonly ManifestRow[], root = ""): readonly Sample[] =>
  rows.map(({ path, label, patient }) => ({ path: join(root, path), name: path, split: "train", label, patient }));
