// splits.csv: which image served for what, with label and patient. The record by which a split can be audited. File
// names that a spreadsheet would run as a formula are disarmed, as in predictions.csv.
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../core/atomic-file.js";
import { disarmFormula } from "../core/spreadsheet-text.js";
import type { PreparedData } from "./prepare-data.js";

/** @throws AppError FILE_UNWRITABLE */
export async function writeSplits(path: string, { training, validation, testImages }: PreparedData): Promise<void> {
  const parts = [
    ["train", training],
    ["validation", validation],
    ["test", testImages.loaded],
  ] as const;
  const rows = parts.flatMap(([part, samples]) =>
    samples.map(({ name, label, patient, split }) => [
      disarmFormula(name),
      part,
      String(label),
      disarmFormula(patient ?? ""),
      split,
    ]),
  );
  await writeFileAtomically(path, stringify([["name", "part", "label", "patient", "folder"], ...rows]));
}
