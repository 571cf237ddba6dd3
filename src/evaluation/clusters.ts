// Which rows belong together because they show one patient: what every method that must not take them for independent counts by.

export interface Clusters {
  /** Each row's cluster, 0 .. count - 1, [rows]. */
  readonly of: Uint32Array;
  readonly count: number;
}

/** Of patients; a row whose patient is not known is a cluster of its own. */
export function patientClusters(rows: readonly { readonly patient?: string | null }[]): Clusters {
  const numbers = new Map<string, number>();
  let count = 0;
  const of = Uint32Array.from(rows, ({ patient = null }) => {
    if (patient === null) return count++;
    const known = numbers.get(patient);
    if (known !== undefined) return known;
    numbers.set(patient, count);
    return count++;
  });
  return { of, count };
}

/** The rows of each cluster, in their order. */
export function rowsByCluster({ of, count }: Clusters): readonly (readonly number[])[] {
  const rows = Array.from({ length: count }, (): number[] => []);
  of.forEach((cluster, row) => {
    (rows[cluster] as number[]).push(row);
  });
  return rows;
}
