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

/**
 * Each image's part of its patient: together a patient weighs one. The share of a set at or below a value then varies no more
 * than that of as many independent images, whatever the images of one patient have in common.
 */
export function patientWeights(rows: readonly { readonly patient?: string | null }[]): Float64Array {
  const { of, count } = patientClusters(rows);
  const sizes = new Uint32Array(count);
  for (const patient of of) sizes[patient] = (sizes[patient] as number) + 1;
  return Float64Array.from(of, (patient) => 1 / (sizes[patient] as number));
}
