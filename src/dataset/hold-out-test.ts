// A test set for data that has none: some patients are set aside before anything is trained, and the manifest says who.
import { AppError } from "../core/errors.js";
import type { ManifestRow } from "./manifest/manifest-row.js";
import { type PatientSource, requirePatients, splitByPatients } from "./split.js";

export interface HoldOutOptions {
  /** Share of each class's images, above 0 and at most 0.5. */
  readonly fraction: number;
  readonly seed: number;
  readonly patients: PatientSource;
}

/**
 * The rows with parts: "test" for the images of patients drawn at random, stratified by class, "train" for rows that had none.
 * @throws AppError OPTION_INVALID where there is a test set already; DATASET_PATIENTS_UNKNOWN; and as `splitByPatients`
 */
export function holdOutTest(rows: readonly ManifestRow[], { fraction, seed, patients }: HoldOutOptions): ManifestRow[] {
  const tested = rows.filter(({ split }) => split === "test").length;
  if (tested > 0) {
    throw new AppError("OPTION_INVALID", {
      place: "test",
      rule: "is for data without a test set",
      received: `${tested} images that are one`,
      remedy: "Omit it",
    });
  }
  const samples = rows.map(({ path, label, patient }) => ({
    path,
    name: path,
    split: "train" as const,
    label,
    patient,
  }));
  if (patients !== "unknown") requirePatients(samples);
  const held = new Set(splitByPatients(samples, { seed, fraction }).validation.map(({ name }) => name));
  return rows.map((row) => ({ ...row, split: held.has(row.path) ? "test" : (row.split ?? "train") }));
}
