// The published data's file names say who is on an image, whatever it was taken from (an archive, a table); nobody else's do.
import { join, posix } from "node:path";
import { datasetKind } from "./known-dataset.js";
import type { ManifestRow } from "./manifest/manifest-row.js";
import { patientKey } from "./patient-key.js";

/**
 * Rows that name no patient, with those that the published data's names tell, if they are the published data.
 * @param root the folder to which the rows' paths are relative
 */
export async function withKnownPatients(rows: readonly ManifestRow[], root: string): Promise<readonly ManifestRow[]> {
  if (rows.some(({ patient }) => patient !== null)) return rows;
  const samples = rows.map(({ path, label }) => ({ path: join(root, path), name: path, label }));
  if ((await datasetKind(root, samples)) !== "chest-xray-pneumonia") return rows;
  return rows.map((row) => ({ ...row, patient: patientKey(posix.basename(row.path)) }));
}
