// Which weights a model started from, in words and checksums: recorded in every run and shown beside its scores.

export interface WeightsOrigin {
  /** One line for people: "random", or the file with what was loaded of it. */
  readonly title: string;
  /** Of the file's bytes; null where there was no file. */
  readonly sha256: string | null;
  /** Layers that started at random although weights were loaded: the head's, and those named by --fresh. */
  readonly fresh: readonly string[];
}

/** Every weight drawn from the seed. */
export const randomWeights: WeightsOrigin = { title: "random", sha256: null, fresh: [] };

/** Whether a value read from a file is one. */
export function isWeightsOrigin(value: unknown): value is WeightsOrigin {
  const { title, sha256, fresh } = (value ?? {}) as Partial<WeightsOrigin>;
  return typeof title === "string" && (sha256 === null || typeof sha256 === "string") && Array.isArray(fresh);
}
