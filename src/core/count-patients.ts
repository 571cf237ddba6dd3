// How many people are on some images.

/** Null where one of them is not known: a number would be a guess. */
export function countPatients(rows: readonly { readonly patient: string | null }[]): number | null {
  const patients = new Set<string>();
  for (const { patient } of rows) {
    if (patient === null) return null;
    patients.add(patient);
  }
  return patients.size;
}
