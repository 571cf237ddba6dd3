// What a model met when its threshold was set, as its contract keeps it: how its scores and a few numbers of each image were
// distributed. No image, no name, no patient.

/** The share of a set, 0..1, that lies at or below each value; values rise. */
export interface ReferenceColumn {
  readonly values: readonly number[];
  readonly shares: readonly number[];
}

/** Images that a threshold was set on. Each patient counts as one, however many images show it. */
export interface ReferenceSet {
  /** "validation", or the local images by name. */
  readonly of: string;
  readonly images: number;
  /** Null where nobody knows them: then each image counts as a patient of its own. */
  readonly patients: number | null;
  /** By what is compared: "score", "brightness", … */
  readonly columns: Readonly<Record<string, ReferenceColumn>>;
}

/** Of fewer images, or patients, nothing is compared. */
export const fewestMet = 20;

/** Whether a value read from a file is one. Columns may be those of another version: only known ones are compared. */
export function isReferenceSet(value: unknown): value is ReferenceSet {
  const found = (value ?? {}) as Partial<ReferenceSet>;
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) > 0;
  return (
    typeof found.of === "string" &&
    isCount(found.images) &&
    (found.patients === null || isCount(found.patients)) &&
    typeof found.columns === "object" &&
    found.columns !== null &&
    Object.values(found.columns).every(isColumn)
  );
}

/** At most 254 values: a place among them fits into a byte. */
function isColumn(value: unknown): boolean {
  const { values, shares } = (value ?? {}) as Partial<ReferenceColumn>;
  return (
    Array.isArray(values) &&
    Array.isArray(shares) &&
    values.length === shares.length &&
    values.length > 0 &&
    values.length <= 254 &&
    isRising(values) &&
    isRising(shares) &&
    shares.every((share) => share >= 0 && share <= 1)
  );
}

const isRising = (numbers: readonly unknown[]): boolean =>
  numbers.every(
    (number, i) => Number.isFinite(number) && (i === 0 || (number as number) >= (numbers[i - 1] as number)),
  );
