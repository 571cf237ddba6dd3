// How many people are on some images.

/** Null where one of them is not known: a number would be a guess. */
export function countPatients(rows: readonly { readonly patient: string | null }[]): number | null {
  const patients = new Set(rows.map(({ patient }) => patient));
  return patients.has(null) ? null : patients.size;
}
